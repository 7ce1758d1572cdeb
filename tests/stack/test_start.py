"""What is wrong is said in a sentence, before anything starts."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from .running import Stack

pytestmark = pytest.mark.xdist_group("start")


@pytest.fixture(scope="module")
def built(build: Callable[..., Stack]) -> Stack:
    """A stack that was never started."""
    return build()


@pytest.fixture
def fresh(built: Stack, tmp_path: Path) -> Iterator[Stack]:
    """The same with secrets of its own, to be spoiled."""
    kept = tmp_path / "secrets"
    copytree(built.path / "secrets", kept)
    yield built
    built.down()
    rmtree(built.path / "secrets", ignore_errors=True)
    copytree(kept, built.path / "secrets")


def refusal(stack: Stack, **environment: str) -> str:
    """Try to start the stack; return what it says, and insist that nothing runs."""
    done = stack.task("up", check=False, **environment)
    assert done.returncode != 0
    assert not stack.compose("ps", "--quiet").split()
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize("name", ["secret_key", "database_password"])
def test_a_secret_that_is_missing(fresh: Stack, name: str) -> None:
    (fresh.path / "secrets" / name).unlink()
    said = refusal(fresh)
    assert f"stack: secrets/{name} is missing" in said
    (fresh.path / "secrets" / name).write_text("\n")
    assert f"stack: secrets/{name} is missing or empty" in refusal(fresh)


@pytest.mark.parametrize("name", ["secret_key", "database_password"])
@pytest.mark.parametrize("value", ["short", "change-me-" * 5], ids=["short", "known"])
def test_a_secret_that_is_weak(fresh: Stack, name: str, value: str) -> None:
    path = fresh.path / "secrets" / name
    path.unlink()
    path.write_text(value)
    said = refusal(fresh)
    assert f"{name.upper()}: " in said
    assert value not in said.replace("too short", "")


@pytest.mark.parametrize(
    ("name", "value"),
    [("RATE_LIMIT", "many"), ("WEB_WORKERS", "none"), ("ALLOWED_HOSTS", "*")],
)
def test_a_setting_that_is_wrong(fresh: Stack, name: str, value: str) -> None:
    said = refusal(fresh, **{name: value})
    assert "stack: " in said
    assert name in said or value in said


def test_a_port_that_is_taken(fresh: Stack) -> None:
    with socket.create_server(("127.0.0.1", fresh.port)):
        said = refusal(fresh)
    assert f"stack: 127.0.0.1:{fresh.port}, the address of balancer, is in use" in said


def test_a_file_that_containers_cannot_read(fresh: Stack) -> None:
    secret = fresh.path / "secrets/secret_key"
    secret.chmod(0o400)
    assert "`chmod -R a+rX secrets/secret_key`" in refusal(fresh)


def test_the_file_env_counts(fresh: Stack) -> None:
    """Compose reads it, so what is built, and under which name, must not differ from that."""
    env, dockerfile = fresh.path / ".env", fresh.path / "loadtest" / "Dockerfile"
    kept, recipe = env.read_text(), dockerfile.read_text()
    env.write_text(f"{kept}APP_IMAGE={fresh.image}\nCOMPOSE_PROFILES=load\nLOAD_IMAGE=any:one\n")
    dockerfile.write_text("FROM scratch\nCOPY nothing /\n")
    environment = {**fresh.environment}
    del fresh.environment["APP_IMAGE"]
    try:
        said = refusal(fresh)
    finally:
        fresh.environment = environment
        env.write_text(kept)
        dockerfile.write_text(recipe)
    assert "`docker build --file loadtest/Dockerfile --tag any:one .` failed" in said


def test_secrets_are_made_once(fresh: Stack) -> None:
    secrets = {path.name: path.read_text() for path in (fresh.path / "secrets").iterdir()}
    assert all(len(secret.strip()) == 64 for secret in secrets.values())
    assert len(set(secrets.values())) == len(secrets)
    fresh.command("python3", "scripts/bootstrap.py")
    assert {p.name: p.read_text() for p in (fresh.path / "secrets").iterdir()} == secrets
