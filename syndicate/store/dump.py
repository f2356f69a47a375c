"""A site's keys out of Redis and back into one, a block at a time.

Each value is what DUMP gives, with the moment at which it expires. Keys stand without the prefix,
so that a state can go on under another.
"""

from __future__ import annotations

import struct
import time
from itertools import islice
from typing import TYPE_CHECKING, TypeVar, cast

import redis

from syndicate.errors import BackupError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syndicate.store.client import Store

#: Before each record: bytes of its key, when it expires (Unix milliseconds; 0: never), bytes of
#: its value.
_HEAD = struct.Struct(">IQI")
#: Bytes of a block, or a single value that is larger.
_BLOCK = 4 << 20
#: Keys that are read, written or removed in one round trip.
_PAGE = 200
#: What is about processes rather than about the site: who holds what, Celery's hints, signs of
#: life. All of it comes again by itself.
_PASSING = ("lock:", "queue:", "limit:", "pulse", "workers", "state")

#: A key without the prefix, when it expires, and its value.
Record = tuple[bytes, int, bytes]
T = TypeVar("T")


def names(store: Store) -> Iterator[bytes]:
    """The site's keys, without its prefix, all but those of passing things; some may come twice."""
    head = f"{store.keys.prefix}:".encode()
    pattern = "".join(f"\\{c}" if c in "*?[]^\\" else c for c in head.decode()) + "*"
    for key in store.raw.scan_iter(match=pattern, count=1000):
        name = key.removeprefix(head)
        if not is_passing(name):
            yield name


def is_passing(name: bytes) -> bool:
    """Whether a key is about processes rather than about the site."""
    return any(
        name.startswith(one.encode()) if one.endswith(":") else name == one.encode()
        for one in _PASSING
    )


def records(store: Store) -> Iterator[Record]:
    """Each key with when it expires and its value."""
    for page in _pages(names(store)):
        pipe = store.raw.pipeline(transaction=True)
        pipe.time()
        for name in page:
            pipe.pttl(_key(store, name))
            pipe.dump(_key(store, name))
        (seconds, micros), *found = pipe.execute()
        now = seconds * 1000 + micros // 1000
        for name, left, value in zip(page, found[::2], found[1::2], strict=True):
            if value is not None:
                yield name, now + left if left >= 0 else 0, value


def blocks(found: Iterable[Record]) -> Iterator[bytes]:
    """Records put together."""
    parts, size = [], 0
    for name, expires, value in found:
        parts += [_HEAD.pack(len(name), expires, len(value)), name, value]
        size += _HEAD.size + len(name) + len(value)
        if size >= _BLOCK:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)


def unpack(block: bytes) -> Iterator[Record]:
    """What `blocks` put together.

    Raises:
        BackupError: it isn't that.
    """
    at = 0
    while at < len(block):
        try:
            key, expires, size = _HEAD.unpack_from(block, at)
        except struct.error as error:
            raise BackupError("a block of the backup ends within a record") from error
        start = at + _HEAD.size
        at = start + key + size
        if at > len(block):
            raise BackupError("a block of the backup ends within a record")
        yield block[start : start + key], expires, block[start + key : at]


def try_one(store: Store, value: bytes) -> None:
    """See that this Redis can read values of that kind; nothing of it stays.

    Raises:
        BackupError: it is older than the one that they are of.
        StoreError: we may not write them.
    """
    key = store.keys.lock("restore-trial")
    try:
        store.raw.restore(key, 1, value, replace=True)
    except redis.exceptions.NoPermissionError as error:
        raise StoreError(
            f"our Redis user may not put a state back ({error}); do it as one who may +restore, as "
            "docs/backups.md says"
        ) from error
    except redis.ResponseError as error:
        raise BackupError(
            f"this Redis can't read the backup ({error}); it must be as new as the one that the "
            "backup is of"
        ) from error
    store.raw.delete(key)


def clear(store: Store) -> None:
    """Remove the site's keys."""
    for page in _pages(names(store)):
        store.raw.unlink(*(_key(store, name) for name in page))


def put(store: Store, block: bytes) -> int:
    """Write a block's records into Redis, but for those that have expired; how many it has."""
    now, count = time.time() * 1000, 0
    for page in _pages(unpack(block)):
        pipe = store.raw.pipeline(transaction=False)
        for name, expires, value in page:
            if not expires or expires > now:
                key = cast("str", _key(store, name))
                pipe.restore(key, expires, value, replace=True, absttl=bool(expires))
        pipe.execute()
        count += len(page)
    return count


def _key(store: Store, name: bytes) -> bytes:
    return store.keys.prefix.encode() + b":" + name


def _pages(found: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(found)
    while page := list(islice(rest, _PAGE)):
        yield page
