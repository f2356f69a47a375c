"""Migrations of schemas that there never were, and a program that begins them and goes no further.

    python -m tests.backups.made_up URL PREFIX POINT

says a line when it is at that point, and stays there until it is killed.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from syndicate.store import client, schema
from syndicate.store.schema import Migration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syndicate.store.client import Store

    #: Called before and after each write.
    Point = Callable[[], None]

#: What the last of them leads to.
TARGET = 4
#: Records that each is about.
RECORDS = range(3)


def fill(store: Store) -> None:
    """Have a state of schema 1: records, each a text."""
    store.text.set(store.keys.schema, "1")
    for number in RECORDS:
        store.text.set(_key(store, "text", number), f"{number * 2} of {number}")


def migrations(point: Point) -> dict[int, Migration]:
    """The steps, by the version that each begins at."""
    steps = {"texts to hashes": _to_hashes, "a field's new name": _rename, "a total": _total}
    return {
        number: Migration(what, lambda store, run=run: run(store, point))  # type: ignore[misc]
        for number, (what, run) in enumerate(steps.items(), 1)
    }


def _to_hashes(store: Store, point: Point) -> Iterator[tuple[int, int]]:
    for done, number in enumerate(RECORDS, 1):
        text, pipe = store.text.get(_key(store, "text", number)), store.text.pipeline()
        point()
        # What is there no more was done before.
        if text is not None:
            pipe.hset(_key(store, "record", number), "count", str(text).partition(" ")[0])
            pipe.delete(_key(store, "text", number))
        pipe.execute()
        point()
        yield done, len(RECORDS)


def _rename(store: Store, point: Point) -> Iterator[tuple[int, int]]:
    for done, number in enumerate(RECORDS, 1):
        key, pipe = _key(store, "record", number), store.text.pipeline()
        count = store.text.hget(key, "count")
        point()
        if count is not None:
            pipe.hset(key, "many", count)
            pipe.hdel(key, "count")
        pipe.execute()
        point()
        yield done, len(RECORDS)


def _total(store: Store, point: Point) -> Iterator[tuple[int, int]]:
    counts = [store.text.hget(_key(store, "record", number), "many") for number in RECORDS]
    point()
    store.text.set(_key(store, "total"), sum(int(count or 0) for count in counts))
    point()
    yield 1, 1


def _key(store: Store, *parts: object) -> str:
    return ":".join((store.keys.prefix, *map(str, parts)))


def main(url: str, prefix: str, last: int) -> None:
    """Migrate up to a point, say so, and wait there."""
    store, points = client.connect(url, prefix, any_schema=True), iter(range(last))

    def point() -> None:
        if next(points, None) is None:
            sys.stdout.write("here\n")
            sys.stdout.flush()
            sys.stdin.read()

    schema.migrate(store, lambda _what, _done, _all: None, migrations(point), TARGET)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
