"""What `poe makemigration` writes runs in both directions, and is missed where it is not made."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ..service import Project
from .migrations import CACHES, for_each, own_copy, task

ALEMBIC = (("fastapi", "postgresql"), ("flask", "mariadb"))

# Tables of an owner: types of the template, of SQLAlchemy and of his own, some of which cannot be
# made again by what their repr says.
TABLES = '''
"""Tables of an owner."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from .database import Base, Key, LongBinary, LongText, UtcDateTime


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"


class Money(sa.TypeDecorator):
    impl = sa.Numeric
    cache_ok = True

    def __init__(self, currency):
        super().__init__(12, 2)
        self.currency = currency


class Odd(sa.TypeDecorator):
    impl = sa.String
    cache_ok = True

    def __repr__(self):
        return "<odd>"


class Email(sa.String):
    """Made by its repr."""


class Short(sa.String):
    def __init__(self):
        super().__init__(20)


class Name(sa.types.UserDefinedType):
    cache_ok = True

    def __init__(self, length):
        self.length = length

    def get_col_spec(self, **_):
        return f"VARCHAR({self.length})"


class Decorated(sa.TypeDecorator):
    impl = sa.Enum("x", "y", name="decorated")
    cache_ok = True


class Thing(Base):
    __tablename__ = "things"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=sa.func.now())
    seen_at: Mapped[datetime] = mapped_column(
        UtcDateTime, server_default=sa.func.current_timestamp()
    )
    text: Mapped[str] = mapped_column(LongText)
    data: Mapped[bytes] = mapped_column(LongBinary)
    color: Mapped[Color] = mapped_column(sa.Enum(Color))
    decorated: Mapped[str] = mapped_column(Decorated)
    price: Mapped[float] = mapped_column(Money("EUR"))
    odd: Mapped[str] = mapped_column(Odd(9))
    email: Mapped[str] = mapped_column(Email(99), unique=True)
    short: Mapped[str] = mapped_column(Short)
    name: Mapped[str] = mapped_column(Name(30))
    variant: Mapped[str] = mapped_column(Odd(9).with_variant(sa.String(8), "sqlite"))
    is_good: Mapped[bool] = mapped_column(server_default=sa.true())
    number: Mapped[int] = mapped_column(server_default="1")
    quoted: Mapped[str] = mapped_column(sa.String(50), server_default="it's 100% \\"x\\"")
    tree: Mapped[dict] = mapped_column(sa.JSON)
    uuid: Mapped[object] = mapped_column(sa.Uuid)
    interval: Mapped[object] = mapped_column(sa.Interval)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"), index=True)


class Other(Base):
    """Shares a type with the first."""

    __tablename__ = "others"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    color: Mapped[Color] = mapped_column(sa.Enum(Color))
