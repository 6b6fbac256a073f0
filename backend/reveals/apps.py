"""The reveals application: masked values shown to one person for a while, on record."""

from django.apps import AppConfig


class RevealsConfig(AppConfig):
    """Grants, requests, attempts and alerts."""

    name = "backend.reveals"
    label = "reveals"
    verbose_name = "Reveals"
    default_auto_field = "django.db.models.BigAutoField"
