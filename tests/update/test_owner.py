"""A service whose owner has added to it is updated as docs/updating.md says, and works."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pymysql
import pytest

import matrix
from conftest import git
from project.service import Project
from servers.mariadb import MariaDB

from .project import begin, commit, copy, told, unmerged, update

OWN_SETTINGS = '''"""Ours."""

from __future__ import annotations

from .base import EnvironmentSettings


class OwnSettings(EnvironmentSettings):
    """Ours."""

    page_size: int = 20
'''

FASTAPI = '''"""Ours."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from .config import get_settings

router = APIRouter()


@router.get("/api/orders")
async def orders() -> dict[str, int]:
    """Tell how many orders a page has."""
    return {"page": get_settings().page_size}


def extend(app: FastAPI) -> None:
    """Add ours."""
    app.include_router(router)
'''

FLASK = '''"""Ours."""

from __future__ import annotations

from flask import Blueprint, Flask

from .config import get_settings

blueprint = Blueprint("orders", __name__)


@blueprint.get("/api/orders")
def orders() -> dict[str, int]:
    """Tell how many orders a page has."""
    return {"page": get_settings().page_size}


def extend(app: Flask) -> None:
    """Add ours."""
    app.register_blueprint(blueprint)
'''

DJANGO = '''"""Ours."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI, Router

from .config import get_settings

urlpatterns: list[URLPattern | URLResolver] = []
router = Router()


@router.get("/orders")
def orders(request: HttpRequest) -> dict[str, int]:
    """Tell how many orders a page has."""
    return {"page": get_settings().page_size}


def extend(api: NinjaAPI) -> None:
    """Add ours."""
    api.add_router("/api", router)
'''
EXTENSIONS = {"fastapi": FASTAPI, "flask": FLASK, "django": DJANGO}

# Django: an application of one's own, and settings that the tests of the service have to suit.
ORDERS = '''"""Ours."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Order(models.Model):
    """Somebody wants something."""

    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    what = models.CharField(max_length=100, db_index=True)

    def __str__(self) -> str:
        """Return what is wanted."""
        return self.what
'''
DJANGO_SETTINGS = '''"""Ours."""

OWN_APPS = ["my_service.orders"]
OWN_MIDDLEWARE: list[str] = []
LANGUAGE_CODE = "de"
TIME_ZONE = "Europe/Berlin"
USE_I18N = True
'''

TEST = '''"""Ours."""

from {module} import {client}


def test_orders(client: {client}) -> None:
    assert client.get("/api/orders").{answer} == {{"page": 20}}
'''
ASYNC_TEST = '''"""Ours."""

import pytest
from httpx2 import AsyncClient

pytestmark = pytest.mark.anyio


async def test_orders(client: AsyncClient) -> None:
    response = await client.get("/api/orders")
    assert response.json() == {"page": 20}
'''
TESTS = {
    "fastapi": ASYNC_TEST,
    "flask": TEST.format(module="flask.testing", client="FlaskClient", answer="json"),
    "django": TEST.format(module="httpx2", client="Client", answer="json()"),
}


def tables(url: str) -> set[str]:
    """Return the names of the tables in a database of MariaDB."""
    found = urlsplit(url)
    with (
        pymysql.connect(
            host=found.hostname,
            port=found.port or 0,
            user=found.username,
            password=found.password or "",
            database=found.path[1:],
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SHOW TABLES")
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.slow
@pytest.mark.parametrize("framework", matrix.AXES["framework"])
def test_an_extended_service_is_updated_and_works(
    framework: str, template_path: Path, tmp_path: Path, mariadb: MariaDB
) -> None:
    path = tmp_path / "service"
    copy(template_path, path, "v0.1.0", {"framework": framework})
    begin(path)
    assert update(path).code == 0  # the first one is run from a clone of the template
    (path / "src/my_service/extension.py").write_text(EXTENSIONS[framework])
    (path / "src/my_service/config/own.py").write_text(OWN_SETTINGS)
    (path / "tests/test_orders.py").write_text(TESTS[framework])
    objectives = path / "loadtest/slo.toml"
    objectives.write_text(objectives.read_text().replace("p99 = 1500", "p99 = 1200"))
    assert "p99 = 1200" in objectives.read_text()
    service = Project(path, "my_service")
    service.run("uv", "add", "--group", "own", "tabulate==0.9.0")
    service.run("uv", "run", "poe", "slo-rules")
    service.run("uv", "run", "poe", "format")
    if framework == "django":
        orders = path / "src/my_service/orders"
        (orders / "migrations").mkdir(parents=True)
        for package in (orders, orders / "migrations"):
            (package / "__init__.py").write_text('"""Ours."""\n')
        (orders / "models.py").write_text(ORDERS)
        (path / "src/my_service/settings_own.py").write_text(DJANGO_SETTINGS)
        service.run("uv", "run", "poe", "makemigration", "-m", "orders")
        assert (orders / "migrations/0001_orders.py").exists()
    commit(path)
    assert "is the newest version" in service.run("uv", "run", "poe", "template-status").stdout

    def answer(*data: str) -> None:
        options = [word for one in data for word in ("--data", one)]
        service.run("uv", "run", "poe", "template-update", "--defaults", *options)
        assert not unmerged(path)
        service.run("uv", "lock")
        commit(path)

    if framework == "django":
        assert "passed" in service.run("uv", "run", "poe", "check").stdout
    answer("database=mariadb", "cache=valkey")
    url = mariadb.create_database(f"updated_{framework}")
    service.run("uv", "run", "poe", "migrate", DATABASE_URL=url)
    example = {name for name in tables(url) if "post" in name}
    assert len(example) >= 2
    if framework == "django":  # whose migrations go with the example
        service.python("manage.py", "migrate", "blog", "zero", DATABASE_URL=url)
    answer("example=false")
    if framework != "django":
        migration = ("uv", "run", "poe", "makemigration", "-m", "no example")
        service.run(*migration, DATABASE_URL=url)
        service.run("uv", "run", "poe", "migrate", DATABASE_URL=url)
        service.python("-m", "alembic", "downgrade", "-1", DATABASE_URL=url)
        assert example <= tables(url)
        service.run("uv", "run", "poe", "migrate", DATABASE_URL=url)
    assert not example & tables(url)

    assert "passed" in service.run("uv", "run", "poe", "check").stdout
    assert told(path)["example"] is False
    assert not git(path, "ls-files", "src/my_service/blog")
    service.python("-c", "import tabulate")
