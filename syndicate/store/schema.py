"""The schema of the state: which version it has, and how an older one becomes today's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.errors import StoreError
from syndicate.store.keys import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from syndicate.store.client import Store


@dataclass(frozen=True, slots=True)
class Migration:
    """One step, from a version to the next.

    `run` yields how much is done and how much there is; doing it again, or what is left of it,
    gives the same.
    """

    what: str
    run: Callable[[Store], Iterator[tuple[int, int]]]


#: By the version that each begins at. None was released before version 1.
MIGRATIONS: Mapping[int, Migration] = {}


def version(store: Store) -> int:
    """The version of the state; of one that is just being made it is today's."""
    store.text.set(store.keys.schema, SCHEMA, nx=True)
    return int(store.text.get(store.keys.schema) or 0)


def require(found: int, where: str) -> None:
    """Go on, if this program knows the state.

    Raises:
        StoreError: it is of another version; says what to do.
    """
    if found > SCHEMA:
        raise StoreError(
            f"the state at {where} has schema {found}, this program knows {SCHEMA}; "
            "upgrade syndicate"
        )
    if found < SCHEMA:
        raise StoreError(
            f"the state at {where} has schema {found}, this program wants {SCHEMA}; stop the "
            "service, take a `syndicate backup`, then run `syndicate migrate`"
        )


def steps(
    found: int, table: Mapping[int, Migration] = MIGRATIONS, target: int = SCHEMA
) -> list[tuple[int, Migration]]:
    """What leads from a version to another: the version that each step begins at, and the step.

    Raises:
        StoreError: nothing does.
    """
    if found > target:
        raise StoreError(
            f"the state has schema {found}, this program knows {target}; upgrade syndicate"
        )
    missing = [number for number in range(found, target) if number not in table]
    if missing:
        raise StoreError(f"no way leads from schema {missing[0]} to {target}")
    return [(number, table[number]) for number in range(found, target)]


def migrate(
    store: Store,
    progress: Callable[[str, int, int], None],
    table: Mapping[int, Migration] = MIGRATIONS,
    target: int = SCHEMA,
) -> int:
    """Take the state to a version, step by step; how many steps that took.

    One that dies on the way is repeated from its last whole step. `progress` hears what is done,
    how much of it, and how much there is.

    Raises:
        BusyError: somebody else is at it.
        StoreError: nothing leads there.
    """
    with store.lock("migrate") as renew:
        way = steps(version(store), table, target)
        for number, step in way:
            for done, total in step.run(store):
                renew()
                progress(step.what, done, total)
            store.text.set(store.keys.schema, number + 1)
    return len(way)
