"""The audit application: who read what in clear, and who changed what."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Reads and changes, append-only and chained."""

    name = "backend.audit"
    label = "audit"
    verbose_name = "Audit"
    default_auto_field = "django.db.models.BigAutoField"
