"""The policies application: versions of the policy, as data."""

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """Policy versions and the history of their activation."""

    name = "backend.policies"
    label = "policies"
    verbose_name = "Policies"
    default_auto_field = "django.db.models.BigAutoField"
