"""What the doctor asks of the cache's and the sessions' servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from redis import Redis
from redis.exceptions import BusyLoadingError, RedisError, ResponseError

from .findings import Finding
from .key_value_cluster import SEVERAL_SHARDS, SeveralShardsError, refuse_several
from .key_value_faults import code_of

if TYPE_CHECKING:
    from .config import Settings

DEFAULT_PORT = 6379
FULL = 0.9  # share of the memory that a server may use

ADVICE = {
    "READONLY": "it is a read-only replica; name the primary in the URL",
    "OOM": "it is full; raise maxmemory",
    "MISCONF": 'it cannot save to its disk; make room there, or set save ""',
    "NOREPLICAS": "it has too few replicas; start them, or lower min-replicas-to-write",
    "LOADING": "it is still reading its file; wait until it has started",
    "CLUSTERDOWN": "its cluster is down; look at CLUSTER INFO",
}


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what was found out about sessions and cache."""
    yield Finding(
        "sessions in memory",
        bool(settings.session_url),
        "sessions are in the database, a write per visit: set SESSION_URL",
    )
    yield Finding(
        "sessions in memory",
        not settings.session_url or _server(settings.session_url) != _server(settings.cache_url),
        "one server for cache and sessions: what evicts the one evicts the other",
    )
    if settings.session_url:
        findings = _sessions(settings.session_url)
        yield from _reached("sessions in memory", "the sessions' server", findings)
    yield Finding(
        "no cache",
        bool(settings.cache_url),
        "each process caches for itself: set CACHE_URL",
    )
    yield Finding(
        "no cache",
        settings.cache_timeout <= 0.4,
        "an outage of the cache delays answers by over half a second: lower CACHE_TIMEOUT",
    )
    if settings.cache_url:
        yield from _reached("no cache", "the cache's server", _cache(settings.cache_url))


def _sessions(url: str) -> Iterator[Finding]:
    yield from _condition("sessions in memory", "the sessions' server", url)
    policy = _ask(url, "maxmemory-policy")
    yield Finding(
        "sessions in memory",
        policy in ("noeviction", None),
        f"the sessions' server may evict ({policy}): set maxmemory-policy noeviction",
    )
    yield Finding(
        "sessions in memory",
        _ask(url, "appendonly") != "no",
        "a restart of the sessions' server logs everybody out: set appendonly yes",
    )


def _cache(url: str) -> Iterator[Finding]:
    yield from _condition("no cache", "the cache's server", url)
    yield Finding(
        "no cache",
        _ask(url, "maxmemory-policy") != "noeviction",
        "a full cache refuses writes: set maxmemory and maxmemory-policy allkeys-lfu",
    )


def _condition(mistake: str, name: str, url: str) -> Iterator[Finding]:
    """Yield what keeps a server from taking writes, and what soon may."""
    yield Finding(
        mistake,
        not _is_one_of_several(url),
        f"{name} cannot be used: {SEVERAL_SHARDS}; use one server",
    )
    reason = _refusal(url)
    yield Finding(mistake, not reason, f"{name} takes no writes: {reason}")
    facts = _facts(url)
    yield Finding(
        mistake,
        facts.get("role", "master") == "master" or bool(reason),
        f"{name} is a replica, which loses what is written there: name the primary in the URL",
    )
    limit, used = facts.get("maxmemory"), facts.get("used_memory", 0)
    yield Finding(
        mistake, limit != 0, f"{name} may take all the memory of its machine: set maxmemory"
    )
    yield Finding(
        mistake,
        not limit or used < limit * FULL or facts.get("maxmemory_policy") != "noeviction",
        f"{name} is nearly full, and then refuses writes: raise maxmemory",
    )


def _reached(mistake: str, server: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Yield what a server tells, or that it tells nothing."""
    try:
        yield from findings
    except (RedisError, OSError) as error:
        yield Finding(mistake, False, f"{server} does not answer: {error}")


def _server(url: str) -> tuple[str | None, int]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or DEFAULT_PORT


def _ask(url: str, name: str) -> str | None:
    """Return a setting of a server, or ``None`` if it does not tell.

    Raises:
        RedisError, OSError: there is no answer.
    """
    client: Redis = Redis.from_url(url, decode_responses=True, socket_timeout=1.0)
    try:
        answer = client.config_get(name)
    except ResponseError:  # it keeps its settings to itself
        return None
    finally:
        client.close()
    return answer.get(name)


def _refusal(url: str) -> str:
    """Return why a server takes no writes, and what to do; nothing if it takes them.

    Raises:
        RedisError, OSError: there is no answer.
    """
    with Redis.from_url(url, socket_timeout=1.0) as client:
        try:
            client.set(f"{__name__.partition('.')[0]}:probe", b"", xx=True)
        except (ResponseError, BusyLoadingError) as error:
            return ADVICE.get(code_of(error), str(error))
    return ""


def _facts(url: str) -> dict[str, Any]:
    """Return what a server reports of its role and its memory; nothing if it does not."""
    with Redis.from_url(url, socket_timeout=1.0, decode_responses=True) as client:
        try:
            return {**client.info("replication"), **client.info("memory")}
        except ResponseError:
            return {}


def _is_one_of_several(url: str) -> bool:
    client: Redis = Redis.from_url(url, socket_timeout=1.0)
    try:
        refuse_several(client.cluster("INFO"))
    except ResponseError:  # it is in no cluster
        return False
    except SeveralShardsError:
        return True
    finally:
        client.close()
    return False
