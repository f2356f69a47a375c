"""Changes of subscribers, with all that follows from each: what the script is told. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from syndicate.subscribers import changes, record
from syndicate.subscribers.address import lookup_key
from syndicate.subscribers.model import Reason, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from syndicate.store.keys import Keys
    from syndicate.subscribers.model import Digest, Subscriber

#: Counters of people by their status, and of subscriptions by their state.
_PEOPLE, _SUBSCRIPTIONS = (
    {status: f"{what}:{status}" for status in Status} for what in ("people", "subscriptions")
)
#: What counters of active people by their zone are called before its name.
ZONE = "zone:"
#: Of people by why they are suppressed.
_SUPPRESSED = {reason: f"suppressed:{reason}" for reason in Reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A change, to be saved if the subscriber still is as he was."""

    #: None: he is new.
    before: Subscriber | None
    #: None: nothing of him is kept.
    after: Subscriber | None
    now: datetime
    #: By what act: the method, and what is known of it.
    how: Mapping[str, str]
    #: Entries of the suppression list, and what each is to say; empty: it is taken off.
    suppression: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """Whose it is."""
        one = self.after or self.before
        if one is None:
            raise ValueError("a step from nobody to nobody")
        return one.id


#: What nobody may know any more is out of Redis's append-only file so long after: soon, yet many
#: who are erased in a row cost one rewrite. Who never confirmed has less to fear, and comes daily.
_ERASED_WITHIN, _FORGOTTEN_WITHIN = timedelta(minutes=5), timedelta(days=1)


class _Change(NamedTuple):
    """What follows from a change of states, whoever he is whose states they are."""

    #: Its place in the script's list, from 1.
    place: int
    #: What the record of consent says of it.
    noted: Mapping[str, Any]
    #: Keys of the audiences that are entered or left.
    audiences: Sequence[str]
    #: What the script is told of counts and audiences.
    args: Sequence[str | int]


def arguments(
    steps: Iterable[Step], numbers: Mapping[Digest, int], zones: Mapping[str, int], keys: Keys
) -> tuple[list[str], list[str | int]]:
    """The keys and arguments of `save_subscriber.lua`; digests and zones have these numbers."""
    # Newcomers are much alike: what follows is worked out once for all who are.
    alike: dict[object, _Change] = {}
    names: list[str] = []
    args: list[str | int] = []
    for step in steps:
        before, after = step.before, step.after
        likeness = _likeness(after) if before is None and after else object()
        change = alike.get(likeness)
        if change is None:
            change = alike[likeness] = _change(step, len(alike) + 1, numbers, keys)
        was = lookup_key(before.address) if before else ""
        will_be = lookup_key(after.address) if after else ""
        number, here = step.id, keys.addresses(was or will_be)
        there = keys.addresses(will_be) if was and will_be not in ("", was) else here
        names += (keys.subscribers(number), keys.consents(number), here, there)
        args += (
            number,
            record.dumps(before, numbers) if before else "",
            record.dumps(after, numbers) if after else "",
            _consent(step, change.noted),
            was,
            will_be,
            _wakes(after) if after else "",
            "" if after else _rewritten_by(step),
            change.place,
            _zone(step, zones),
            *_listed(step.suppression),
        )
    shared = [
        *(keys.subscriber_counts, keys.wakes, keys.digest_names, keys.suppressions, keys.erased),
        keys.zones_of_subscribers,
    ]
    told = chain.from_iterable(change.args for change in alike.values())
    entered = chain.from_iterable(change.audiences for change in alike.values())
    return [*shared, *entered, *names], [len(alike), *told, *args]


def _likeness(one: Subscriber) -> object:
    """What newcomers have in common from whom the same follows."""
    states = [(digest, how.state) for digest, how in one.subscriptions.items()]
    why = one.suppression and one.suppression.reason
    return (tuple(states), tuple(one.together), one.is_quiet, why, one.zone)


def _change(step: Step, place: int, numbers: Mapping[Digest, int], keys: Keys) -> _Change:
    noted = changes.note(step.before, step.after, numbers) if step.after else {}
    names, args = [], _listed(_counts(step))
    received, joined = list(_received(step)), list(_joined(step))
    args.append(len(received) + len(joined))
    for verb, digest in received:
        names.append(keys.subscribed(digest.cadence, digest.category))
        args += (verb, numbers[digest], str(digest))
    for verb, cadence in joined:
        names.append(keys.together(cadence))
        args += (verb, "", "")
    return _Change(place, noted, names, args)


def _wakes(one: Subscriber) -> str | int:
    at = changes.wakes_at(one)
    return record.stamp(at) if at else ""


def digests_of(steps: Iterable[Step]) -> set[Digest]:
    """All that their subscribers are or were subscribed to: these need numbers."""
    found: set[Digest] = set()
    for step in steps:
        found.update(*(one.subscriptions for one in (step.before, step.after) if one))
    return found


def zones_of(steps: Iterable[Step]) -> set[str]:
    """All that their subscribers have named: these need numbers."""
    return {step.after.zone for step in steps if step.after and step.after.zone}


def _zone(step: Step, zones: Mapping[str, int]) -> str | int:
    """The number of his zone, 0 for none; empty: it is the one that it was."""
    before, after = (one.zone if one else "" for one in (step.before, step.after))
    return "" if before == after else zones.get(after, 0)


def _listed(pairs: Mapping[str, str | int]) -> list[str | int]:
    """How many there are, and each with what it says."""
    return [len(pairs), *chain.from_iterable(pairs.items())]


def _rewritten_by(step: Step) -> int:
    """By when the append-only file shall hold nothing of him: whoever is erased is on the list."""
    return record.stamp(step.now + (_ERASED_WITHIN if step.suppression else _FORGOTTEN_WITHIN))


def _consent(step: Step, noted: Mapping[str, Any]) -> str:
    """A line of the record of consent; none if nothing changed that it tells of."""
    if not noted:
        return ""
    how = {"how": dict(step.how)} if step.how else {}
    return record.encode({"at": record.stamp(step.now), **noted, **how})


def _counts(step: Step) -> dict[str, int]:
    """Counters, and by how much they change."""
    moved: dict[str, int] = {}
    for one, by in ((step.after, 1), (step.before, -1)):
        for name in counted(one) if one else ():
            moved[name] = moved.get(name, 0) + by
    return {name: by for name, by in moved.items() if by}


def counted(one: Subscriber) -> list[str]:
    """The counters that a subscriber is in, some of them more than once."""
    states = [_SUBSCRIPTIONS[how.state] for how in one.subscriptions.values()]
    why = [_SUPPRESSED[one.suppression.reason]] if one.suppression else []
    zone = [f"{ZONE}{one.zone}"] if one.zone and one.status is Status.ACTIVE else []
    return [_PEOPLE[one.status], *why, *states, *zone]


def _received(step: Step) -> Iterator[tuple[str, Digest]]:
    """The audiences of digests that he enters (SADD) or leaves (SREM)."""
    receives = step.after.receives if step.after else frozenset()
    changed = receives ^ step.before.receives if step.before else receives
    return (("SADD" if digest in receives else "SREM", digest) for digest in changed)


def _joined(step: Step) -> Iterator[tuple[str, str]]:
    """The same of those who want all of a cadence in one."""
    joins = step.after.joins if step.after else frozenset()
    changed = joins ^ step.before.joins if step.before else joins
    return (("SADD" if cadence in joins else "SREM", cadence) for cadence in changed)
