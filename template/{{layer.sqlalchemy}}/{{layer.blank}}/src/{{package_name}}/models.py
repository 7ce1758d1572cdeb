"""Every table, for Alembic to see: the modules that declare them are imported here."""

from . import extension as _extension  # noqa: F401  # and what it imports
from .database import Base
from .sessions import table as _sessions  # noqa: F401

metadata = Base.metadata
