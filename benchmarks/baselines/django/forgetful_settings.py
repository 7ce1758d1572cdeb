"""The service's settings with sessions in the memory of its process."""

from bench.settings import *  # noqa: F403

SESSION_ENGINE = "forgetful_sessions"
