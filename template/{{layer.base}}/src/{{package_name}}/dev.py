"""Start the service for development: it reloads, and says what it stands on."""

from __future__ import annotations

import sys

from .config import Settings, get_settings
from .serve import serve


def describe(settings: Settings) -> str:
    """Say which services are real, and which are embedded stand-ins."""
    unset = [
        f"  {name.upper()} is not set: {stand_in}"
        for name, stand_in in (
            ("database_url", f"the data are in {settings.database_url}"),
            ("cache_url", "each process caches for itself"),
            ("session_url", "sessions are in the database"),
        )
        if name in type(settings).model_fields and name not in settings.model_fields_set
    ]
    if not unset:
        return "Using the services that the environment names."
    return "\n".join(["Embedded defaults, for development only:", *unset])


if __name__ == "__main__":
    settings = get_settings()
    sys.stderr.write(describe(settings) + "\n")
    serve(settings, reload=True)
