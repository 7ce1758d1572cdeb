"""Every table, for Alembic to see: import the modules that declare them here."""

from .database import Base
from .sessions import database as _sessions  # noqa: F401

metadata = Base.metadata
