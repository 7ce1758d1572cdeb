"""Options of the suite, and the people who visit the service."""

from __future__ import annotations

import time
from argparse import BooleanOptionalAction
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from .deployment import Deployment
from .visitor import Account, Visitor

SETTLING = 0.3  # seconds, beyond the bound
TESTS_PER_ACCOUNT = 2  # services count how often somebody signs in to the same one


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contract", "the service under test")
    group.addoption("--base-url", help="address of a running service: its contract is tested")
    group.addoption("--behind-balancer", action="store_true", help="it has a load balancer")
    group.addoption("--processes", type=int, default=1, help="server processes, of all replicas")
    group.addoption(
        "--shared-cache",
        action=BooleanOptionalAction,
        default=True,
        help="its processes share a cache server",
    )
    group.addoption("--staleness", type=float, default=2.0, help="its CACHE_STALENESS, in seconds")
    group.addoption("--production", action="store_true", help="it runs in production")


def pytest_sessionstart(session: pytest.Session) -> None:
    """End the run at once, with one sentence, when nothing answers."""
    url = session.config.getoption("base_url", None)
    if url is not None:
        try:
            httpx2.get(f"{url.rstrip('/')}/healthz", timeout=5, verify=False)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise pytest.UsageError(f"--base-url {url}: no service answers ({error})") from None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the suite out of a run that names no deployment."""
    # The option has no default when this file was found too late to add it.
    if config.getoption("base_url", None) is None and collection_path.name.startswith("test_"):
        return True
    return None


@pytest.fixture(scope="session")
def deployment(pytestconfig: pytest.Config) -> Deployment:
    """The deployment that the command line names."""
    option = pytestconfig.getoption
    return Deployment(
        base_url=option("base_url").rstrip("/"),
        behind_balancer=option("behind_balancer"),
        processes=option("processes"),
        shared_cache=option("shared_cache"),
        staleness=option("staleness"),
        production=option("production"),
    )


@pytest.fixture(scope="session")
def new_visitor(deployment: Deployment) -> Iterator[Callable[[], Visitor]]:
    """Return further visitors, each without a cookie."""
    visitors: list[Visitor] = []

    def make() -> Visitor:
        visitors.append(Visitor(deployment))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.close()


@pytest.fixture
def visitor(new_visitor: Callable[[], Visitor]) -> Visitor:
    """Somebody without a cookie."""
    return new_visitor()


@pytest.fixture(scope="session")
def _next_account(new_visitor: Callable[[], Visitor]) -> Callable[[], Account]:
    """Return each account several times: its password costs more than most tests do."""
    accounts: list[Account] = []

    def take() -> Account:
        if not accounts:
            accounts.extend([new_visitor().sign_up()] * TESTS_PER_ACCOUNT)
        return accounts.pop()

    return take


@pytest.fixture
def account(_next_account: Callable[[], Account]) -> Account:
    """An account that another test may have used; each tries to sign in three times at most."""
    return _next_account()


@pytest.fixture(scope="session")
def authors_account(new_visitor: Callable[[], Visitor]) -> Account:
    """The account of ``author``."""
    return new_visitor().sign_up()


@pytest.fixture(scope="session")
def _author(new_visitor: Callable[[], Visitor], authors_account: Account) -> Visitor:
    author = new_visitor()
    author.sign_in(authors_account)
    return author


@pytest.fixture
def author(_author: Visitor) -> Iterator[Visitor]:
    """Somebody signed in for the whole run, who may publish; tests leave the session alone."""
    cookie = _author.cookie
    yield _author
    assert _author.cookie == cookie, "a test changed the author's session"


@pytest.fixture
def settled(deployment: Deployment) -> None:
    """Wait until nobody may see what writes have replaced, so that all must see the same."""
    remaining = Visitor.last_write + deployment.staleness - time.monotonic()
    if remaining > -SETTLING:
        time.sleep(remaining + SETTLING)


@pytest.fixture
def member(visitor: Visitor, account: Account) -> Visitor:
    """Somebody signed in for one test, which may do anything with the session."""
    visitor.sign_in(account)
    return visitor
