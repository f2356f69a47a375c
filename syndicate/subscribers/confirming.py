"""What a letter asks its reader to confirm, and so what its link can confirm. Pure.

A letter names everything that he asked for and hasn't confirmed when it goes out. What is asked for
later, as somebody else may do in his name, is pending from a later second on. So the stamp in a
link tells what its letter named, with nothing kept beside his record: what was pending by then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from syndicate.subscribers.model import Status, Subscriber, Subscription
from syndicate.subscribers.tokens import LIFETIMES, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from syndicate.subscribers.model import Digest
    from syndicate.subscribers.tokens import Claim

#: Digests that one may ask for before any is confirmed: a stranger mustn't fill his record.
MOST = 200
_SECOND = timedelta(seconds=1)


class Standing(StrEnum):
    """What the link of a letter can still do."""

    OPEN = "open"
    #: What its letter named is confirmed already, or was left.
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a letter asked, as things stand."""

    reader: Subscriber
    #: When the letter was written.
    stamp: datetime
    standing: Standing
    #: What it named and he hasn't confirmed.
    named: tuple[Digest, ...]
    #: What was asked for since, in his name, by whomever.
    since: tuple[Digest, ...]

    @property
    def can_be_renewed(self) -> bool:
        """Whether a new letter would have something to say."""
        return bool(self.reader.having(Status.PENDING) or self.reader.having(Status.ACTIVE))


def invite(one: Subscriber, digests: Iterable[Digest], now: datetime) -> Subscriber:
    """A letter of now asks him to confirm these, and all that he didn't confirm before.

    What waits already goes on being named by every link that works. It is forgotten no sooner than
    the new one ends: what is older than any such link counts as being as old as the oldest.
    """
    oldest = now - LIFETIMES[Purpose.CONFIRM]
    since = {d: one.subscriptions[d].since for d in one.having(Status.PENDING)}
    asked = dict.fromkeys(_wanted(one, digests), now)
    asked |= {digest: min(now, max(oldest, at)) for digest, at in since.items()}
    return _pending(one, asked)


def join(
    one: Subscriber, digests: Iterable[Digest], now: datetime, asked_at: datetime
) -> Subscriber:
    """He asked for these while a letter of `asked_at` is out, which doesn't name them."""
    later = max(now, asked_at + _SECOND)
    waiting = one.having(Status.PENDING)
    new = [digest for digest in _wanted(one, digests) if digest not in waiting]
    return _pending(one, dict.fromkeys(new[: max(0, MOST - len(waiting))], later))


def named(one: Subscriber, stamp: datetime) -> tuple[Digest, ...]:
    """What the letter of a stamp named and he hasn't confirmed yet."""
    return tuple(d for d in one.having(Status.PENDING) if one.subscriptions[d].since <= stamp)


def asked_since(one: Subscriber, stamp: datetime) -> tuple[Digest, ...]:
    """What was asked for after it: the link doesn't confirm it, but its reader may."""
    return tuple(d for d in one.having(Status.PENDING) if one.subscriptions[d].since > stamp)


def question(reader: Subscriber, claim: Claim, now: datetime) -> Question:
    """What a link asks its reader now."""
    stamp = datetime.fromtimestamp(claim.number, UTC)
    open_ones = named(reader, stamp)
    standing = Standing.OPEN if open_ones else Standing.USED
    return Question(
        reader=reader,
        stamp=stamp,
        standing=Standing.EXPIRED if claim.is_expired(now) else standing,
        named=open_ones,
        since=asked_since(reader, stamp),
    )


def missing(one: Subscriber | None, digests: Iterable[Digest]) -> tuple[Digest, ...]:
    """Those of these digests that he doesn't get yet."""
    return tuple(_wanted(one, digests)) if one else tuple(dict.fromkeys(digests))


def _wanted(one: Subscriber, digests: Iterable[Digest]) -> Sequence[Digest]:
    active = set(one.having(Status.ACTIVE))
    return [digest for digest in dict.fromkeys(digests) if digest not in active]


def _pending(one: Subscriber, since: Mapping[Digest, datetime]) -> Subscriber:
    asked = {
        digest: Subscription(Status.PENDING, at.replace(microsecond=0))
        for digest, at in since.items()
    }
    return replace(one, subscriptions={**one.subscriptions, **asked}) if asked else one
