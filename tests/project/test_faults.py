"""What a running service does when its parts break: on PostgreSQL, with Redis for both stores."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import httpx2
import pytest

from .service import Project, Running

pytestmark = pytest.mark.xdist_group("faults")

# One budget, shorter than in production, so that the tests need not wait.
SHORT = {
    "CACHE_TIMEOUT": "0.2",
    "STATEMENT_TIMEOUT": "1",
    "CPU_TIME_LIMIT": "3",
    "REQUEST_TIMEOUT": "4",
    "STALL_WARNING": "0.5",
    "STALL_LIMIT": "5",
}

BLOCKING_ROUTES = """

def install_blocking_routes(app: FastAPI) -> None:
    import time

    @app.get("/block/{seconds}")
    async def block(seconds: float) -> str:
        time.sleep(seconds)
        return "late"

    @app.get("/wait/{seconds}")
    async def wait(seconds: float) -> str:
        import asyncio

        await asyncio.sleep(seconds)
        return "done"
"""


@pytest.fixture(scope="session")
def faulty(generate: Callable[..., Project], tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project to which its owner added a route that blocks the event loop."""
    project = generate()
    path = tmp_path_factory.mktemp("faulty") / "project"
    copytree(project.path, path, ignore=ignore_patterns(".venv"))
    api = path / "src" / project.package / "api.py"
    text = api.read_text().replace(
        "    for module",
        "    install_blocking_routes(app)\n    for module",
    )
    api.write_text(text + BLOCKING_ROUTES)
    copied = Project(path, project.package)
    copied.sync()
    return copied


@pytest.fixture
def project(faulty: Project, production: Callable[..., Project]) -> Project:
    project = production(Project(faulty.path, faulty.package), "postgresql", "redis")
    project.environment |= SHORT
    project.seed(100)
    return project


@pytest.fixture
def service(project: Project) -> Iterator[Running]:
    with project.serve() as running:
        yield running


def get(service: Running, path: str, **options: Any) -> httpx2.Response:
    return httpx2.get(f"{service.url}{path}", timeout=20, **options)


def eventually(check: Callable[[], bool], within: float) -> float:
    """Return after how many seconds ``check`` held; fail if it never did."""
    started = time.monotonic()
    while time.monotonic() - started < within:
        try:
            if check():
                return time.monotonic() - started
        except httpx2.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"not within {within} seconds")


def is_unavailable(response: httpx2.Response) -> bool:
    return (
        response.status_code == 503
        and response.headers["content-type"] == "application/problem+json"
        and int(response.headers["retry-after"]) >= 1
    )


def log_lines(service: Running) -> list[dict[str, Any]]:
    return [json.loads(line) for line in service.log.read_text().splitlines() if line[:1] == "{"]


def test_a_killed_worker_is_replaced(service: Running) -> None:
    before = service.workers()
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: len(set(service.workers()) - set(before)) == 1, within=10)
    eventually(lambda: get(service, "/readyz").status_code == 200, within=10)
    time.sleep(1)  # until the new worker accepts connections as well
    answers = [get(service, "/api/posts").status_code for _ in range(200)]
    assert answers == [200] * 200


def test_database_stopped_and_started(service: Running, postgresql: Any) -> None:
    assert get(service, "/api/posts?limit=7").status_code == 200
    postgresql.stop()
    try:
        started = time.monotonic()
        assert is_unavailable(get(service, "/api/posts?limit=8"))
        assert time.monotonic() - started < 4
        assert get(service, "/healthz").status_code == 200
        readiness = get(service, "/readyz")
        assert readiness.status_code == 503
        assert readiness.json()["checks"]["database"]["status"] == "failed"
        assert get(service, "/api/posts?limit=7").status_code == 200, "cached answers go on"
    finally:
        postgresql.start()
    eventually(lambda: get(service, "/readyz").status_code == 200, within=3)
    answers = [get(service, f"/api/posts?limit={number}").status_code for number in range(10, 40)]
    assert answers == [200] * 30
    assert service.process.poll() is None


@pytest.mark.parametrize("how", ["stopped", "frozen"])
def test_without_its_cache_the_service_answers(service: Running, redis: Any, how: str) -> None:
    get(service, "/api/posts")
    if how == "stopped":
        redis.stop()
    else:
        os.kill(redis.pid, signal.SIGSTOP)
    try:
        slowest = 0.0
        for number in range(1, 41):
            started = time.monotonic()
            assert get(service, f"/api/posts?limit={number}").status_code == 200
            slowest = max(slowest, time.monotonic() - started)
        assert slowest < 0.5
        readiness = get(service, "/readyz")
        assert readiness.status_code == 200
        assert readiness.json()["checks"]["cache"]["status"] == "degraded"
    finally:
        redis.start() if how == "stopped" else os.kill(redis.pid, signal.SIGCONT)
    eventually(
        lambda: get(service, "/readyz").json()["checks"]["cache"]["status"] == "ok", within=5
    )


