"""Django settings. Everything an operator sets comes from the environment; see docs/settings.md."""

import os

from backend.database import BASE_DIR, database_url, django_database, var_dir
from backend.environment import one_of, whole_number
from backend.secret_key import secret_key

DEBUG = False
# `DATABASE_URL`, or the embedded server's; manage.py starts that one where a command needs it.
DATABASE_URL = database_url()
# Empty when there is none, which prism.E001 refuses: there is no default key to forget about.
SECRET_KEY = secret_key()
# What was signed with the key before still reads, until it expires by itself.
SECRET_KEY_FALLBACKS = [key for key in os.environ.get("PRISM_SECRET_KEY_FALLBACKS", "").split(",") if key]
ALLOWED_HOSTS = os.environ.get("PRISM_HOSTS", "127.0.0.1,localhost,testserver").split(",")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "backend.identity",
    "backend.policies",
    "backend.vault",
    "backend.audit",
    "backend.reveals",
    "backend.crm",
    "schema",
    "backend.demo",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "backend.urls"
ASGI_APPLICATION = "backend.asgi.application"
AUTH_USER_MODEL = "identity.User"
DATABASES = {"default": django_database(DATABASE_URL)}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
VAR_DIR = var_dir()
TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en"

# The graph's read connections, a process, and how long one of its statements may run.
PRISM_POOL_SIZE = whole_number("PRISM_POOL_SIZE", 8, least=1, most=100)
PRISM_STATEMENT_TIMEOUT_MS = whole_number("PRISM_STATEMENT_TIMEOUT_MS", 10_000, least=1, most=600_000)
PRISM_CURSOR_LIFETIME_HOURS = whole_number("PRISM_CURSOR_LIFETIME_HOURS", 24, least=1, most=8760)

# What a recorded read survives once it is answered, and how much may wait for the database on one machine: ADR 14.
PRISM_AUDIT_SYNC = one_of("PRISM_AUDIT_SYNC", "write", ("write", "fsync"))
PRISM_AUDIT_JOURNAL_LIMIT_MB = whole_number("PRISM_AUDIT_JOURNAL_LIMIT_MB", 512, least=1, most=1_000_000)
