"""Cluster mode of a key-value server: one shard works, one of several does not."""

from __future__ import annotations

from typing import Any

from redis.exceptions import RedisError

SEVERAL_SHARDS = "it is a cluster of several shards, of which each has a part of the keys only"


class SeveralShardsError(RedisError):
    """The server is one of several shards."""


def refuse_several(info: Any) -> None:
    """Return if a server is the only shard of its cluster.

    Args:
        info: its answer to ``CLUSTER INFO``. One that is in no cluster refuses the command.

    Raises:
        SeveralShardsError: there are others.
    """
    if int(info["cluster_size"]) > 1:
        raise SeveralShardsError(SEVERAL_SHARDS)
