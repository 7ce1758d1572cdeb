"""Another balancer in front, such as a cloud's, or none: who is believed, and about what.

An echo takes the service's place where what matters is what the balancer tells it.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from .engine import docker
from .running import Stack, eventually

PRIVATE = (
    "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16"  # the engine's networks: the tests come from one
)
CLOUD_IDLE = 60.0  # seconds for which AWS's load balancers keep a connection that nobody uses

# As AWS's application load balancer sends it.
CLOUD = {
    "X-Forwarded-For": "198.51.100.1, 203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "443",
    "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678",
    "X-Request-ID": "from-the-cloud-1",
}


def told(answer: httpx2.Response) -> dict[str, list[str]]:
    """Return the headers that reached the service, by their names in small letters."""
    assert answer.status_code == 200, answer.text
    headers: dict[str, list[str]] = {}
    for name, value in answer.json()["headers"]:
        headers.setdefault(name.lower(), []).append(value)
    return headers


def asked(stack: Stack, path: str) -> int:
    """Return how often the replicas were asked for a path."""
    return sum(line["path"] == path for line in stack.logs("app"))


@pytest.fixture
def alone(build_echo: Callable[..., Stack]) -> Stack:
    return build_echo()


@pytest.fixture
def behind(build_echo: Callable[..., Stack]) -> Stack:
    return build_echo(BALANCER_TRUSTED_PROXIES=PRIVATE)


def test_a_stranger_is_not_believed(alone: Stack) -> None:
    forged = {
        **CLOUD,
        "Forwarded": "for=203.0.113.7",
        "X-Forwarded-Host": "evil.example",
        "X-Real-IP": "203.0.113.7",
        "X_Forwarded_For": "203.0.113.7",
    }
    headers = told(alone.get("/", forged))
    (client,) = headers["x-forwarded-for"]
    assert client not in CLOUD["X-Forwarded-For"]
    assert headers["x-forwarded-proto"] == ["http"]
    assert headers["x-forwarded-host"] == [f"127.0.0.1:{alone.port}"]
    assert headers["x-request-id"] != ["from-the-cloud-1"]
    assert not {"forwarded", "x-real-ip", "x-forwarded-port"} & set(headers)
    assert not [name for name in headers if "_" in name]


def test_what_a_browser_may_do_is_for_the_service_to_say(alone: Stack) -> None:
    policies = ("content-security-policy", "referrer-policy")
    left_out = alone.get("/").headers
    assert not [name for name in policies if name in left_out]
    refused = alone.get("/metrics")
    assert refused.status_code == 404
    assert [name for name in policies if name in refused.headers] == list(policies)
    assert refused.headers["content-security-policy"].startswith("default-src 'none'")


def test_what_is_not_safe_is_sent_once(alone: Stack) -> None:
    # nginx repeats what is idempotent, HAProxy what is safe.
    for method in ("POST", "PATCH", *(["PUT", "DELETE"] if alone.balancer == "haproxy" else [])):
        path = f"/gone/{method}/{uuid4().hex}"
        answer = httpx2.request(method, alone.url + path, timeout=20, trust_env=False)
        assert answer.status_code == 502
        assert answer.headers["content-type"] == "application/problem+json"
        assert asked(alone, path) == 1, method
    with suppress(httpx2.RemoteProtocolError):  # HAProxy may end the connection, too
        assert alone.get("/gone/GET").status_code == 502
    assert asked(alone, "/gone/GET") > 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_was_not_sent_is_tried_on_another_replica(alone: Stack, method: str) -> None:
    docker("kill", alone.replicas()[0])
    with httpx2.Client(base_url=alone.url, timeout=20, trust_env=False) as client:
        answers = [client.request(method, "/") for _ in range(200)]
    assert {answer.status_code for answer in answers} == {200}


def test_the_cloud_is_believed(behind: Stack) -> None:
    answer = behind.get("/", CLOUD)
    headers = told(answer)
    assert headers["x-forwarded-for"] == ["203.0.113.7"], "whom the cloud saw, not whom they name"
    assert headers["x-forwarded-proto"] == ["https"]
    assert headers["x-request-id"] == ["from-the-cloud-1"]
    assert headers["x-amzn-trace-id"] == [CLOUD["X-Amzn-Trace-Id"]]
    assert answer.headers["x-request-id"] == "from-the-cloud-1"
    insane = {**CLOUD, "X-Request-ID": "<script>"}
    assert told(behind.get("/", insane))["x-request-id"] != ["<script>"]


def test_each_request_on_a_connection_of_the_cloud_has_its_own_client(behind: Stack) -> None:
    with httpx2.Client(base_url=behind.url, timeout=20, trust_env=False) as client:
        for last in range(1, 6):
            address = f"203.0.113.{last}"
            answer = client.get("/", headers={"X-Forwarded-For": address})
            assert told(answer)["x-forwarded-for"] == [address]
        (gateway,) = told(client.get("/"))["x-forwarded-for"]
    assert not gateway.startswith("203.")


def test_clients_behind_the_cloud_are_limited_one_by_one(build_echo: Callable[..., Stack]) -> None:
    echo = build_echo(BALANCER_TRUSTED_PROXIES=PRIVATE, RATE_LIMIT="100")
    for address, statuses in (("203.0.113.1", {200, 429}), ("203.0.113.2", {200})):
        requests = 200 if len(statuses) == 2 else 20
        found = {echo.get("/", {"X-Forwarded-For": address}).status_code for _ in range(requests)}
        assert found == statuses


def test_of_an_ipv6_address_the_network_is_limited(build_echo: Callable[..., Stack]) -> None:
    echo = build_echo(BALANCER_TRUSTED_PROXIES=PRIVATE, RATE_LIMIT="100")

    def answers(addresses: list[str]) -> set[int]:
        return {echo.get("/", {"X-Forwarded-For": name}).status_code for name in addresses}

    for network in ("2001:db8:1:2", "2001:db8:1:0", "2001:db8:0:0", "2001:db8:0:3", "2001:0:0:4"):
        hosts = [
            f"{network}:{form}:{n:x}" for n in range(1, 51) for form in ("0:0:0", "a:0:0", "a:b:c")
        ]
        assert answers(hosts) == {200, 429}, network
        assert 429 in answers([f"{network}:0:0:1:{n:x}" for n in range(5)]), network
    for alone in (
        "2001:db8:1:5::1",
        "2001:db8:2::1",
        "2001:db9::1",
        "2002::1",
        "::1",
        "203.0.113.9",
    ):
        assert answers([alone]) == {200}, alone


def test_an_idle_connection_outlives_the_patience_of_the_cloud(behind: Stack) -> None:
    """Else the cloud sends on a connection that ends at the same moment: a 502 for somebody."""
    request = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{behind.port}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", behind.port), 10) as connection:
        for pause in (CLOUD_IDLE + 1, 0):
            connection.sendall(request)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            time.sleep(pause)


def test_the_path_for_health_checks(stack: Stack) -> None:
    """A cloud's balancer asks by address, without a name; all else has to know the name."""
    by_address = {"Host": "10.0.0.7"}
    answer = stack.get("/readyz", by_address)
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert stack.get("/api/posts", by_address).status_code == 400


