"""An update rewrites the owner's imports of what the template has moved, or lists them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from textwrap import dedent

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import git
from matrix import CONFIG

from .fork import SETTINGS
from .project import begin, commit, contents, copy, unmerged, update
from .releases import release

PACKAGE = "src/{{package_name}}"
PYPROJECT = '[tool.ruff]\nline-length = 60\nsrc = ["src"]\n'

# What each module of the three versions defines.
FIRST = {
    "__init__": "",
    "resources": "RESOURCES = 1\ndef get_resources(): return RESOURCES",
    "errors": "class Unavailable(Exception): pass",
    "logs": "from .config import LEVEL\nlog = LEVEL",
    "config/__init__": "LEVEL = 1",
    "database/__init__": "from .base import Base\nfrom .engine import Database",
    "database/base": "class Base: pass",
    "database/engine": "class Database: pass",
    "cache/__init__": "class Cache: pass",
    "cache/guard": "from ..errors import Unavailable\nfrom ..config import LEVEL\nGUARD = 1",
    "cache/keys": "KEY = 1",
    "extension": "from .logs import log",  # made once
}
SECOND = {
    "__init__": "",
    "config/__init__": "LEVEL = 1",
    "database/__init__": "from ..foundation.database.base import Base",
    "foundation/__init__": "",
    "foundation/resources": "RESOURCES = 1\ndef get_resources(): return RESOURCES",
    "foundation/problems/__init__": "",
    "foundation/problems/handlers": "class Unavailable(Exception): pass",
    "foundation/observability/__init__": "",
    "foundation/observability/logs": "from ...config import LEVEL\nlog = LEVEL",
    "foundation/database/__init__": "from .base import Base\nfrom .engine import Database",
    "foundation/database/base": "class Base: pass",
    "foundation/database/engine": "class Database: pass",
    "foundation/cache/__init__": "class Cache: pass",
    "foundation/cache/breaker": (
        "from ..problems.handlers import Unavailable\nfrom ...config import LEVEL\nGUARD = 1"
    ),
    "foundation/cache/keys": "KEY = 1",
}
THIRD = {
    name.replace("problems/handlers", "problems/http"): text.replace("handlers", "http").replace(
        "get_resources", "find_resources"
    )
    for name, text in SECOND.items()
}
# Git finds a file that has moved by the lines that have stayed.
STEMS = {"foundation/cache/breaker": "cache/guard", "foundation/resources": "resources"}
MOVES = """
["v2.0.0".all]
"resources" = "foundation.resources"
"errors" = "foundation.problems.handlers"
"logs" = "foundation.observability.logs"
"cache" = "foundation.cache"
"cache.guard" = "foundation.cache.breaker"
"database" = "foundation.database"
"database:Base" = "database:Base"
["v2.0.0".django]
"config" = "nowhere"
"""
LATER = """
["v3.0.0".all]
"foundation.problems.handlers" = "foundation.problems.http"
"foundation.resources:get_resources" = "foundation.resources:find_resources"
"""
VERSIONS = {"v1.0.0": (FIRST, ""), "v2.0.0": (SECOND, MOVES), "v3.0.0": (THIRD, MOVES + LATER)}

Start = Callable[..., Path]


@pytest.fixture(scope="session")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template that moves its modules, with a tag for each version."""
    repository = tmp_path_factory.mktemp("moving") / "template"
    repository.mkdir()
    git(repository, "init", "--quiet")
    config = {name: CONFIG[name] for name in SETTINGS}
    questions = {
        "package_name": {"type": "str", "default": "service"},
        "framework": {"type": "str", "default": "flask"},
    }
    (repository / "copier.yml").write_text(yaml.safe_dump({**config, **questions}, sort_keys=False))
    for version, (modules, moves) in VERSIONS.items():
        git(repository, "rm", "-r", "--quiet", "--ignore-unmatch", "template")
        files = {
            "{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml -}}\n",
            "pyproject.toml": PYPROJECT,
            **{
                f"{PACKAGE}/{name}.py": f"# {STEMS.get(name, name)}\n" * 20 + f"{text}\n"
                for name, text in modules.items()
            },
        }
        for name, text in files.items():
            path = repository / "template" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (repository / "moves.toml").write_text(moves)
        release(repository, version)
    return repository


