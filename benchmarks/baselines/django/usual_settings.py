"""The service's settings with REST framework, and what new Django projects come with."""

from bench.settings import *  # noqa: F403
from bench.settings import DATABASES as OWN_DATABASES
from bench.settings import INSTALLED_APPS as OWN_APPS

INSTALLED_APPS = [*OWN_APPS, "rest_framework"]
# Django's own way with PostgreSQL: no pool and no prepared statements, but connections that stay.
DATABASES = {
    "default": {
        **{name: value for name, value in OWN_DATABASES["default"].items() if name != "OPTIONS"},
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
}
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "usual_api"
