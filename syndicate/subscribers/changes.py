"""What can become of a subscriber. Pure: each takes him as he is, and gives him as he is then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from syndicate.subscribers.model import Status, Subscriber, Subscription

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from syndicate.subscribers.model import Digest, Suppression

#: What was asked for and not confirmed is forgotten after so long (STANDARDS 117).
PENDING_LIFE = timedelta(days=7)


def ask(one: Subscriber, digests: Iterable[Digest], now: datetime) -> Subscriber:
    """He asked for digests. What he gets already stays as it is."""
    wanted = (d for d in digests if _state(one, d) is not Status.ACTIVE)
    return _set(one, wanted, Status.PENDING, now)


def confirm(one: Subscriber, digests: Iterable[Digest], now: datetime) -> Subscriber:
    """He agreed to these digests."""
    wanted = (d for d in digests if _state(one, d) is not Status.ACTIVE)
    return _set(one, wanted, Status.ACTIVE, now)


def leave(one: Subscriber, digests: Iterable[Digest], now: datetime) -> Subscriber:
    """He left these digests, those of them that he has."""
    had = (d for d in digests if _state(one, d) in (Status.ACTIVE, Status.PENDING))
    return _set(one, had, Status.LEFT, now)


def restore(
    one: Subscriber, were: Mapping[Digest, Status], left_at: datetime, now: datetime
) -> Subscriber:
    """What he left at that moment, and hasn't touched since, is again as it was."""
    left = Subscription(Status.LEFT, left_at)
    for digest, state in were.items():
        if one.subscriptions.get(digest) == left:
            one = _set(one, [digest], state, now)
    return one


def choose_together(one: Subscriber, cadence: str, first: Sequence[str] | None) -> Subscriber:
    """He wants all editions of a cadence in one mail, or (None) each by itself.

    `first` are the categories that come first in it. What is on its way stays as it is.
    """
    others = {name: order for name, order in one.together.items() if name != cadence}
    return replace(one, together=others if first is None else {**others, cadence: tuple(first)})


def describe(
    one: Subscriber,
    *,
    name: str | None = None,
    language: str | None = None,
    zone: str | None = None,
    fields: Mapping[str, str] | None = None,
) -> Subscriber:
    """Note what is known of him: None leaves a thing as it is, an empty text forgets it."""
    own = {**one.fields, **(fields or {})}
    return replace(
        one,
        name=one.name if name is None else name,
        language=one.language if language is None else language,
        zone=one.zone if zone is None else zone,
        fields={field: value for field, value in own.items() if value},
    )


def pause(one: Subscriber, until: datetime | None) -> Subscriber:
    """He gets nothing until then, or (None) gets again what he is subscribed to."""
    return replace(one, paused_until=until)


def suppress(one: Subscriber, why: Suppression) -> Subscriber:
    """Nothing may be sent to him; what it was first suppressed for stays."""
    return one if one.suppression else replace(one, suppression=why)


def lift(one: Subscriber, still: Suppression | None = None) -> Subscriber:
    """He may be sent mail again, to what he is subscribed to, unless something bars him `still`."""
    return replace(one, suppression=still)


def move(one: Subscriber, address: str) -> Subscriber:
    """His mail goes to another address."""
    return replace(one, address=address)


def rename(one: Subscriber, old: Digest, new: Digest) -> Subscriber:
    """A digest goes on as another; who has said something of that one is taken by that word."""
    if old not in one.subscriptions:
        return one
    kept = {digest: how for digest, how in one.subscriptions.items() if digest != old}
    return replace(one, subscriptions={new: one.subscriptions[old], **kept})


def wakes_at(one: Subscriber) -> datetime | None:
    """When something becomes of him by itself: a pause ends, or what he asked for is forgotten."""
    moments = [one.paused_until] if one.paused_until else []
    moments += [
        how.since + PENDING_LIFE
        for how in one.subscriptions.values()
        if how.state is Status.PENDING
    ]
    return min(moments, default=None)


def wake(one: Subscriber, now: datetime) -> Subscriber | None:
    """What became of him by itself; None: of him who never agreed to anything, nothing is kept."""
    kept = {
        digest: how
        for digest, how in one.subscriptions.items()
        if how.state is not Status.PENDING or how.since + PENDING_LIFE > now
    }
    if not kept and one.subscriptions and not one.suppression:
        return None
    over = one.paused_until is not None and one.paused_until <= now
    return replace(one, subscriptions=kept, paused_until=None if over else one.paused_until)


def note(
    before: Subscriber | None,
    after: Subscriber,
    numbers: Mapping[Digest, int],
) -> dict[str, Any]:
    """What changed, for the record of consent; empty if nothing did.

    Digests by their new state, as numbers; of what was told about him only the names, for its
    contents aren't kept beyond their change (he may have them erased).
    """
    had = before.subscriptions if before else {}
    changed: dict[str, Any] = {}
    for digest, how in sorted(after.subscriptions.items()):
        if digest not in had or had[digest].state is not how.state:
            changed.setdefault(how.state.value, []).append(numbers[digest])
    forgotten = [numbers[digest] for digest in sorted(had) if digest not in after.subscriptions]
    if forgotten:
        changed["forgotten"] = forgotten
    told = [name for name in _TOLD if before and getattr(before, name) != getattr(after, name)]
    if told:
        changed["told"] = told
    return changed


#: What a change of is noted by its name.
_TOLD = (
    *("address", "name", "language", "zone", "fields"),
    *("together", "paused_until", "suppression"),
)


def _state(one: Subscriber, digest: Digest) -> Status | None:
    subscription = one.subscriptions.get(digest)
    return subscription.state if subscription else None


def _set(one: Subscriber, digests: Iterable[Digest], state: Status, now: datetime) -> Subscriber:
    changed = dict.fromkeys(digests, Subscription(state, now.replace(microsecond=0)))
    return replace(one, subscriptions={**one.subscriptions, **changed}) if changed else one
