"""Who can reach whom, and what a container may do."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .engine import docker, inspect
from .running import Stack

# What the Dockerfile removes, and nothing imports.
NEEDLESS = re.compile(
    r"^(alembic|mako|sqlalchemy)/testing/|^greenlet/tests/|^django/.*/LC_MESSAGES/|\.(pyx|pxd|[ch])$"
)
SERVICES = ("balancer", "app", "database", "cache", "sessions")


def of(stack: Stack, service: str) -> dict[str, Any]:
    """Return what the engine knows of a container of a service."""
    return inspect(stack.containers(service)[0])


def test_only_the_balancer_is_published(stack: Stack) -> None:
    published = [
        (service, bindings)
        for service in SERVICES
        for bindings in of(stack, service)["NetworkSettings"]["Ports"].values()
        if bindings
    ]
    assert published == [("balancer", [{"HostIp": "127.0.0.1", "HostPort": str(stack.port)}])]


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_may_do_little(stack: Stack, service: str) -> None:
    found = of(stack, service)
    host = found["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}
    assert found["State"]["Health"]["Status"] == "healthy"
    assert docker("exec", found["Id"], "id", "-u").strip() != "0"


def test_images_are_pinned(stack: Stack) -> None:
    others = set(stack.compose("config", "--images").split()) - {stack.image}
    for image in others:
        tag = image.partition(":")[2]
        assert len(tag.partition("-")[0].split(".")) >= 2, image


def test_secrets_are_in_files_only(stack: Stack) -> None:
    secrets = [path.read_text().strip() for path in (stack.path / "secrets").iterdir()]
    assert len(secrets) == 2
    told = (stack.path / "compose.yaml").read_text() + stack.compose("config")
    for service in SERVICES:
        found = of(stack, service)
        told += str(found["Config"]) + docker("logs", found["Id"])
    assert not [secret for secret in secrets if secret in told]
    assert (stack.path / "secrets").stat().st_mode & 0o777 == 0o700


def reaches(stack: Stack, source: str, target: str, port: int) -> bool:
    """Tell whether a container of ``source`` can connect to ``target``."""
    command = f"exec 3<>/dev/tcp/{target}/{port}"
    container = stack.containers(source)[0]
    done = subprocess.run(
        ["docker", "exec", container, "timeout", "3", "bash", "-c", command], capture_output=True
    )
    return done.returncode == 0


def test_only_the_service_reaches_the_stores(stack: Stack) -> None:
    for store, port in (("database", 5432), ("cache", 6379), ("sessions", 6379)):
        assert reaches(stack, "app", store, port)
        assert not reaches(stack, "balancer", store, port)
    assert reaches(stack, "balancer", "app", 8000)


def test_the_stores_reach_nothing_outside(stack: Stack) -> None:
    networks = of(stack, "database")["NetworkSettings"]["Networks"]
    (name,) = networks
    assert inspect(name)["Internal"]


def test_metrics_are_for_the_inside(stack: Stack) -> None:
    for path in ("/metrics", "/metrics/", "/METRICS", "/%6detrics", "/metrics?x=1"):
        assert stack.get(path).status_code == 404, path
    read = (
        "import urllib.request\nprint(urllib.request.urlopen('http://{}').read().decode())".format
    )
    replica = stack.replicas()[0]
    assert "http_requests_total" in stack.python(replica, "-c", read("localhost:8000/metrics"))
    of_balancer = stack.python(replica, "-c", read("balancer:8404/metrics"))
    assert f"{stack.balancer}_" in of_balancer


def test_the_balancer_may_open_as_many_files_as_connections(stack: Stack) -> None:
    read = "cat /proc/[0-9]*/limits | grep 'Max open files'"
    limits = docker("exec", stack.container("balancer"), "sh", "-c", read).splitlines()
    assert max(int(line.split()[3]) for line in limits) > 8192


def test_the_image_is_small(stack: Stack) -> None:
    dockerfile = (stack.path / "Dockerfile").read_text()
    base = dockerfile.rpartition("\nFROM ")[2].split()[0]
    above = inspect(stack.image)["Size"] - inspect(base)["Size"]
    assert above <= 90e6, f"{above / 1e6:.1f} MB"


def test_its_packages_are_whole(stack: Stack) -> None:
    """What looks like others' tests may be a package's own: `scipy` imports a `testing`."""
    script = (
        "import hashlib, base64\n"
        "from importlib.metadata import distributions\n"
        "def changed(file):\n"
        "    path = file.locate()\n"
        "    if not path.exists() or '.libs/' not in str(file):\n"
        "        return not path.exists()\n"
        "    digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest())\n"
        "    return digest.rstrip(b'=').decode() != file.hash.value\n"
        "for d in distributions():\n"
        "    print(*(f for f in d.files or () if changed(f)), sep='\\n')"
    )
    changed = stack.python(stack.replicas()[0], "-c", script).split()
    assert [name for name in changed if not NEEDLESS.search(name)] == []


def test_the_configuration_of_the_balancer_is_that_of_the_project(stack: Stack) -> None:
    mounts = of(stack, "balancer")["Mounts"]
    sources = {Path(mount["Source"]) for mount in mounts if mount["Type"] == "bind"}
    assert stack.path / "deploy" / stack.balancer in sources
