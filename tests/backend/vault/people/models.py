"""People with secrets."""

from typing import ClassVar

from django.db import models

from backend.models import Record
from backend.vault.fields import EncryptedDateField, EncryptedDecimalField, EncryptedTextField
from backend.vault.normalise import Normaliser
from permissions.categories import Category, Mask, Sensitive

PHONE = Sensitive(Category.CONTACT_INFO, Mask.PHONE)


class Reachable(Record):
    """What is inherited: an indexed field of an abstract model."""

    phone = EncryptedTextField(null=True, blank=True, sensitive=PHONE, index=Normaliser.PHONE)

    class Meta:
        abstract = True


class Person(Reachable):
    """A field of every kind."""

    objects: ClassVar[models.Manager["Person"]] = models.Manager()

    name = models.TextField(default="")
    email = EncryptedTextField(null=True, blank=True, index=Normaliser.EMAIL)
    note = EncryptedTextField(blank=True, default="")
    birthday = EncryptedDateField(null=True, blank=True)
    salary = EncryptedDecimalField(max_digits=10, decimal_places=2, null=True, blank=True)

    class Meta:
        # Named, for the tests import this module before the application is installed.
        app_label = "vault_people"

    def __str__(self) -> str:
        return str(self.pk)


class Account(Record):
    """Another table with a column of the same name."""

    objects: ClassVar[models.Manager["Account"]] = models.Manager()

    phone = EncryptedTextField(null=True, index=Normaliser.PHONE)

    class Meta:
        app_label = "vault_people"

    def __str__(self) -> str:
        return str(self.pk)
