"""The connections to the database that each worker keeps."""

from __future__ import annotations

from .base import EnvironmentSettings


class PoolSettings(EnvironmentSettings):
    """Nothing to set: each thread keeps the file open for itself."""