@pytest.mark.parametrize("how", ["stopped", "frozen"])
def test_without_its_sessions_the_service_says_so(
    service: Running, redis_sessions: Any, how: str
) -> None:
    cookie = get(service, "/api/session").headers["set-cookie"].partition(";")[0]
    if how == "stopped":
        redis_sessions.stop()
    else:
        os.kill(redis_sessions.pid, signal.SIGSTOP)
    try:
        started = time.monotonic()
        assert is_unavailable(get(service, "/api/session", headers={"Cookie": cookie}))
        assert is_unavailable(get(service, "/api/session"))
        assert time.monotonic() - started < 6
        assert get(service, "/healthz").status_code == 200
        assert get(service, "/readyz").status_code == 503
        assert get(service, "/api/posts").status_code == 200
    finally:
        redis_sessions.start() if how == "stopped" else os.kill(redis_sessions.pid, signal.SIGCONT)
    eventually(lambda: get(service, "/readyz").status_code == 200, within=5)
    if how == "frozen":
        again = get(service, "/api/session", headers={"Cookie": cookie})
        assert again.json()["visits"] == 2


def test_a_short_stall_is_logged_once_with_stacks(service: Running) -> None:
    assert get(service, "/block/1.5").text == '"late"'
    stalls = [line for line in log_lines(service) if "stalled" in line["event"]]
    assert len(stalls) == 1
    assert "time.sleep(seconds)" in json.dumps(stalls[0])


def test_a_worker_that_stalls_for_good_is_replaced(service: Running) -> None:
    before = set(service.workers())
    with pytest.raises(httpx2.TransportError):
        get(service, "/block/60")
    eventually(lambda: len(set(service.workers()) - before) == 1, within=10)
    eventually(lambda: get(service, "/readyz").status_code == 200, within=10)


def test_a_request_over_its_time_gets_504(service: Running) -> None:
    response = get(service, "/wait/30")
    assert response.status_code == 504
    assert response.headers["content-type"] == "application/problem+json"


def test_a_request_in_flight_is_finished_at_sigterm(service: Running) -> None:
    with ThreadPoolExecutor() as pool:
        in_flight = pool.submit(get, service, "/wait/2")
        time.sleep(0.5)
        started = time.monotonic()
        exit_code = service.stop()
        took = time.monotonic() - started
    assert in_flight.result().status_code == 200
    assert exit_code == 0
    assert 1 < took < 6


def test_not_ready_while_draining(project: Project) -> None:
    with project.serve(DRAIN_DELAY="2") as service:
        service.process.send_signal(signal.SIGTERM)
        eventually(lambda: get(service, "/readyz").json()["status"] == "draining", within=1)
        assert get(service, "/readyz").status_code == 503
        assert get(service, "/api/posts").status_code == 200, "it still serves"
        assert service.process.wait(10) == 0


def test_a_killed_child_process_fails_one_report(service: Running) -> None:
    def report(rounds: int) -> httpx2.Response:
        return httpx2.post(f"{service.url}/api/reports", json={"rounds": rounds}, timeout=20)

    with ThreadPoolExecutor() as pool:
        doomed = pool.submit(report, 5_000_000)
        eventually(lambda: bool(busy_children(service)), within=5)
        for pid in busy_children(service):
            os.kill(pid, signal.SIGKILL)
        assert is_unavailable(doomed.result())
    assert report(1000).status_code == 200


def busy_children(service: Running) -> list[int]:
    """Return the processes that compute for the workers."""
    found = []
    for worker in service.workers():
        for task in Path(f"/proc/{worker}/task").iterdir():
            for child in (task / "children").read_text().split():
                ticks = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                if int(ticks[11]) > 20:  # 0.2 s of processor time: more than its start takes
                    found.append(int(child))
    return found


def test_no_child_outlives_a_killed_service(service: Running) -> None:
    httpx2.post(f"{service.url}/api/reports", json={"rounds": 1000}, timeout=20)
    family = [service.process.pid, *service.workers()]
    children = [
        int(child)
        for worker in family[1:]
        for task in Path(f"/proc/{worker}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    assert children
    for pid in family:
        os.kill(pid, signal.SIGKILL)
    service.process.wait()
    eventually(lambda: not any(Path(f"/proc/{child}").exists() for child in children), within=5)


def test_healthz_stays_quick_while_reports_saturate_the_pool(service: Running) -> None:
    stop = threading.Event()
    statuses: list[int] = []

    def load() -> None:
        with httpx2.Client(timeout=20) as client:
            while not stop.is_set():
                answer = client.post(f"{service.url}/api/reports", json={"rounds": 400_000})
                statuses.append(answer.status_code)

    threads = [threading.Thread(target=load) for _ in range(16)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(1)
        times = []
        with httpx2.Client() as client:
            for _ in range(200):
                started = time.perf_counter()
                assert client.get(f"{service.url}/healthz").status_code == 200
                times.append(time.perf_counter() - started)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert set(statuses) == {200, 503}, "the pool was full, and still worked"
    assert sorted(times)[189] < 0.25, (
        "a stalled loop would take seconds; the benchmark measures p95"
    )


def test_memory_of_metrics_is_that_of_living_workers(service: Running) -> None:
    os.kill(service.workers()[0], signal.SIGKILL)
    time.sleep(5)
    eventually(lambda: get(service, "/readyz").status_code == 200, within=10)
    metrics = get(service, "/metrics").text
    in_flight = re.search(r"^http_requests_in_flight (\S+)$", metrics, re.M)
    assert in_flight
    assert float(in_flight[1]) <= 1
