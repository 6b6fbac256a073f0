"""Management commands, here and in processes of their own."""

import os
import subprocess
import sys
from io import StringIO

from django.core.management import call_command

from backend.database import BASE_DIR
from backend.vault.store import default_conninfo

SETTINGS = "tests.backend.vault.site_settings"


def said(*arguments: str) -> str:
    """Return what a command says."""
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def started(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start a command in a process of its own, on the tests' database."""
    env = os.environ | {"DATABASE_URL": default_conninfo(), "DJANGO_SETTINGS_MODULE": SETTINGS} | environment
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        env=env, cwd=BASE_DIR, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finished(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run a command in a process of its own, and return its status and what it printed."""
    with started(*arguments, **environment) as process:
        printed, complained = process.communicate()
        return process.returncode, printed, complained
