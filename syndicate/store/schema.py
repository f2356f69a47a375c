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


#: Between the version that a step leads to and the one that it began at, while it is under way.
_FROM = " from "


def version(store: Store, known: int = SCHEMA) -> int:
    """The version of the state, to a program that knows that many; a new state has today's.

    While a step is under way, and after it died, it is the one that the step began at; but to a
    program that doesn't know where it leads, that is newer already.
    """
    said = store.text.get(store.keys.schema)
    if said is None:
        # Who is quicker says it; whoever takes a backup may only read.
        store.text.set(store.keys.schema, SCHEMA, nx=True)
        said = store.text.get(store.keys.schema)
    to, _, begun = str(said).partition(_FROM)
    return int(begun) if begun and int(to) <= known else int(to)


def require(found: int, where: str) -> None:
    """Go on, if this program knows the state.

    Raises:
        StoreError: it is of another version; says what to do.
    """
    refuse_newer(found, where)
    if found < SCHEMA:
        raise StoreError(
            f"the state at {where} has schema {found}, this program wants {SCHEMA}; stop the "
            "service, take a `syndicate backup`, then run `syndicate migrate`"
        )


def refuse_newer(found: int, where: str, known: int = SCHEMA) -> None:
    """Go on, if the state isn't of a newer program.

    Raises:
        StoreError: it is.
    """
    if found > known:
        raise StoreError(
            f"the state at {where} has schema {found}, this program knows {known}; upgrade "
            "syndicate"
        )


def steps(
    found: int, table: Mapping[int, Migration] = MIGRATIONS, target: int = SCHEMA
) -> list[tuple[int, Migration]]:
    """What leads from a version to another: the version that each step begins at, and the step.

    Raises:
        StoreError: nothing does.
    """
    refuse_newer(found, "hand", target)
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
        way = steps(version(store, target), table, target)
        for number, step in way:
            # Half of it is done soon, which the program before this one mustn't go on with.
            store.text.set(store.keys.schema, f"{number + 1}{_FROM}{number}")
            for done, total in step.run(store):
                renew()
                progress(step.what, done, total)
            store.text.set(store.keys.schema, number + 1)
    return len(way)
