"""What a key is for, and where it stands."""

from django.db.models import TextChoices


class KeyState(TextChoices):
    """Where a key stands."""

    ACTIVE = "active", "Seals new values, and opens."
    DECRYPTING = "decrypting", "Opens what it sealed; another seals."
    RETIRED = "retired", "Its material is gone for good."


class Purpose(TextChoices):
    """What a key is for."""

    DATA = "data", "Seals values."
    INDEX = "index", "Makes the blind index of one column."
