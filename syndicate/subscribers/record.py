"""A subscriber as Redis has him: one JSON object, as short as a million of them want it.

    {"address": "wanda@mail.example", "at": 1763880000, "name": "Wanda", "language": "zh-Hans",
     "zone": "Asia/Shanghai", "own": {"city": "Shanghai"},
     "active": {"17": 0, "3": 86400}, "pending": {"4": 90000}, "left": {"12": 99000},
     "together": {"daily": ["tech"]}, "until": 1763990000,
     "suppressed": ["hard bounce", "550 5.1.1 no such user", 1763980000]}

A digest stands as its number in `digests`. `at` is when the record was made, in Unix seconds; the
times of subscriptions are seconds after it. What is empty is left out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json, to_json

from syndicate.subscribers.model import (
    Digest,
    Reason,
    Recipient,
    Status,
    Subscriber,
    Subscription,
    Suppression,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STATES = (Status.ACTIVE, Status.PENDING, Status.LEFT)

Record = dict[str, Any]


def stamp(at: datetime) -> int:
    """A time as it is stored: whole Unix seconds."""
    return int(at.timestamp())


def time_of(stamp: int) -> datetime:
    """The time of a stamp."""
    return datetime.fromtimestamp(stamp, UTC)


def encode(value: Record) -> str:
    """JSON in as few bytes as it takes, and in a fifth of the time that `json` takes."""
    return to_json(value).decode()


def decode(text: str | bytes) -> Record:
    """What `encode` was given."""
    return cast("Record", from_json(text))


def dumps(one: Subscriber, numbers: Mapping[Digest, int]) -> str:
    """The record of a subscriber: the same for the same subscriber."""
    made = stamp(one.created_at)
    values: Record = {"address": one.address, "at": made}
    for name in ("name", "language", "zone"):
        if value := getattr(one, name):
            values[name] = value
    if one.fields:
        values["own"] = dict(sorted(one.fields.items()))
    for digest, how in sorted(one.subscriptions.items()):
        state = values.setdefault(how.state, {})
        state[str(numbers[digest])] = stamp(how.since) - made
    if one.together:
        values["together"] = {name: list(one.together[name]) for name in sorted(one.together)}
    if one.paused_until:
        values["until"] = stamp(one.paused_until)
    if why := one.suppression:
        values["suppressed"] = [why.reason, why.source, stamp(why.at)]
    return encode(values)


def digests_in(record: Record) -> list[str]:
    """The numbers of all digests that a record names."""
    return [number for state in _STATES for number in record.get(state.value, ())]


def loads(number: int, record: Record, digests: Mapping[str, Digest]) -> Subscriber:
    """The subscriber of a record; `digests` has those whose numbers it names."""
    made, until = record["at"], record.get("until")
    return Subscriber(
        id=number,
        address=record["address"],
        created_at=time_of(made),
        name=record.get("name", ""),
        language=record.get("language", ""),
        zone=record.get("zone", ""),
        fields=record.get("own", {}),
        subscriptions={
            digests[name]: Subscription(state, time_of(made + since))
            for state in _STATES
            for name, since in record.get(state.value, {}).items()
        },
        together={name: tuple(first) for name, first in record.get("together", {}).items()},
        paused_until=time_of(until) if until else None,
        suppression=_suppression(record.get("suppressed")),
    )


def recipient(record: Record, fields: Sequence[str]) -> Recipient:
    """What a message wants to know of him: what is known under these names."""
    known = {**record.get("own", {}), "name": record.get("name", "")}
    said = {name: known[name] for name in fields if known.get(name)}
    return Recipient(record["address"], said, record.get("language", ""))


def _suppression(values: list[Any] | None) -> Suppression | None:
    if values is None:
        return None
    reason, source, at = values
    return Suppression(Reason(reason), source, time_of(at))
