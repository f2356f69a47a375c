"""Redis: whether it keeps what it is given, and lets in nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syndicate.doctor.model import Finding, fail, ok, warn
from syndicate.settings.relays import is_local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.doctor.store import Server

#: What we ask for, and what the embedded one has (docs/decisions/0002).
_WANTED, _OLDEST = 7, 6
#: Of its memory, in hundredths.
_FULL, _NEARLY_FULL = 95, 80
_MB = 1_000_000


def judge(server: Server, url: str) -> Iterator[Finding]:
    """What is to be said of a server; the URL is empty for the embedded one."""
    yield _version(server, embedded=not url)
    yield _persistence(server)
    yield _eviction(server)
    yield _memory(server)
    yield from _access(server, url)


def _version(server: Server, *, embedded: bool) -> Finding:
    major = int(server.version.partition(".")[0])
    if major >= (_OLDEST if embedded else _WANTED):
        return ok("version", server.version)
    level = warn if major >= _OLDEST else fail
    return level("version", server.version, f"install Redis {_WANTED} or newer")


def _persistence(server: Server) -> Finding:
    if not server.appends:
        return fail(
            "persistence",
            "no append-only file: a crash loses what was sent, and sends it again",
            "set `appendonly yes`, as deploy/redis.conf does",
        )
    if not server.written:
        return fail("persistence", "its append-only file can't be written", "see Redis's log")
    return ok("persistence", "append-only file")


def _eviction(server: Server) -> Finding:
    if server.eviction != "noeviction":
        return fail(
            "eviction",
            f"{server.eviction}: when memory is full it forgets what it was given",
            "set `maxmemory-policy noeviction`, as deploy/redis.conf does",
        )
    return ok("eviction", server.eviction)


def _memory(server: Server) -> Finding:
    used = f"{server.used / _MB:,.0f} MB in use"
    if not server.limit:
        return ok("memory", f"{used}, no limit of its own")
    share = 100 * server.used // server.limit
    said = f"{used} of {server.limit / _MB:,.0f} MB ({share} %)"
    if share >= _NEARLY_FULL:
        level = fail if share >= _FULL else warn
        return level("memory", said, "raise `maxmemory`: a full Redis takes nothing any more")
    return ok("memory", said)


def _access(server: Server, url: str) -> Iterator[Finding]:
    """Who may come in, where it isn't this machine alone (STANDARDS S-19)."""
    parts = urlsplit(url)
    if not url or parts.scheme == "unix" or is_local(parts.hostname or ""):
        yield ok("access", "on this machine alone")
        return
    if server.open:
        yield fail(
            "access",
            f"{parts.hostname} lets in whoever reaches it, without a password",
            "give it users with passwords, as deploy/redis.conf does",
        )
    elif server.user == "default":
        yield warn(
            "access",
            "we come in as `default`, who may do everything",
            "give us a user of our own, as deploy/redis.conf does",
        )
    else:
        yield ok("access", f"as {server.user or 'a user of our own'}, with a password")
    if parts.scheme != "rediss":
        yield warn(
            "encryption",
            f"what {parts.hostname} is told goes over the network in clear",
            "write rediss:// in [redis] url, or reach it through a private network",
        )
