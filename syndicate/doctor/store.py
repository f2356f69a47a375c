"""The Redis server as it says that it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import redis

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.store.client import Store

#: Seconds to wait for an answer to who comes without a password.
_PATIENCE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What one look at a server tells."""

    version: str
    #: Bytes in use, and those that it may use; 0: as many as there are.
    used: int
    limit: int
    #: What it throws away when these are full.
    eviction: str
    #: Whether each change is written to its append-only file, and whether the last ones were.
    appends: bool
    written: bool
    #: Whether it lets anybody in.
    open: bool
    #: Who we are there.
    user: str
    #: Seconds that its clock is ahead of ours.
    ahead: float


def look(store: Store, url: str, clock: Callable[[], datetime]) -> Server:
    """Ask the server of a store, which is at this URL; raises redis-py's errors."""
    said = store.text.info()
    before = clock()
    seconds, microseconds = store.text.time()
    after = clock()
    theirs = datetime.fromtimestamp(seconds, UTC).timestamp() + microseconds / 1_000_000
    return Server(
        version=str(said["redis_version"]),
        used=int(said["used_memory"]),
        limit=int(said["maxmemory"]),
        eviction=str(said["maxmemory_policy"]),
        appends=bool(said["aof_enabled"]),
        written=said.get("aof_last_write_status", "ok") == "ok"
        and said.get("aof_last_bgrewrite_status", "ok") == "ok",
        open=_lets_in(url),
        user=_user(store),
        ahead=theirs - (before.timestamp() + after.timestamp()) / 2,
    )


def _lets_in(url: str) -> bool:
    """Whether one gets in without a name and a password."""
    client = redis.Redis.from_url(url, socket_timeout=_PATIENCE)
    settings = client.connection_pool.connection_kwargs
    settings.pop("username", None)
    settings.pop("password", None)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _user(store: Store) -> str:
    try:
        return str(store.text.acl_whoami())
    except redis.ResponseError:
        # It may do what it needs, and no more.
        return ""
