"""Django, set up with the settings of this service."""

from __future__ import annotations

import os

import django


def start_django() -> None:
    """Load the settings and the applications; at once, if that was done before."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"{__package__}.settings")
    django.setup(set_prefix=False)
