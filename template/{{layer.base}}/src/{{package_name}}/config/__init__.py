"""Settings from the environment, validated when the process starts."""

from __future__ import annotations

from functools import lru_cache

from pydantic import ValidationError

from .app import AppSettings
from .database import DatabaseSettings
from .interface import InterfaceSettings
from .own import OwnSettings
from .server import ServerSettings
from .sessions import SessionSettings
from .stores import StoreSettings


class Settings(
    OwnSettings,
    AppSettings,
    StoreSettings,
    DatabaseSettings,
    SessionSettings,
    InterfaceSettings,
    ServerSettings,
):
    """Everything that the environment may set."""


class ConfigurationError(SystemExit):
    """The environment is not usable: the process ends with every fault in one message."""


def load_settings() -> Settings:
    """Read and validate the environment.

    Raises:
        ConfigurationError: naming every variable at fault and what it allows, never its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = "\n".join(
            f"  {str(fault['loc'][0]).upper() + ': ' if fault['loc'] else ''}"
            f"{fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise ConfigurationError(f"The configuration is not usable:\n{faults}") from None
    except OSError as error:
        fault = f"  {error.filename} cannot be read: {error.strerror}"
        raise ConfigurationError(f"The configuration is not usable:\n{fault}") from None
    except UnicodeDecodeError:
        fault = "  .env, or a file in /run/secrets, is not text in UTF-8"
        raise ConfigurationError(f"The configuration is not usable:\n{fault}") from None


get_settings = lru_cache(load_settings)
