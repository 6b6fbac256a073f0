"""The identity application: who may come in."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Users, teams, roles and partner clients."""

    name = "backend.identity"
    label = "identity"
    verbose_name = "People, teams and partners"
    default_auto_field = "django.db.models.BigAutoField"
