"""The service that is measured, and the others beside it: rendered, installed, filled, started."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from copier import run_copy

from project.service import Project, Running, clean_environment
from servers.ports import free_port

from . import ROOT
from .frameworks import Framework

PACKAGE = "bench"  # what the baselines import
POSTS = 10_000
PAGE = 20
PAGES = 1_500  # that are asked for in turn: more than there are connections, so none coincide
VISITORS = 1_000  # whose sessions are asked for in turn: as many more
POOL = 10  # connections, for the service and for the limit
BASELINES = Path(__file__).parent / "baselines"


def copy_template(target: Path) -> Path:
    """Copy what Copier reads of the working tree, without its history; return ``target``."""
    target.mkdir()
    shutil.copy2(ROOT / "copier.yml", target)
    for directory in ("copier", "hooks", "template"):
        ignore = shutil.ignore_patterns("__pycache__", ".*_cache")
        shutil.copytree(ROOT / directory, target / directory, ignore=ignore)
    return target


def render(template: Path, target: Path, **answers: str) -> float:
    """Render a template with its defaults and ``answers``; return the seconds that it took."""
    started = time.perf_counter()
    data = {"project_name": PACKAGE, **answers}
    run_copy(str(template), target, data=data, defaults=True, quiet=True)
    return time.perf_counter() - started


@dataclass
class Subject:
    """A generated project with its servers.

    Attributes:
        pages: a file with the paths of many pages of the list.
    """

    framework: Framework
    project: Project
    database_url: str
    cache_url: str
    session_url: str
    pages: Path

    def environment(self, **extra: str) -> dict[str, str]:
        """Return the variables of a service on one worker, with ``extra``."""
        return {
            "DATABASE_URL": self.database_url,
            "SESSION_URL": self.session_url,
            "DATABASE_POOL_SIZE": str(POOL),
            "WEB_WORKERS": "1",
            **extra,
        }

    def service(self, **extra: str) -> AbstractContextManager[Running]:
        """Run the service; ``extra`` is added to its environment."""
        return self.project.serve(**self.environment(**extra))

    def limit(self) -> AbstractContextManager[str]:
        """Run the limit; yield its URL."""
        return self._baseline([*self.framework.server, "--workers", "1", "limit:app"])

    def usual(self) -> AbstractContextManager[str]:
        """Run the usual; yield its URL."""
        return self._baseline([*self.framework.usual_server, "usual:app"])

    def hello(self, **extra: str) -> AbstractContextManager[str]:
        """Run the service with one route more, ``/api/hello``; yield its URL."""
        server = [*self.framework.server, "--workers", "1", "--factory", "hello:create_app"]
        return self._baseline(server, ready="/api/hello", **extra)

    def uncounted(self, **extra: str) -> AbstractContextManager[str]:
        """Run the same with metrics that count nothing; yield its URL."""
        server = [*self.framework.server, "--workers", "1", "--factory", "uncounted:create_app"]
        return self._baseline(server, ready="/api/hello", **extra)

    def overwriting(self, **extra: str) -> AbstractContextManager[str]:
        """Run the service whose sessions are written without a look at them; yield its URL."""
        server = [*self.framework.server, "--workers", "1", "--factory", "overwriting:create_app"]
        return self._baseline(server, **extra)

    def mistakes(self, factory: str, **extra: str) -> AbstractContextManager[Running]:
        """Run the service with mistakes (``mistakes.py``) on one worker, which nobody replaces.

        Args:
            factory: of the application.
        """
        server = [*self.framework.server, "--workers", "1", "--factory", f"mistakes:{factory}"]
        return self._run(server, ready="/readyz", **extra)

    def blunt(self) -> AbstractContextManager[Running]:
        """Run the service that leaves its errors to the framework."""
        server = [*self.framework.server, "--workers", "1", "blunt:app"]
        return self._run(server, ready=None)

    @contextmanager
    def _baseline(
        self, command: list[str], *, ready: str = "/api/posts", **extra: str
    ) -> Iterator[str]:
        """Run an application from `baselines`; yield its URL."""
        with self._run(command, ready=ready, **extra) as running:
            yield running.url

    @contextmanager
    def _run(self, command: list[str], *, ready: str | None, **extra: str) -> Iterator[Running]:
        """Run an application from `baselines`.

        Args:
            command: a server in the project's environment, with its options.
            ready: a path that answers when it is; None: any answer will do.
        """
        port = free_port()
        bind = ["--port", str(port)] if command[0] == "granian" else ["--bind", f"127.0.0.1:{port}"]
        log = self.project.path / f"baseline-{port}.log"
        # Metrics are kept in files, as the server of the service has them.
        metrics = self.project.path / f"metrics-{port}"
        metrics.mkdir()
        path = f"{BASELINES / self.framework.name}:{BASELINES}"
        extra = {"PYTHONPATH": path, "PROMETHEUS_MULTIPROC_DIR": str(metrics), **extra}
        with log.open("w") as output:
            process = subprocess.Popen(
                [self.project.path / ".venv/bin" / command[0], *bind, *command[1:]],
                cwd=self.project.path,
                env=clean_environment(self.environment(**extra)),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        running = Running(process, f"http://127.0.0.1:{port}", log)
        try:
            wait_for(running.url + (ready or "/"), process, log=log, any_answer=ready is None)
            yield running
        finally:
            running.stop()

    def write_cookies(self, url: str) -> Path:
        """Begin many sessions with a running service; return a file with their cookies."""
        with httpx2.Client(base_url=url) as client:
            cookies = []
            for _ in range(VISITORS):
                client.cookies.clear()
                answer = client.get("/api/session").raise_for_status()
                cookies.append(answer.headers["set-cookie"].partition(";")[0])
        path = self.pages.with_name(f"{self.pages.name}-cookies")
        path.write_text("".join(f"{cookie}\n" for cookie in cookies))
        return path

    def write_pages(self, url: str) -> None:
        """Follow the list of a running service, and note the paths of its pages."""
        paths = [f"/api/posts?limit={PAGE}"]
        # Short steps: each page is another one, but they overlap.
        step = POSTS // PAGES
        with httpx2.Client(base_url=url) as client:
            cursor = ""
            while len(paths) < PAGES:
                answer = client.get(f"/api/posts?limit={step}{cursor}").raise_for_status().json()
                cursor = f"&after={answer['next']}"
                paths.append(f"/api/posts?limit={PAGE}{cursor}")
        self.pages.write_text("".join(f"{path}\n" for path in paths))


def install(path: Path, framework: Framework) -> Project:
    """Install a rendered project, and what the baselines need."""
    project = Project(path, PACKAGE)
    project.sync()
    python = path / ".venv/bin/python"
    project.run("uv", "pip", "install", "--quiet", "--python", python, *framework.requirements)
    return project


def check_same_work(urls: list[str], pages: Path) -> None:
    """Refuse to compare what does not answer alike.

    Raises:
        RuntimeError: naming the page.
    """
    paths = pages.read_text().splitlines()
    for path in (paths[0], paths[1], paths[len(paths) // 2], paths[-1]):
        answers = [httpx2.get(url + path).raise_for_status().json() for url in urls]
        if any(answer != answers[0] for answer in answers) or len(answers[0]["items"]) != PAGE:
            raise RuntimeError(f"not the same answers to {path}")


def wait_for(
    url: str,
    process: subprocess.Popen[bytes],
    *,
    timeout: float = 30,
    log: Path | None = None,
    any_answer: bool = False,
) -> None:
    """Ask until there is a good answer, or ``any_answer``.

    Raises:
        RuntimeError: it is an error, the process ended, or ``timeout`` (seconds) is over.
    """
    deadline = time.monotonic() + timeout
    fault = "no answer"
    while time.monotonic() < deadline and process.poll() is None:
        try:
            answer = httpx2.get(url, timeout=5)
        except httpx2.TransportError:
            time.sleep(0.05)
            continue
        if answer.status_code == 200 or any_answer:
            return
        fault = f"{answer.status_code} {answer.text}"
        break
    raise RuntimeError(f"{url}: {fault}\n{log.read_text() if log else ''}")
