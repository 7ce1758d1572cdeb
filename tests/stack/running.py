"""A generated project's stack: start it, look into it, break parts of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from project.service import clean_environment
from servers.ports import free_port

from .engine import docker, inspect, provide

PACKAGE = "my_service"
SEED = {
    "fastapi": ["-m", f"{PACKAGE}.blog.seed"],
    "flask": ["-m", "flask", "--app", f"{PACKAGE}.app", "seed"],
    "django": ["manage.py", "seed"],
}
START_TIMEOUT = 180.0  # seconds; twenty are promised, on a machine that has nothing else to do

# What a run of tests needs otherwise than production: it is one client that asks all the time.
OVERRIDE = """\
services:
  app:
    environment:
      LOGIN_LIMIT_PER_ADDRESS: 100000/minute
      REGISTRATION_LIMIT: 100000/minute
      CACHE_TIMEOUT: "0.4"
  balancer:
    ulimits: { nofile: { soft: 1024, hard: 20000 } } # newer engines begin so
"""
LIMITS = {"RATE_LIMIT": "100000000", "CONNECTION_LIMIT": "60000"}


@dataclass
class Stack:
    """The stack of the project in ``path``, under a name and on a port of its own."""

    path: Path
    balancer: str
    framework: str = "fastapi"
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        name = f"loadbearing-{uuid4().hex[:8]}"
        self.environment = {
            "COMPOSE_PROJECT_NAME": name,
            "APP_IMAGE": f"{name}:latest",
            "BALANCER_PORT": str(free_port()),
            "TLS_PORT": str(free_port()),
            **LIMITS,
            **self.environment,
        }

    @property
    def name(self) -> str:
        """What its containers' names begin with."""
        return self.environment["COMPOSE_PROJECT_NAME"]

    @property
    def image(self) -> str:
        """The service's image."""
        return self.environment["APP_IMAGE"]

    @property
    def port(self) -> int:
        """The balancer's port on 127.0.0.1."""
        return int(self.environment["BALANCER_PORT"])

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """Make secrets, lock file and image; fetch the other images."""
        self.command(sys.executable, "scripts/bootstrap.py")
        dockerfile = (self.path / "Dockerfile").read_text()
        provide(re.findall(r"(?:^FROM |--from=)(\S+:\S+)", dockerfile, re.MULTILINE))
        docker("build", "--quiet", "--tag", self.image, self.path)
        others = set(self.compose("config", "--images").split()) - {self.image}
        provide(others)

    def command(
        self, *command: str, check: bool = True, **extra: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the project; its output is shown when it fails."""
        done = subprocess.run(
            command,
            cwd=self.path,
            env=clean_environment({**self.environment, **extra}),
            capture_output=True,
            text=True,
            timeout=600,
        )
        if check and done.returncode:
            raise AssertionError(
                f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done

    def task(
        self, *arguments: str, check: bool = True, **extra: str
    ) -> subprocess.CompletedProcess[str]:
        """Do what a `poe` task of the stack does."""
        return self.command(sys.executable, "scripts/stack.py", *arguments, check=check, **extra)

    def compose(self, *arguments: str, **extra: str) -> str:
        """Run `docker compose` and return what it prints."""
        return self.command("docker", "compose", *arguments, **extra).stdout

    def down(self) -> None:
        """Remove the stack with its data."""
        self.task("down", "--volumes", check=False)

    def seed(self, posts: int = 150) -> None:
        """Fill the example's tables."""
        self.python(self.replicas()[0], *SEED[self.framework], "--posts", str(posts))

    def containers(self, service: str) -> list[str]:
        """Return the running containers of a service."""
        return self.compose("ps", "--quiet", service).split()

    def container(self, service: str) -> str:
        """Return the only container of a service."""
        (found,) = self.containers(service)
        return found

    def replicas(self) -> list[str]:
        """Return the containers of the service itself."""
        return self.containers("app")

    def python(self, container: str, *arguments: str) -> str:
        """Run Python in a replica and return what it prints."""
        return docker("exec", container, "python", *arguments)

    def processes(self, container: str) -> tuple[int, list[int]]:
        """Return the ids, inside a replica, of its server's main process and of its workers."""
        script = (
            "import json, pathlib\n"
            "def children(pid):\n"
            "    return [int(c) for c in pathlib.Path("
            "f'/proc/{pid}/task/{pid}/children').read_text().split()]\n"
            "main = next(c for c in children(1) if 'python' in "
            "pathlib.Path(f'/proc/{c}/cmdline').read_text())\n"
            "print(json.dumps([main, children(main)]))"
        )
        main, workers = json.loads(self.python(container, "-c", script))
        return main, workers

    def kill_process(self, container: str, pid: int) -> None:
        """Kill a process of a replica with -9."""
        kill = f"import os; os.kill({pid}, 9)"
        docker(
            "exec", container, "python", "-c", kill, check=False
        )  # it may end with its container

    def logs(self, service: str, since: float = 0.0) -> list[dict[str, Any]]:
        """Return the JSON objects that a service has written to its standard output.

        Args:
            service: whose.
            since: from this moment on (``time.time``).
        """
        lines = []
        for container in self.containers(service):
            done = subprocess.run(
                ["docker", "logs", "--since", f"{since:.3f}", container],
                check=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            lines += done.stdout.splitlines()
        return [json.loads(line) for line in lines]

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        """Send a GET through the balancer."""
        return httpx2.get(self.url + path, headers=dict(headers or {}), timeout=20, trust_env=False)

    def post(
        self, path: str, body: Any, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """Send a POST with a JSON body through the balancer."""
        options = {"headers": dict(headers or {}), "timeout": 20, "trust_env": False}
        return httpx2.post(self.url + path, json=body, **options)

    def wait_until_ready(self, replicas: int = 2, timeout: float = START_TIMEOUT) -> None:
        """Wait until so many replicas are ready, and the balancer knows of all."""

        def ready() -> bool:
            found = self.replicas()
            return len(found) == replicas and all(map(self.is_ready, found))

        eventually(ready, timeout, pause=1)  # each look is a process in a container
        eventually(lambda: self.get("/readyz").status_code == 200, timeout)
        time.sleep(2)  # as long as the balancer may take to notice

    def is_ready(self, container: str) -> bool:
        """Tell whether a replica wants requests."""
        if not inspect(container)["State"]["Running"]:
            return False
        ask = ["docker", "exec", container, "python", "-m", f"{PACKAGE}.healthcheck", "/readyz"]
        return subprocess.run(ask, capture_output=True).returncode == 0


def eventually(check: Callable[[], bool], within: float, pause: float = 0.1) -> float:
    """Return after how many seconds ``check`` held; fail if it never did."""
    started = time.monotonic()
    while time.monotonic() - started < within:
        try:
            if check():
                return time.monotonic() - started
        except httpx2.TransportError:
            pass
        time.sleep(pause)
    raise AssertionError(f"not within {within} seconds")
