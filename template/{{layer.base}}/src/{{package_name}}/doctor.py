"""Compare the running configuration with what scaling needs, and say what to change."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from . import database_doctor, load_doctor, runtime, stores_doctor
from .config import get_settings
from .config.cores import usable_cores
from .findings import Finding

if TYPE_CHECKING:
    from .config import Settings

TCP_MIGRATE = Path("/proc/sys/net/ipv4/tcp_migrate_req")


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what was looked at, mistake by mistake."""
    cores = usable_cores()
    yield Finding(
        "blocking work",
        settings.web_workers * settings.cpu_workers <= 2 * cores,
        f"{settings.web_workers} workers with {settings.cpu_workers} processes each on {cores}"
        " cores: lower CPU_WORKERS",
    )
    yield Finding(
        "one process",
        settings.web_workers >= min(cores, 2),
        f"one worker on {cores} cores: raise WEB_WORKERS",
    )
    yield Finding(
        "one process",
        settings.environment != "production" or bool(settings.trusted_proxies),
        "every client looks like the load balancer: name its network in TRUSTED_PROXIES",
    )
    yield Finding(
        "one process",
        _migrates_connections(),
        "a worker that is replaced drops queued connections: set net.ipv4.tcp_migrate_req=1",
    )
    yield Finding(
        "one process",
        runtime.has_place(),
        "workers cannot share their metrics, nor learn that the replica drains: mount a tmpfs at"
        f" /run/{__package__}",
    )
    yield from stores_doctor.examine(settings)
    yield Finding(
        "scattered errors", bool(settings.sentry_dsn), "nobody is told of crashes: set SENTRY_DSN"
    )
    yield Finding(
        "scattered errors",
        settings.log_format == "json",
        "logs that machines cannot read: set LOG_FORMAT=json",
    )
    yield from database_doctor.examine(settings)
    yield from load_doctor.examine(Path.cwd())


def _migrates_connections() -> bool:
    return not TCP_MIGRATE.exists() or TCP_MIGRATE.read_text().strip() == "1"


def main() -> int:
    """Print the findings; return how many things there are to change."""
    faults = 0
    for finding in examine(get_settings()):
        faults += not finding.good
        state = "ok    " if finding.good else "change"
        advice = "" if finding.good else f": {finding.advice}"
        sys.stdout.write(f"{state}  {finding.mistake}{advice}\n")
    return faults


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
