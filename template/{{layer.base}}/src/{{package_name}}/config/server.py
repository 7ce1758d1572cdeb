"""How the service listens, whom it trusts, and how long it waits."""

from __future__ import annotations

import ipaddress
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from .base import CommaSeparated, EnvironmentSettings, in_production, strong_in_production
from .cores import usable_cores
from .host import resolved

# Each timeout, what it is larger than (what comes one after the other, together), and smaller than.
BUDGET: dict[str, tuple[tuple[str, ...], str | None]] = {
    "request_timeout": (("statement_timeout",), None),
    "drain_timeout": (("request_timeout",), None),
    "stop_grace": (("drain_delay", "drain_timeout"), None),
    "cpu_time_limit": ((), "request_timeout"),
    "stall_limit": (("request_timeout",), None),
}


class ServerSettings(EnvironmentSettings):
    """The process, its limits and its timeouts (seconds)."""

    secret_key: SecretStr = SecretStr("local-only-key-that-production-refuses-to-use")
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    web_workers: int = Field(default_factory=usable_cores, ge=1, le=256)
    web_backpressure: int = Field(1024, ge=1, description="connections per worker")
    web_workers_max_rss: int = Field(1024, ge=64, description="MiB; a larger worker is replaced")
    web_workers_lifetime: int = Field(6 * 3600, ge=60)
    allowed_hosts: CommaSeparated = ("localhost", "127.0.0.1", "[::1]")
    trusted_proxies: CommaSeparated = ()
    max_body_bytes: int = Field(1024 * 1024, ge=1024)

    # One budget: each timeout is smaller than the one around it.
    statement_timeout: float = Field(5.0, gt=0)
    request_timeout: float = Field(10.0, gt=0)
    drain_timeout: float = Field(15.0, gt=0)
    drain_delay: float = Field(0.0, ge=0, description="not ready, but still serving, after SIGTERM")
    stop_grace: float = Field(30.0, gt=0, description="what the orchestrator waits before SIGKILL")

    stall_limit: float = Field(30.0, gt=0)
    migration_wait: float = Field(300.0, ge=0, description="for another process that migrates")

    cpu_workers: int = Field(1, ge=1, le=256, description="processes per web worker")
    cpu_queue: int = Field(4, ge=0, description="jobs that may wait for one of them")
    cpu_time_limit: float = Field(8.0, gt=0)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    log_requests: Literal["all", "slow"] = "slow"
    slow_request: float = Field(1.0, gt=0)
    sentry_dsn: str = ""
    sentry_traces_sample_rate: float = Field(0.0, ge=0, le=1)

    @field_validator("secret_key")
    @classmethod
    def _strong_in_production(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if in_production(info) and value.get_secret_value().startswith("local-only"):
            raise ValueError("production needs its own; make one with `openssl rand -hex 32`")
        return strong_in_production(value, info)

    @field_validator("host")
    @classmethod
    def _address(cls, value: str) -> str:
        return resolved(value)

    @field_validator("allowed_hosts")
    @classmethod
    def _named_in_production(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if in_production(info) and (not value or "*" in value):
            raise ValueError("name the hosts that this service answers for; '*' is not allowed")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        networks = []
        for item in value:
            try:
                # As strict readers want it: 10.1.2.3/8 is none to them, and would match nobody.
                networks.append(str(ipaddress.ip_network(item, strict=False)))
            except ValueError:
                raise ValueError(f"{item!r} is not an address or a CIDR network") from None
        return tuple(networks)

    @field_validator(
        "request_timeout", "drain_timeout", "stop_grace", "cpu_time_limit", "stall_limit"
    )
    @classmethod
    def _one_budget(cls, value: float, info: ValidationInfo) -> float:
        name = info.field_name or ""
        inner, outer = BUDGET[name]
        together = sum(info.data.get(name, 0) for name in inner)
        if value <= together:
            names = " + ".join(inner).upper()
            raise ValueError(f"must be larger than {names} ({together:g} s)")
        if outer and value >= info.data.get(outer, value + 1):
            raise ValueError(f"must be smaller than {outer.upper()} ({info.data[outer]:g} s)")
        return value
