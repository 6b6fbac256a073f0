"""The CRM application: the nouns of the graph."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """Customers and what hangs on them."""

    name = "backend.crm"
    label = "crm"
    verbose_name = "Customers"
    default_auto_field = "django.db.models.BigAutoField"
