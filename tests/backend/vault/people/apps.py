"""The tests' own application."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """People with secrets."""

    name = "tests.backend.vault.people"
    label = "vault_people"
    default_auto_field = "django.db.models.BigAutoField"
