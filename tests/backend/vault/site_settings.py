"""The project's settings with the tests' own application, for commands in processes of their own."""

from backend.settings import *  # noqa: F403
from backend.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.backend.vault.people"]
