"""Where a service listens: alone there, or it says in one sentence why it cannot."""

from __future__ import annotations

import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from servers.ports import free_port

from ..service import Project, Running, client
from .host import Host, started
from .observing import SOON, eventually, in_flight, starts


def refusal(
    project: Project, port: int, module: str = "", *, prefix: tuple[str, ...] = (), **extra: str
) -> str:
    """Return what a service says that refuses to start: no traceback, and nothing has begun."""
    with started(project, port, module, prefix=prefix, **extra) as second:
        assert second.process.wait(SOON) == 1
        said = second.log.read_text()
    assert "Traceback" not in said
    assert "Listening" not in said
    return said


def port_of(service: Running) -> int:
    return int(service.url.rpartition(":")[2])


@pytest.mark.parametrize("address", ["127.0.0.1", "[::]"])
def test_a_second_service_is_refused(host: Host, service: Running, address: str) -> None:
    port = port_of(service)
    said = refusal(host.project, port, HOST=address)
    assert f":{port} is in use by process {service.process.pid} (" in said
    assert service.process.poll() is None
    assert service.get("/healthz").status_code == 200


def test_a_second_service_for_development_is_refused(host: Host, service: Running) -> None:
    said = refusal(host.project, port_of(service), ".dev")
    assert f"is in use by process {service.process.pid} (" in said


def test_the_port_of_another_program_is_refused(host: Host) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as other:
        said = refusal(host.project, other.getsockname()[1])
    assert f"is in use by process {os.getpid()} (" in said


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"HOST": "192.0.2.1"}, "192.0.2.1 is not an address of this machine"),
        ({"HOST": "nowhere.invalid"}, "HOST: use an IP address"),
        ({"HOST": "fe80::1%lo"}, "HOST: an address with a zone"),
    ],
)
def test_an_address_of_no_use_is_refused(
    host: Host, variables: dict[str, str], sentence: str
) -> None:
    assert sentence in refusal(host.project, free_port(), **variables)


def test_a_privileged_port_is_refused(host: Host) -> None:
    rights = "-net_bind_service"
    unprivileged = ("setpriv", "--bounding-set", rights, "--inh-caps", rights)
    prefix = () if os.geteuid() else unprivileged
    assert "127.0.0.1:1 needs privileges" in refusal(host.project, 1, prefix=prefix)


@pytest.mark.parametrize("address", ["localhost", "[::1]", "::"])
def test_the_health_check_asks_where_the_service_listens(host: Host, address: str) -> None:
    port = free_port()
    with started(host.project, port, HOST=address, WEB_WORKERS="1"):
        command = ("-m", f"{host.project.package}.healthcheck")
        variables = {"HOST": address, "PORT": str(port)}
        python = host.project.path / ".venv/bin/python"
        eventually(
            lambda: host.project.run(python, *command, check=False, **variables).returncode == 0
        )


def test_of_services_that_start_at_once_one_runs(host: Host) -> None:
    port = free_port()
    commands = [started(host.project, port, WEB_WORKERS="1") for _ in range(4)]
    with commands[0] as one, commands[1] as two, commands[2] as three, commands[3] as four:
        services = [one, two, three, four]
        eventually(lambda: sum(service.process.poll() is None for service in services) == 1)
        [left] = [service for service in services if service.process.poll() is None]
        left.wait_until_ready()


def test_a_service_starts_while_its_predecessor_drains(host: Host) -> None:
    port = free_port()
    with started(host.project, port) as first, ThreadPoolExecutor() as pool:
        eventually(lambda: len(starts(first)) == 2)
        request = pool.submit(first.get, "/wait/6.0")
        eventually(lambda: in_flight(first) >= 1)
        first.process.send_signal(signal.SIGTERM)
        with started(host.project, port) as second:
            eventually(lambda: len(starts(second)) == 2)
            second.wait_until_ready()
        assert request.result().status_code == 200


def test_a_service_stops_while_its_workers_start(host: Host) -> None:
    port = free_port()
    with started(host.project, port) as service:
        eventually(lambda: "Spawning worker-2" in service.log.read_text())
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(SOON) == 0


def test_development_reloads_and_leaves_no_worker_behind(host: Host) -> None:
    port, source = free_port(), host.project.path / "src" / host.project.package / "api.py"
    with started(host.project, port, ".dev", ENVIRONMENT="local") as service:
        service.wait_until_ready()
        before = service.workers()
        source.touch()
        eventually(lambda: bool(service.workers()) and service.workers() != before)
        service.wait_until_ready()
        workers = service.workers()
        service.process.kill()
        service.process.wait()
        eventually(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
        with pytest.raises(httpx2.TransportError):
            client.get(f"{service.url}/healthz")
