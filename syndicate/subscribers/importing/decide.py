"""What a row does to a subscriber. Pure.

What is known here is newer than any file: who left stays left, who is active stays active, and
importing a file again changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from syndicate.subscribers.model import Status, Subscriber, Subscription

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from syndicate.subscribers.importing.entry import Entry
    from syndicate.subscribers.model import Digest


class Outcome(StrEnum):
    """What became of a row."""

    NEW = "new"
    #: New, and not confirmed: he is asked by a letter.
    ASKED = "asked to confirm"
    #: He had asked here, and the file says that he agreed.
    CONFIRMED = "confirmed"
    #: Something was added to what was known of him.
    ADDED = "added to"
    UNCHANGED = "unchanged"
    UNCONFIRMED = "unconfirmed: skipped"
    #: He left: here, so that he stays so, or where the file comes from.
    LEFT = "left"
    SUPPRESSED = "suppressed"
    REJECTED = "rejected"


class Decision(NamedTuple):
    """What is to be done with a row."""

    outcome: Outcome
    #: As he is to be; None: nothing is to be saved.
    after: Subscriber | None = None


def decide(
    entry: Entry, one: Subscriber | None, number: int, asked_at: datetime | None
) -> Decision:
    """What a row does to a subscriber, or to nobody, who gets this `number` then.

    `asked_at` is when the unconfirmed are asked to confirm; None: they are left out.
    """
    if entry.suppression:
        return _suppress(entry, one, number)
    if one is None:
        fresh = _fresh(entry, {}, asked_at)
        kind = _new(fresh, entry)
        return Decision(kind, _made(entry, number, fresh) if fresh else None)
    if one.suppression:
        return Decision(Outcome.SUPPRESSED)
    fresh = _fresh(entry, one.subscriptions, asked_at)
    after = _filled(entry, one, fresh)
    # Of him who left, nothing more is noted.
    if after == one or (not fresh and one.status is Status.LEFT):
        return Decision(_unchanged(entry, one))
    if any(digest in one.subscriptions for digest in fresh):
        return Decision(Outcome.CONFIRMED, after)
    kind = _new(fresh, entry) if fresh else Outcome.NEW
    return Decision(Outcome.ADDED if kind is Outcome.NEW else kind, after)


def _suppress(entry: Entry, one: Subscriber | None, number: int) -> Decision:
    """Nothing may be sent to him: unless he is here and agreed, for then his word is newer."""
    if one is None:
        return Decision(Outcome.SUPPRESSED, _made(entry, number, entry.subscriptions))
    if one.suppression:
        return Decision(Outcome.SUPPRESSED)
    if one.status is Status.ACTIVE:
        return Decision(Outcome.UNCHANGED)
    return Decision(Outcome.SUPPRESSED, replace(one, suppression=entry.suppression))


def _fresh(
    entry: Entry, had: Mapping[Digest, Subscription], asked_at: datetime | None
) -> Mapping[Digest, Subscription]:
    """What the row adds to the subscriptions that there are."""
    fresh = {}
    for digest, how in entry.subscriptions.items():
        if had and digest in had:
            if _agrees(had[digest], how):
                fresh[digest] = how
        elif how.state is not Status.PENDING:
            fresh[digest] = how
        elif asked_at:
            fresh[digest] = Subscription(Status.PENDING, asked_at)
    return fresh


def _agrees(here: Subscription, there: Subscription) -> bool:
    return here.state is Status.PENDING and there.state is Status.ACTIVE


def _new(fresh: Mapping[Digest, Subscription], entry: Entry) -> Outcome:
    """What the best of his subscriptions makes of him."""
    states = {how.state for how in fresh.values()}
    if Status.ACTIVE in states:
        return Outcome.NEW
    if Status.PENDING in states:
        return Outcome.ASKED
    wanted = {how.state for how in entry.subscriptions.values()}
    return Outcome.UNCONFIRMED if Status.PENDING in wanted else Outcome.LEFT


def _unchanged(entry: Entry, one: Subscriber) -> Outcome:
    """Why nothing was done for somebody who is here."""
    wanted = (d for d, how in entry.subscriptions.items() if how.state is Status.ACTIVE)
    if any(one.subscriptions[digest].state is Status.LEFT for digest in wanted):
        return Outcome.LEFT
    if any(digest not in one.subscriptions for digest in entry.subscriptions):
        return Outcome.UNCONFIRMED
    return Outcome.UNCHANGED


def _made(entry: Entry, number: int, subscriptions: Mapping[Digest, Subscription]) -> Subscriber:
    return Subscriber(
        id=number,
        address=entry.address,
        created_at=entry.created_at,
        subscriptions=subscriptions,
        name=entry.name,
        language=entry.language,
        zone=entry.zone,
        fields=entry.fields,
        together=entry.together,
        paused_until=entry.paused_until,
        suppression=entry.suppression,
    )


def _filled(entry: Entry, one: Subscriber, fresh: Mapping[Digest, Subscription]) -> Subscriber:
    """Him, with what is fresh, and with what wasn't known: nothing that he said is overwritten."""
    return replace(
        one,
        subscriptions={**one.subscriptions, **fresh},
        name=one.name or entry.name,
        language=one.language or entry.language,
        zone=one.zone or entry.zone,
        fields={**entry.fields, **one.fields},
    )