'''
# Later: columns more, a column less.
LATER = """
    size: Mapped[str] = mapped_column(sa.Enum("s", "m", name="size"), server_default="s")
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("things.id"), index=True)
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
"""
# Only what is the owner's own, to the database as well, has to stay.
NO_TABLES = (
    TABLES.partition("import enum")[0]
    + "import sqlalchemy as sa\n\n\nclass Name"
    + (TABLES.partition("class Name")[2].partition("\n\n\n")[0] + "\n")
)
POSTGRESQL = """

from sqlalchemy.dialects import postgresql


class Native(Base):
    __tablename__ = "natives"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    tree: Mapped[dict] = mapped_column(postgresql.JSONB)
    words: Mapped[list] = mapped_column(postgresql.ARRAY(sa.String(9)))
    moments: Mapped[list] = mapped_column(postgresql.ARRAY(UtcDateTime))
    uuid: Mapped[object] = mapped_column(postgresql.UUID(as_uuid=True))
    address: Mapped[str] = mapped_column(postgresql.INET)
    vector: Mapped[str] = mapped_column(postgresql.TSVECTOR)
    mood: Mapped[str] = mapped_column(postgresql.ENUM("good", "bad", name="mood"))
"""
BROKEN = """
class Secret(sa.types.UserDefinedType):
    def get_col_spec(self, **_):
        return "VARCHAR(9)"

    def __repr__(self):
        return "no source"


class Broken(Base):
    __tablename__ = "broken"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    secret: Mapped[str] = mapped_column(Secret)
"""
# In one process: it is the migrations that are tested here, not how fast Python starts.
THERE_AND_BACK = """
from alembic.config import main
for command in ("upgrade head", "check", "downgrade base", "upgrade head"):
    main(command.split())
main(["revision", "--autogenerate", "--message", "again"])
"""
MESSAGE = 'a "quoted" one, 100% \\N\n${HOME} {x} it\'s """'


@pytest.fixture
def project(
    pair: tuple[str, str],
    generate: Callable[..., Project],
    production: Callable[..., Project],
    tmp_path: Path,
) -> Project:
    """A project with files of an owner, on a server."""
    framework, database = pair
    generated = generate(framework=framework, database=database, cache=CACHES[pair])
    return own_copy(
        production(generated, database, CACHES[pair], migrated=False), tmp_path / "project"
    )


@pytest.fixture
def embedded(tmp_path: Path) -> dict[str, str]:
    """The variables for a file of SQLite instead, as in development."""
    return {"ENVIRONMENT": "local", "DATABASE_URL": f"sqlite:///{tmp_path / 'local.db'}"}


def declare(project: Project, tables: str) -> None:
    """Write the owner's tables, and import them as the README says."""
    source = project.path / "src" / project.package
    (source / "things.py").write_text(tables)
    extension = source / "extension.py"
    text = extension.read_text()
    if "things" not in text:
        extension.write_text(f"{text}\n\nfrom . import things  # noqa: E402, F401\n")


def versions(project: Project) -> set[Path]:
    return set((project.path / "migrations/versions").glob("*.py"))


def make(project: Project, message: str, **extra: str) -> Path:
    """Write a migration; return its file."""
    before = versions(project)
    done = task(project, "makemigration", "-m", message, **extra)
    assert done.returncode == 0, done.stdout + done.stderr
    (new,) = versions(project) - before
    return new


def there_and_back(project: Project, **extra: str) -> None:
    """Run all migrations in both directions, and again; then the models agree."""
    printed = project.python("-c", THERE_AND_BACK, **extra)
    assert "No migration was written" in printed


@for_each(*ALEMBIC)
def test_what_it_writes_runs_in_both_directions(project: Project, embedded: dict[str, str]) -> None:
    project.migrate()
    task(project, "migrate", **embedded)
    declare(project, TABLES)
    make(project, "Things", **embedded)  # in development, for production
    there_and_back(project)
    there_and_back(project, **embedded)
    declare(
        project,
        TABLES.replace('    """Made by its repr."""', "    pass")
        .replace("\n\nclass Other", LATER + "\n\nclass Other")
        .replace('    number: Mapped[int] = mapped_column(server_default="1")\n', ""),
    )
    make(project, "Later")  # and the other way round
    there_and_back(project)
    there_and_back(project, **embedded)
    declare(project, NO_TABLES)
    make(project, "None")
    there_and_back(project)
    there_and_back(project, **embedded)
    new = [str(path) for path in versions(project)]
    ruff = project.path / ".venv/bin/ruff"
    project.run(ruff, "check", *new)
    project.run(ruff, "format", "--check", *new)


@for_each(("flask", "postgresql"))
def test_types_of_postgresql(project: Project) -> None:
    project.migrate()
    declare(project, TABLES + POSTGRESQL)
    make(project, "Natives")
    there_and_back(project)


@for_each(("flask", "postgresql"))
def test_a_message_may_be_anything(project: Project, embedded: dict[str, str]) -> None:
    task(project, "migrate", **embedded)
    declare(project, TABLES)
    new = make(project, MESSAGE, **embedded)
    written = f"import runpy; print(runpy.run_path({str(new)!r})['__doc__'])"
    assert project.python("-c", written) == f"{MESSAGE}\n"


@for_each(("fastapi", "postgresql"))
def test_what_cannot_be_written_leaves_nothing_behind(
    project: Project, embedded: dict[str, str]
) -> None:
    def refusal(message: str = "New") -> str:
        before = versions(project)
        done = task(project, "makemigration", "-m", message, **embedded)
        assert done.returncode, done.stdout
        assert versions(project) == before
        said = done.stdout + done.stderr
        assert "Traceback" not in said
        return said

    declare(project, TABLES)
    assert "behind the migrations" in refusal()
    task(project, "migrate", **embedded)
    declare(project, TABLES + BROKEN)
    assert "things.Secret" in refusal()
    # One that nothing else notices.
    template = project.path / "migrations/script.py.mako"
    whole = template.read_text()
    declare(project, TABLES)
    for fault in ("import not_there", "nonsense ="):
        template.write_text(whole.replace("import sqlalchemy as sa", fault))
        assert "would not run, and was removed" in refusal()
    template.write_text(whole)
    make(project, "One", **embedded)
    first = versions(project)
    project.run(
        project.path / ".venv/bin/alembic",
        *("revision", "--message", "Another", "--head", "0002", "--splice"),
        **embedded,
    )
    assert len(versions(project)) == len(first) + 1
    assert "alembic merge heads" in refusal()


@for_each(("fastapi", "postgresql"), ("flask", "postgresql"), ("django", "postgresql"))
def test_a_model_without_a_migration_fails_the_check(
    project: Project, pair: tuple[str, str]
) -> None:
    project.environment = {}
    # Which names a database of somebody's.
    (project.path / ".env").write_text("DATABASE_URL=postgresql://a:b@127.0.0.1:1/c\n")
    good = task(project, "migrations")
    assert good.returncode == 0, good.stdout + good.stderr
    if pair[0] == "django":
        models = project.path / "src" / project.package / "blog/models.py"
        models.write_text(models.read_text().replace("max_length=200", "max_length=201"))
    else:
        declare(project, TABLES)
    bad = task(project, "migrations")
    assert bad.returncode
    assert re.search("things|Alter field title", bad.stdout + bad.stderr)
    assert not list(project.path.glob("local.db*"))
    checked = (project.path / "pyproject.toml").read_text().partition("[tool.poe.tasks.check]")[2]
    assert pair[0] != "django" or '"migrations"' in checked.partition("]")[0]
