"""Every table, for Alembic to see: import the modules that declare them here."""

from .blog import models as _blog  # noqa: F401
from .database import Base
from .sessions import table as _sessions  # noqa: F401

metadata = Base.metadata
