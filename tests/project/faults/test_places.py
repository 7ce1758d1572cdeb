"""The files of a service in bad places: full, deleted, read-only; and output that goes nowhere."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from servers.ports import free_port
from servers.unavailable import unavailable

from ..service import Running
from .host import Host, started
from .observing import eventually, gauge, is_ready

DRAINING = {"DRAIN_DELAY": "40", "STOP_GRACE": "110"}  # a second signal ends it at once


def own_mounts(script: str, *arguments: str) -> tuple[str, ...]:
    """Return what runs a command where ``script`` has mounted things that only it sees."""
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    unshare = ("unshare", "--mount", *user)
    if subprocess.run([*unshare, "true"], capture_output=True).returncode:
        unavailable("this user may not mount anything (unshare --mount)")
    shift = f"shift {len(arguments)}; " if arguments else ""
    return (*unshare, "sh", "-ec", f'{script}; {shift}exec "$@"', "sh", *arguments)


def statuses(service: Running, path: str) -> set[int]:
    """Return how several requests were answered, by more than one worker."""
    return {service.get(path).status_code for _ in range(10)}


def replace(service: Running, worker: int) -> None:
    """Kill a worker, and wait for its successor."""
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: len(set(service.workers()) - {worker}) == 2)
    eventually(lambda: is_ready(service))


@contextmanager
def on_a_small_disk(host: Host, tmp_path: Path) -> Iterator[tuple[Running, Path]]:
    """Run a service whose temporary directory has room for what it starts with, and little more."""
    prefix = own_mounts('mount -t tmpfs -o size=640k tmpfs "$1"', str(tmp_path))
    with started(host.project, free_port(), prefix=prefix, TMPDIR=str(tmp_path)) as service:
        service.wait_until_ready()
        eventually(lambda: gauge(service, "web_workers") == 2)
        yield service, Path(f"/proc/{service.process.pid}/root{tmp_path}")


def fill(disk: Path) -> Path:
    """Write until nothing more goes in."""
    path = disk / "fill"
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    assert os.statvfs(disk).f_bfree == 0
    return path


def test_a_full_disk_costs_metrics_but_no_worker(host: Host, tmp_path: Path) -> None:
    with on_a_small_disk(host, tmp_path) as (service, disk):
        filling = fill(disk)
        for worker in service.workers():
            replace(service, worker)
        assert statuses(service, "/metrics") == {200}
        assert statuses(service, "/api/posts") == {200}
        assert statuses(service, "/unknown") == {404}, "a label that was not there before"
        assert 2 <= service.log.read_text().count("No space left on device") <= 4, "once for each"
        filling.unlink()
        eventually(lambda: gauge(service, "web_workers") == 2)


def test_the_directory_may_be_deleted(host: Host, tmp_path: Path) -> None:
    def delete() -> None:
        [directory] = tmp_path.glob("service-*")
        shutil.rmtree(directory)

    port = free_port()
    with started(host.project, port, TMPDIR=str(tmp_path), **DRAINING) as service:
        service.wait_until_ready()
        eventually(lambda: gauge(service, "web_workers") == 2)
        delete()
        assert statuses(service, "/metrics") == {200}
        eventually(lambda: gauge(service, "web_workers") == 2)
        delete()
        replace(service, service.workers()[0])
        eventually(lambda: gauge(service, "web_workers") == 2)
        delete()
        service.process.send_signal(signal.SIGTERM)
        eventually(lambda: service.get("/readyz").json()["status"] == "draining")
        assert service.stop() == 0


def read_only(*places: str) -> tuple[str, ...]:
    """Return what runs a command that can write to none of these, nor to where it is."""
    mount = "mount --bind $place $place; mount -o remount,bind,ro $place"
    return own_mounts(f"for place in {' '.join(places)}; do {mount}; done; cd /proc")


def test_a_temporary_directory_is_not_needed(host: Host) -> None:
    prefix = read_only("/tmp", "/var/tmp")
    with started(host.project, free_port(), prefix=prefix, **DRAINING) as service:
        service.wait_until_ready()
        eventually(lambda: gauge(service, "web_workers") == 2)
        service.process.send_signal(signal.SIGTERM)
        eventually(lambda: service.get("/readyz").json()["status"] == "draining")
        assert service.stop() == 0


def test_no_directory_is_needed(host: Host) -> None:
    prefix = read_only("/tmp", "/var/tmp", "/dev/shm")
    with started(host.project, free_port(), prefix=prefix) as service:
        service.wait_until_ready()
        assert statuses(service, "/metrics") == {200}
        assert statuses(service, "/api/posts") == {200}
        assert "no directory can be written to" in service.log.read_text()
        assert service.stop() == 0


@pytest.mark.parametrize("output", ["full", "closed"])
def test_a_log_that_cannot_be_written_stops_nothing(host: Host, output: str) -> None:
    read_end, write_end = os.pipe()
    with open("/dev/full", "w") as full, open(write_end, "w") as pipe:
        where = full if output == "full" else pipe
        with started(host.project, free_port(), output=where, LOG_REQUESTS="all") as service:
            os.close(read_end)
            service.wait_until_ready()
            eventually(lambda: len(service.workers()) == 2)
            replace(service, service.workers()[0])
            assert statuses(service, "/api/posts") == {200}
            assert service.stop() == 0