def test_https_where_there_is_a_certificate(build_echo: Callable[..., Stack]) -> None:
    echo = build_echo(before=certificate)
    port = echo.environment["TLS_PORT"]
    with httpx2.Client(verify=False, timeout=20, trust_env=False) as client:
        answer = client.get(f"https://127.0.0.1:{port}/path?query=1")
        assert told(answer)["x-forwarded-proto"] == ["https"]
        redirect = client.get(f"{echo.url}/path?query=1")
    assert redirect.status_code == 308
    assert redirect.headers["location"] == f"https://127.0.0.1:{port}/path?query=1"


def certificate(stack: Stack) -> None:
    """Put a certificate where the stack looks for one."""
    path = stack.path / "secrets" / "tls.pem"
    key = stack.path / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    subprocess.run(
        [*command.split(), "-keyout", key, "-out", path], check=True, capture_output=True
    )
    path.write_text(path.read_text() + Path(key).read_text())
    path.chmod(0o444)


def test_slow_answers_are_waited_for_at_a_stop(behind: Stack) -> None:
    """The balancer drains: what is under way when it is told to stop is finished."""
    with socket.create_connection(("127.0.0.1", behind.port), 10) as connection:
        connection.sendall(f"GET /slow HTTP/1.1\r\nHost: x:{behind.port}\r\n\r\n".encode())
        time.sleep(0.3)
        behind.compose("stop", "balancer")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    behind.compose("start", "balancer")
    eventually(lambda: behind.get("/").status_code == 200, 20)
