"""Leaving: what a link of a mail leaves, at once, and how that is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from syndicate.delivery.secretary import EVERYTHING
from syndicate.digests.letters import Kind
from syndicate.errors import NotFoundError, TokenError
from syndicate.subscribers import changes
from syndicate.subscribers.model import Digest, Status, Subscriber, Subscription
from syndicate.subscribers.tokens import Claim, Purpose, sign, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from syndicate.desk.desk import Desk
    from syndicate.settings.key import Keyring
    from syndicate.stores import Stores

#: By what acts one leaves: a mail client's button (RFC 8058), and our page's.
ONE_CLICK, PAGE = "one click", "page"
#: For so long what was left can be taken back where it was left; later, in the preferences.
UNDO_LIFE = timedelta(hours=1)
#: An entry of the record of consent, as `SubscriberStore.consents` has it.
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a link is about: one digest, those of a cadence, or (nothing named) everything."""

    cadence: str = ""
    category: str = ""

    def has(self, digest: Digest) -> bool:
        """Whether it is about that digest."""
        return self.cadence in ("", digest.cadence) and self.category in ("", digest.category)

    def of(self, one: Subscriber) -> tuple[Digest, ...]:
        """What it is about for him: the digest that it names, else what of it he gets."""
        if self.category:
            return (Digest(self.cadence, self.category),)
        return tuple(filter(self.has, one.having(Status.ACTIVE)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What became of a leaving."""

    #: What was left by it, or is left already.
    digests: tuple[Digest, ...] = ()
    #: What he gets still.
    kept: tuple[Digest, ...] = ()
    #: Takes it back; empty: there is nothing to take back.
    undo: str = ""
    #: Whether a letter says goodbye.
    goodbye: bool = False


class Leaving:
    """Has subscribers of one site leave."""

    def __init__(
        self,
        stores: Stores,
        desk: Desk,
        keyring: Callable[[], Keyring],
        post_letter: Callable[..., int],
        clock: Callable[[], datetime],
    ) -> None:
        self._subscribers = stores.subscribers
        self._ledger = stores.ledger
        self._editions = stores.editions
        self._desk = desk
        self._keyring = keyring
        self._post_letter = post_letter
        self._clock = clock

    def claim(self, token: str) -> Claim:
        """What the token of a link that leaves says.

        Raises:
            TokenError: it is none of ours.
        """
        return verify(self._keyring(), token, Purpose.UNSUBSCRIBE)

    def scope(self, claim: Claim) -> Scope:
        """What a link is about.

        One in a mail of all in one is about all of its cadence; one in a letter, or in a mail that
        nothing is known of any more, about everything: whoever presses it wants no more mail.
        """
        try:
            mailing = None if claim.number == EVERYTHING else self._ledger.get(claim.number)
        except NotFoundError:
            mailing = None
        if mailing is None:
            return Scope()
        edition = self._editions.get(mailing.editions[0])
        if mailing.together:
            return Scope(edition.cadence)
        digest = self._desk.digest_of(edition)
        return Scope(digest.cadence, digest.category)

    def mailed_at(self, claim: Claim) -> int | None:
        """The Unix second of the mail that a link came in; None: that isn't known."""
        try:
            return int(self._ledger.get(claim.number).ordered_at.timestamp())
        except NotFoundError:
            return None

    def leave(self, subscriber: int, scope: Scope, how: Mapping[str, str]) -> Left:
        """Have him leave, at once; repeating it changes nothing and says the same.

        Raises:
            NotFoundError: there is no such subscriber; nobody can be sent any less.
        """
        now = self._clock()
        before, after = self._subscribers.alter(
            subscriber,
            lambda one: changes.leave(one, filter(scope.has, one.subscriptions), now),
            now,
            how,
        )
        one = after or before
        changed = {d for d in one.subscriptions if before.subscriptions[d] != one.subscriptions[d]}
        entries = self._subscribers.consents(subscriber)
        act = _act(entries, changed, scope, one, now)
        goodbye = bool(changed) and how.get("method") == PAGE and one.status is Status.LEFT
        if goodbye:
            goodbye = bool(self._post_letter(Kind.GOODBYE, subscriber, sorted(changed)))
        return Left(
            digests=() if act is None else _left(entries[act]),
            kept=one.having(Status.ACTIVE),
            undo="" if act is None else self._sign(subscriber, act),
            goodbye=goodbye,
        )

    def undo(self, subscriber: int, token: str, how: Mapping[str, str]) -> tuple[Digest, ...]:
        """Take back a leaving of his: what it left, and he hasn't touched since, is as it was.

        Repeating it changes nothing, and says the same.

        Raises:
            NotFoundError: there is no such subscriber any more.
            TokenError: the token is none of ours, another's, or too old.
        """
        claim, now = verify(self._keyring(), token, Purpose.UNDO), self._clock()
        entries = self._subscribers.consents(subscriber)
        if claim.subscriber != subscriber or claim.number >= len(entries):
            raise TokenError("this is another reader's; open your own link")
        entry = entries[claim.number]
        if entry["at"] + UNDO_LIFE <= now:
            raise TokenError("this can be taken back no more; subscribe again in your preferences")
        digests = _left(entry)
        were = {d: state for d, state in _states(entries[: claim.number]).items() if d in digests}
        self._subscribers.alter(
            subscriber, lambda one: changes.restore(one, were, entry["at"], now), now, how
        )
        return digests

    def _sign(self, subscriber: int, act: int) -> str:
        return sign(self._keyring().current, Claim(Purpose.UNDO, subscriber, act))


def _act(
    entries: Sequence[Entry], changed: set[Digest], scope: Scope, one: Subscriber, now: datetime
) -> int | None:
    """The place of the entry that tells of this leaving; if nothing changed, of the one before it.

    None: it was too long ago, or it stands no more.
    """
    for place in reversed(range(len(entries))):
        entry, left = entries[place], set(_left(entries[place]))
        if entry["at"] + UNDO_LIFE <= now:
            break
        if changed and left == changed:
            return place
        stands = all(
            one.subscriptions.get(d) == Subscription(Status.LEFT, entry["at"]) for d in left
        )
        if not changed and left and stands and all(map(scope.has, left)):
            return place
    return None


def _left(entry: Entry) -> tuple[Digest, ...]:
    return tuple(map(Digest.parse, entry.get(Status.LEFT, ())))


def _states(entries: Sequence[Entry]) -> dict[Digest, Status]:
    """How his subscriptions stood after these entries."""
    return {
        Digest.parse(name): state
        for entry in entries
        for state in (Status.PENDING, Status.ACTIVE, Status.LEFT)
        for name in entry.get(state, ())
    }
