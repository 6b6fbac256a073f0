"""The vault application: keys, encrypted model fields, blind indexes."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from backend.vault import checks  # noqa: F401  registers the system checks
from backend.vault.keyring import forget_keys
from backend.vault.ordering import refuse_to_order_by_sealed_values


class VaultConfig(AppConfig):
    """Envelope encryption of the columns that hold people's data."""

    name = "backend.vault"
    label = "vault"
    verbose_name = "Vault"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have Django refuse what cannot be, and look at the keys again when the tables may be other ones."""
        refuse_to_order_by_sealed_values()
        post_migrate.connect(forget_keys, sender=self, dispatch_uid="vault-forgets-keys")
