"""What must hold in Redis of a subscriber, as his record says. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from operator import eq, ne
from typing import TYPE_CHECKING

from syndicate.subscribers import changes, record
from syndicate.subscribers.address import lookup_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from syndicate.store.keys import Keys
    from syndicate.subscribers.model import Subscriber

#: A command as Redis takes it; its second word is the key.
Command = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A question to Redis, whether its answer is wrong, and what is to be done then."""

    ask: Command
    wrong: Callable[[object], bool]
    #: One line that tells what is wrong.
    fault: str
    mend: Command


@dataclass(frozen=True, slots=True)
class Seen:
    """Where else a subscriber was found than his record may say."""

    #: Keys of audiences.
    sets: frozenset[str] = frozenset()
    #: Addresses that lead to him.
    names: frozenset[str] = frozenset()


def audiences(one: Subscriber | None, keys: Keys) -> dict[str, bool]:
    """The audiences that his record speaks of, and whether he is in each."""
    if one is None:
        return {}
    receives, joins = one.receives, one.joins
    named = {keys.subscribed(d.cadence, d.category): d in receives for d in one.subscriptions}
    return named | {keys.together(cadence): cadence in joins for cadence in one.together}


def claims(
    number: int, one: Subscriber | None, zones: Mapping[str, int], keys: Keys
) -> Iterator[Claim]:
    """What must hold of the subscriber of a number, or of the number if there is none.

    `zones` have these numbers.
    """
    for key, is_in in audiences(one, keys).items():
        yield _in_audience(number, key, keys, is_in=is_in)
    if one:
        name = lookup_key(one.address)
        yield Claim(
            ("HGET", keys.addresses(name), name),
            partial(ne, str(number)),
            f"{name} doesn't lead to subscriber {number}, who has it",
            # Not if it leads to another who has it as well: one of them is too many.
            ("HSETNX", keys.addresses(name), name, number),
        )
    else:
        yield Claim(
            ("HEXISTS", keys.consents(number), number),
            partial(eq, 1),
            f"consents are kept of subscriber {number}, who doesn't exist",
            ("HDEL", keys.consents(number), number),
        )
    zone, place = zones.get(one.zone, 0) if one else 0, ("u16", f"#{number}")
    yield Claim(
        ("BITFIELD_RO", keys.zones_of_subscribers, "GET", *place),
        partial(ne, [zone]),
        f"subscriber {number} is listed in another zone than his record says",
        ("BITFIELD", keys.zones_of_subscribers, "SET", *place, zone),
    )
    wakes = changes.wakes_at(one) if one else None
    at = record.stamp(wakes) if wakes else None
    yield Claim(
        ("ZSCORE", keys.wakes, number),
        partial(ne, at),
        f"subscriber {number} wakes at another time than his record says",
        ("ZREM", keys.wakes, number) if at is None else ("ZADD", keys.wakes, at, number),
    )


def strays(number: int, one: Subscriber | None, seen: Seen, keys: Keys) -> Iterator[Claim]:
    """What must hold of where a number was seen, and that `claims` doesn't speak of."""
    for key in sorted(seen.sets.difference(audiences(one, keys))):
        yield _in_audience(number, key, keys, is_in=False)
    for name in sorted(seen.names.difference([lookup_key(one.address)] if one else [])):
        yield Claim(
            ("HGET", keys.addresses(name), name),
            partial(eq, str(number)),
            f"{name} leads to subscriber {number}, who doesn't have it",
            ("HDEL", keys.addresses(name), name),
        )


def _in_audience(number: int, key: str, keys: Keys, *, is_in: bool) -> Claim:
    verb, but = ("SADD", "isn't in") if is_in else ("SREM", "is in")
    return Claim(
        ("SISMEMBER", key, number),
        partial(ne, int(is_in)),
        f"subscriber {number} {but} {key.removeprefix(f'{keys.prefix}:')}, against his record",
        (verb, key, number),
    )


def numbering(
    numbers: Mapping[str, str], names: Mapping[str, str], keys: Keys
) -> Iterator[tuple[str, Command]]:
    """What is wrong with the numbers of digests, and how to mend it; an empty command: nobody can.

    `numbers` has them by name, `names` the names by number, and the last number under `last`.
    """
    called = {number: name for number, name in names.items() if number != "last"}
    for number, name in called.items():
        if name not in numbers:
            yield f"{name} has lost its number {number}", ("HSET", keys.digests, name, number)
        elif numbers[name] != number:
            yield f"{name} has two numbers, {number} and {numbers[name]}", ()
    for name, number in numbers.items():
        if number not in called:
            line = f"the number {number} of {name} has lost its name"
            yield line, ("HSET", keys.digest_names, number, name)
        elif called[number] != name:
            yield f"the number {number} is that of {name} and of {called[number]}", ()
    last = max(map(int, [*called, *numbers.values()]), default=0)
    if last > int(names.get("last", 0)):
        line = f"a digest has the number {last}, but {names.get('last', 0)} counts as the last"
        yield line, ("HSET", keys.digest_names, "last", last)