@pytest.fixture
def begun(moving: Path, tmp_path: Path) -> Start:
    """Make a service of the first version with files of its owner's."""

    def _begun(files: dict[str, str | bytes], **answers: str) -> Path:
        path = tmp_path / "service"
        copy(moving, path, "v1.0.0", answers)
        begin(path)
        for name, text in files.items():
            place = path / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
        commit(path)
        return path

    return _begun


def imported(project: Path, *modules: str) -> None:
    """Insist that modules can be imported."""
    for module in modules:
        script = f"import sys; sys.path[:0] = ['src', 'tests']; import {module}"
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=project, capture_output=True, text=True
        )
        assert not done.returncode, done.stderr


# Statements that an owner may have written in a package of theirs, and what becomes of them.
STATEMENTS = {
    "from ..resources import get_resources": "from ..foundation.resources import get_resources",
    "from service.resources import RESOURCES": "from service.foundation.resources import RESOURCES",
    "from .. import resources": "from ..foundation import resources",
    "from .. import errors": "from ..foundation.problems import handlers as errors",
    "from .. import errors as mistakes": "from ..foundation.problems import handlers as mistakes",
    "from ..cache import guard": "from ..foundation.cache import breaker as guard",
    "from ..cache.keys import KEY": "from ..foundation.cache.keys import KEY",
    "from ..cache import Cache, guard": "from ..foundation.cache import Cache, breaker as guard",
    "from .. import errors, config": (
        "from ..foundation.problems import handlers as errors\nfrom .. import config"
    ),
    "from .. import config, errors; x = 1": (
        "from .. import config; from ..foundation.problems import handlers as errors; x = 1"
    ),
    "from ..database import Base": "from ..database import Base",
    "from ..database import Base, Database": (
        "from ..database import Base\nfrom ..foundation.database import Database"
    ),
    "from ..logs import *": "from ..foundation.observability.logs import *",
    "from ..config import LEVEL": "from ..config import LEVEL",
    "import service.resources as held": "import service.foundation.resources as held",
    "import service.resources\nx = service.resources.RESOURCES": (
        "import service.foundation.resources\nx = service.foundation.resources.RESOURCES"
    ),
    "import service.database\nx = service.database.Base": (
        "import service.database\nx = service.database.Base"
    ),
    "import service.database, os\nx = service.database.Base, service.database.Database": (
        "import service.database, service.foundation.database, os\n"
        "x = service.database.Base, service.foundation.database.Database"
    ),
    "import service.database as held\nx = held.Base": (
        "import service.database as held\nx = held.Base"
    ),
    "import service.database as held\nx = held.Database": (
        "import service.foundation.database as held\nx = held.Database"
    ),
    "import service.cache.guard\nx = service.cache.guard.GUARD": (
        "import service.foundation.cache.breaker\nx = service.foundation.cache.breaker.GUARD"
    ),
    "from ..resources import (\n    RESOURCES,  # held\n)": (
        "from ..foundation.resources import (\n    RESOURCES,  # held\n)"
    ),
    "if True:\n    from ..resources import RESOURCES  # noqa": (
        "if True:\n    from ..foundation.resources import RESOURCES  # noqa"
    ),
    "x = 1; from ..errors import Unavailable": (
        "x = 1; from ..foundation.problems.handlers import Unavailable"
    ),
    "import os, json": "import os, json",
}


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_follows(statement: str, begun: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "src/service/orders/routes.py"
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    # Not sorted and not formatted, so that all but the statement has to stay.
    other = "\nimport sys,   os\nimport abc  # ours\n"
    project = begun({name: f"{statement}{other}", "src/service/orders/__init__.py": ""})
    said = update(project, "--to", "v2.0.0")
    assert said.code == 0, said.text
    assert (project / name).read_text() == STATEMENTS[statement] + other
    imported(project, "service.orders.routes")
    assert (f"{name}: " in said.text) == (STATEMENTS[statement] != statement)
    git(project, "reset", "--hard", "--quiet")
    assert (project / name).read_text() == statement + other
    assert not git(project, "status", "--porcelain", "--ignored")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_what_is_tidy_stays_tidy_and_bytes_stay(newline: str, mark: bytes, begun: Start) -> None:
    name, lines = "src/service/mine.py", ["import os", "", "from .cache.keys import KEY"]
    lines += ["from .config import LEVEL", "from .errors import Unavailable", "", 'X = "ü"', ""]
    project = begun({name: mark + newline.join(lines).encode()})
    assert update(project).code == 0
    moved = ["import os", "", "from .config import LEVEL", "from .foundation.cache.keys import KEY"]
    moved += ["from .foundation.problems.http import Unavailable", "", 'X = "ü"', ""]
    assert (project / name).read_bytes() == mark + newline.join(moved).encode()


def test_a_long_line_is_broken_only_where_lines_are(begun: Start) -> None:
    tidy = "from service.errors import Unavailable as Away\n"
    untidy = f"{tidy}x=1\n"
    project = begun({"src/service/tidy.py": tidy, "src/service/untidy.py": untidy})
    assert update(project).code == 0
    assert (project / "src/service/tidy.py").read_text() == (
        "from service.foundation.problems.http import (\n    Unavailable as Away,\n)\n"
    )
    assert (project / "src/service/untidy.py").read_text() == (
        "from service.foundation.problems.http import Unavailable as Away\nx=1\n"
    )


def test_names_follow_through_several_releases(begun: Start) -> None:
    name = "tests/test_mine.py"
    project = begun({name: "from service.resources import get_resources\n\n\nget_resources()\n"})
    assert update(project).code == 0
    assert (project / name).read_text() == (
        "from service.foundation.resources import (\n    find_resources as get_resources,\n)\n\n\n"
        "get_resources()\n"
    )
    imported(project, "test_mine")


def test_an_import_that_was_added_to_a_file_that_moves(begun: Start) -> None:
    added = {
        "from ..config import LEVEL as mine": "from ...config import LEVEL as mine",
        "from .keys import KEY": "from .keys import KEY",
        "from ..resources import RESOURCES": "from ..resources import RESOURCES",
        "from ..logs import log": "from ..observability.logs import log",
        "from .. import errors": "from ..problems import http as errors",
    }
    project = begun({})
    guard = project / "src/service/cache/guard.py"
    guard.write_text(guard.read_text() + "".join(f"{line}\n" for line in added))
    commit(project)
    said = update(project)
    assert said.code == 0, said.text
    text = (project / "src/service/foundation/cache/breaker.py").read_text()
    assert text.endswith("".join(f"{line}\n" for line in added.values())), text
    imported(project, "service.foundation.cache.breaker")


def test_a_file_of_the_owner_in_a_package_that_moves(begun: Start) -> None:
    files = {
        "src/service/cache/mine.py": "from .guard import GUARD\nfrom . import keys\n",
        "src/service/database/mine.py": "from .engine import Database\nfrom . import Base\n",
    }
    project = begun(files)
    assert update(project).code == 0
    assert (project / "src/service/cache/mine.py").read_text() == (
        "from ..foundation.cache.breaker import GUARD\nfrom ..foundation.cache import keys\n"
    )
    imported(project, "service.cache.mine", "service.database.mine")


def test_what_cannot_be_rewritten_is_listed(begun: Start) -> None:
    files = {
        "Makefile": "run:\n\tpython -m service.logs && cat src/service/errors.py\n",
        "src/service/own.py": 'NAMES = ["service.errors.Unavailable"]  # see service.resources\n',
        "src/service/old.py": "print 'hello'\nfrom service.resources import RESOURCES, x\n",
        "notes.md": "my_service.logs, service.config and x/service.logs are others\n",
        "script.py": 'CODE = """\nimport os\nfrom service.logs import log\n"""\n',
        "image": b"\0service.logs",
    }
    project = begun(files)
    said = update(project, "--to", "v2.0.0")
    assert said.code == 0
    listed = said.text.partition("yours to rewrite:\n")[2].partition("Run `uv lock")[0]
    assert [line.strip() for line in listed.splitlines()] == [
        "Makefile:2: service.logs is now service.foundation.observability.logs",
        "Makefile:2: src/service/errors.py is now src/service/foundation/problems/handlers.py",
        "script.py:3: service.logs is now service.foundation.observability.logs",
        "src/service/old.py:2: `from service.resources import RESOURCES` is now"
        " `from service.foundation.resources import RESOURCES`",
        "src/service/old.py:2: `from service.resources import x` is now"
        " `from service.foundation.resources import x`",
        "src/service/own.py:1: service.errors.Unavailable is now"
        " service.foundation.problems.handlers.Unavailable",
        "src/service/own.py:1: service.resources is now service.foundation.resources",
    ]
    assert {name: (project / name).read_bytes() for name in files} == {
        name: text if isinstance(text, bytes) else text.encode() for name, text in files.items()
    }


def test_a_conflict_is_left_alone_and_its_imports_are_listed(begun: Start) -> None:
    project = begun({})
    logs = project / "src/service/logs.py"
    changed = logs.read_text().replace(
        "from .config import LEVEL", "from .config import LEVEL as X\nfrom .cache.keys import KEY"
    )
    logs.write_text(changed)
    commit(project)
    said = update(project, "--to", "v2.0.0")
    assert said.code == 1
    (conflict,) = unmerged(project)
    assert "`from .cache.keys import KEY` is now" in said.text
    assert "from .cache.keys import KEY\n" in (project / conflict).read_text()


def test_a_service_below_the_top_of_its_repository(moving: Path, tmp_path: Path) -> None:
    project = tmp_path / "services/one"
    copy(moving, project, "v1.0.0", {"package_name": "shop"})
    beside = tmp_path / "mine.py"
    for path in (beside, project / "src/shop/mine.py"):
        path.write_text("from shop.errors import Unavailable\n")
    begin(tmp_path)
    said = update(project, "--to", "v2.0.0")
    assert said.code == 0, said.text
    moved = "from shop.foundation.problems.handlers import Unavailable\n"
    assert (project / "src/shop/mine.py").read_text() == moved
    assert beside.read_text() == "from shop.errors import Unavailable\n"
    assert "src/shop/mine.py: 1 import rewritten" in said.text
    assert not git(tmp_path, "diff", "--name-only")  # all that changed is staged


def test_a_table_of_another_framework_does_not_count(begun: Start) -> None:
    line = "from service.config import LEVEL\n"
    project = begun({"mine.py": line}, framework="fastapi")
    assert update(project).code == 0
    assert (project / "mine.py").read_text() == line


def test_what_is_made_once_follows(begun: Start) -> None:
    name = "src/service/extension.py"
    project = begun({})
    assert "from .logs import log" in (project / name).read_text()
    assert update(project).code == 0
    assert "from .foundation.observability.logs import log" in (project / name).read_text()


@pytest.mark.parametrize("option", ["--assume-unchanged", "--skip-worktree"])
def test_what_git_is_told_to_overlook_is_left_alone(option: str, begun: Start) -> None:
    name, text = "src/service/mine.py", "from .errors import Unavailable\n"
    project = begun({name: text})
    git(project, "update-index", option, name)
    (project / name).write_text(f"{text}x = 1\n")
    assert update(project).code == 0
    assert (project / name).read_text() == f"{text}x = 1\n"


@pytest.mark.parametrize("table", ["[", '["v9".all', '["soon".all]\n"a" = "b"\n', "v9 = 1\n"])
def test_a_damaged_table_is_refused(table: str, moving: Path, tmp_path: Path) -> None:
    template, project = tmp_path / "template", tmp_path / "service"
    git(tmp_path, "clone", "--quiet", str(moving), str(template))
    (template / "moves.toml").write_text(table)
    release(template, "v9.0.0")
    copy(template, project, "v1.0.0", {})
    begin(project)
    said = update(project)
    assert said.code == 2
    assert "moves.toml of the template cannot be read" in said.text
    assert not git(project, "status", "--porcelain")


@pytest.mark.parametrize(
    "odd",
    [
        "x = " + "(" * 5000 + ")" * 5000,
        "x = a" + "()" * 5000,
        "x = " + "not " * 3000 + "a",
        "x = 1\f\n",
        "x = 1\ry = 2",
    ],
    ids=["brackets", "calls", "operators", "form feed", "returns"],
)
def test_what_cannot_be_given_back_as_it_is_is_listed(odd: str, begun: Start) -> None:
    text = f"from service.errors import Unavailable\n{odd}\n"
    project = begun({"odd.py": text.encode()})
    said = update(project, "--to", "v2.0.0")
    assert said.code == 0
    rewritten = text.replace("service.errors", "service.foundation.problems.handlers")
    assert (project / "odd.py").read_bytes() in (text.encode(), rewritten.encode())
    assert "odd.py:" in said.text


def test_a_failure_takes_all_back(begun: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    project = begun({"src/service/mine.py": "from .errors import Unavailable\n"})
    before = contents(project)

    def fill_the_disk(project: Path, contents: dict[str, bytes]) -> None:
        for name in contents:
            (project / name).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("template_follow.replace", fill_the_disk)
        said = update(project)
    assert said.code == 2
    assert "No space left" in said.text
    assert contents(project) == before
    assert not git(project, "status", "--porcelain")


NAMES = {
    name.replace("/", ".").removesuffix(".__init__"): sorted(
        {"RESOURCES", "Unavailable", "Base", "Database", "Cache", "GUARD", "KEY", "LEVEL", "log"}
        & set(text.replace("(", " ").replace(":", " ").split())
    )
    for name, text in FIRST.items()
    if name != "__init__"
}
IN_PLACES = [
    "src/service/a.py",
    "src/service/cache/b.py",
    "src/service/x/y/c.py",
    "tests/test_d.py",
]


@st.composite
def imports(draw: st.DrawFn, place: str) -> str:
    """A statement that works in the first version, in a file at a place."""
    module = draw(st.sampled_from([name for name, found in NAMES.items() if found]))
    inside = place.startswith("src/")
    parts = PurePosixPath(place).parts[2:-1]
    relative = inside and draw(st.booleans())
    head = "." * (len(parts) + 1) if relative else "service."
    if draw(st.booleans()):
        parent, _, last = module.rpartition(".")
        where = (head + parent) if relative else f"service.{parent}".rstrip(".")
        return f"from {where} import {last}" + draw(st.sampled_from(["", " as other"]))
    found = draw(st.lists(st.sampled_from(NAMES[module]), min_size=1, unique=True))
    indent = draw(st.sampled_from(["", "if True:\n    "]))
    return f"{indent}from {head}{module} import {', '.join(found)}"


@settings(
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
@given(data=st.data())
def test_whatever_is_imported_is_found_again(moving: Path, data: st.DataObject) -> None:
    with TemporaryDirectory(prefix="imports.") as directory:
        project = Path(directory, "service")
        copy(moving, project, "v1.0.0", {})
        begin(project)
        for place in IN_PLACES:
            statements = data.draw(st.lists(imports(place), min_size=1, max_size=4))
            path = project / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(statements) + "\n")
        modules = ("service.a", "service.cache.b", "service.x.y.c", "test_d")
        imported(project, *modules)
        commit(project)
        said = update(project)
        assert said.code == 0, said.text
        assert "yours to rewrite" not in said.text
        imported(project, *modules)
