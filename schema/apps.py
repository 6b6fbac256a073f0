"""The graph as a Django application: it has no models, only checks."""

from django.apps import AppConfig


class SchemaConfig(AppConfig):
    """The graph."""

    name = "schema"
    verbose_name = "The graph"

    def ready(self) -> None:
        """Register the system checks. They read the graph's types, which read models: not before all are loaded."""
        from schema import checks  # noqa: F401, PLC0415
