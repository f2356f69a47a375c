"""Signing up: from a form that anybody can post to what the owner of an address confirmed.

A form is taken in alike whoever's address it names. A worker then decides what becomes of it, and
has a letter sent, or none; only its reader, by a button, makes a subscription of it.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from syndicate.delivery.letters import Letter
from syndicate.digests.letters import Kind
from syndicate.errors import NotFoundError, SyndicateError
from syndicate.subscribers import changes
from syndicate.subscribers.address import lookup_key
from syndicate.subscribers.admission import Verdict, decide
from syndicate.subscribers.confirming import (
    Question,
    Standing,
    asked_since,
    invite,
    join,
    named,
    question,
)
from syndicate.subscribers.limits import ASKED, LINKED, Limits, next_hour
from syndicate.subscribers.model import Digest, Status
from syndicate.subscribers.policy import Refusal, RefusedDomains, refusal
from syndicate.subscribers.signups import SignUp
from syndicate.subscribers.steps import Step
from syndicate.subscribers.tokens import Purpose, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from syndicate.settings import Settings
    from syndicate.settings.key import Keyring
    from syndicate.store.client import Store
    from syndicate.stores import Stores
    from syndicate.subscribers.model import Subscriber, Suppression
    from syndicate.subscribers.tokens import Claim

_log = structlog.get_logger()

#: How long a sign-up waits while too many letters go out; whoever is asked later has forgotten.
_PATIENCE = timedelta(hours=24)
#: When what a fault of ours was in the way of is looked at again.
_REST = timedelta(minutes=1)


class Reply(StrEnum):
    """What the web app knows of a sign-up."""

    TAKEN = "taken"
    #: Too many come from that network in this hour.
    TOO_MANY = "too many"
    #: Too many wait.
    FULL = "full"


class Signup:
    """Signs people up for one site's digests."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        stores: Stores,
        keyring: Callable[[], Keyring],
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._rules = settings.signup
        self._lock = store.lock
        self._subscribers = stores.subscribers
        self._suppressions = stores.suppressions
        self._signups = stores.signups
        self._letters = stores.letters
        self._limits = Limits(store, lambda: keyring().current)
        files = [settings.folder / path for path in self._rules.refused_domains]
        self._refused = RefusedDomains(files)
        self._keyring = keyring
        self._clock = clock

    # Asking

    def refusal(self, address: str) -> Refusal | None:
        """Why an address that `parse_address` gave may not subscribe; None: it may."""
        return refusal(address, self._rules, self._refused.now())

    def ask(self, one: SignUp) -> Reply:
        """Have a sign-up looked at. Nothing here depends on whose address it names (STANDARDS S-2).

        Whoever calls it has the task `admit` sent.
        """
        if self._limits.visit(one.how.get("ip", ""), self._clock()) > self._rules.per_network:
            return Reply.TOO_MANY
        return Reply.TAKEN if self._signups.put(one) else Reply.FULL

    def keep_text(self, version: str, text: str) -> None:
        """Keep a text that people consent to, under what their consent names it by."""
        self._signups.keep_text(version, text)

    # Deciding

    def waits(self) -> bool:
        """Whether a sign-up is to be looked at."""
        return self._signups.is_due(self._clock())

    def admit(self) -> int:
        """Look at every sign-up that waits; how many letters were posted.

        Call it as often as you like: one process at a time does it, and what a dead one leaves the
        next finds as it was. Whoever calls it has the task `post` sent.

        Raises:
            BusyError: another is at it; it sees to all that is there now.
        """
        posted = 0
        # Asked again when the lock is free: who came just before found it taken.
        while self.waits():
            with self._lock("admit") as renew:
                for one in self._signups.due(self._clock()):
                    renew()
                    posted += self._look_at(one)
        return posted

    def _look_at(self, one: SignUp) -> bool:
        try:
            return self._admit(one, self._clock())
        except Exception as error:
            # It mustn't hold up the others at each turn.
            self._signups.put_off(one, self._clock() + _REST)
            if not isinstance(error, SyndicateError):
                raise
            _log.warning("sign-up waits", reason=type(error).__name__)
            return False

    def _admit(self, one: SignUp, now: datetime) -> bool:
        """Do what becomes of a sign-up; whether a letter was posted.

        A repetition after a crash posts none again: a letter is posted once a sign-up, and once it
        is counted there is nothing left to ask.
        """
        renamed = self._settings.renamed
        digests = [Digest(d.cadence, renamed.get(d.category, d.category)) for d in one.digests]
        known = self._owner(one.address)
        counts = self._limits.of(one.address, now)
        barred = self._barred(one.address, known)
        verdict = decide(known, digests, barred, counts, self._rules)
        _log.info("sign-up", verdict=verdict)
        if verdict is Verdict.LATER and now < one.at + _PATIENCE:
            self._signups.put_off(one, next_hour(now))
            return False
        if verdict is Verdict.ASK:
            asked = self._save(one, lambda who: invite(_described(who, one), digests, now), now)
            self._post(Kind.CONFIRM, asked, one, now)
        elif verdict is Verdict.JOIN and counts.asked_at:
            out = counts.asked_at
            self._save(one, lambda who: join(who, digests, now, out), now)
        elif verdict is Verdict.LINK and known:
            self._post(Kind.LINK, known, one, now)
        self._signups.end(one)
        return verdict in _COUNTED

    def _owner(self, address: str) -> Subscriber | None:
        return self._subscribers.known([address]).get(lookup_key(address))

    def _barred(self, address: str, known: Subscriber | None) -> Suppression | None:
        if known and known.suppression:
            return known.suppression
        return self._suppressions.which([address]).get(address)

    def _save(
        self, one: SignUp, change: Callable[[Subscriber], Subscriber], now: datetime
    ) -> Subscriber:
        """Change who has the address, in one step if he is new: nothing is kept of half of it."""
        while (known := self._owner(one.address)) is None:
            made = change(self._subscribers.new(one.address, now))
            step = Step(before=None, after=made, now=now, how=one.how)
            if self._subscribers.save([step]) == ["saved"]:
                return made
        before, after = self._subscribers.alter(known.id, change, now, one.how)
        return after or before

    def _post(self, kind: Kind, reader: Subscriber, one: SignUp, now: datetime) -> None:
        digests = reader.having(Status.PENDING) if kind is Kind.CONFIRM else ()
        letter = Letter(kind=kind, subscriber=reader.id, asked_at=now, digests=digests)
        self._letters.post(letter, f"signup:{one.id}")
        self._limits.letter(ASKED if kind is Kind.CONFIRM else LINKED, one.address, now)

    # Confirming

    def claim(self, token: str) -> Claim:
        """What the token of a confirmation's link says; it may be expired.

        Raises:
            TokenError: it is none of ours.
        """
        return verify(self._keyring(), token, Purpose.CONFIRM)

    def question(self, claim: Claim) -> Question:
        """What the letter of a link asked, and what the link can do.

        Raises:
            NotFoundError: nothing is kept of its reader any more.
        """
        found = self._subscribers.get([claim.subscriber])
        if not found:
            raise NotFoundError("nothing is kept of this request any more; sign up again")
        return question(found[0], claim, self._clock())

    def confirm(
        self, claim: Claim, more: Collection[Digest], name: str | None, how: Mapping[str, str]
    ) -> tuple[Digest, ...]:
        """Its reader means it: he gets what the letter named, and what `more` he chose of the rest.

        Returns what he gets by it from now on; nothing if the link is used or expired. `name` is
        what he wants to be called; None leaves that as it is.

        Raises:
            NotFoundError: nothing is kept of him any more.
        """
        asked = self.question(claim)
        if asked.standing is not Standing.OPEN:
            return ()
        now, stamp = self._clock(), asked.stamp

        def change(one: Subscriber) -> Subscriber:
            still = named(one, stamp)
            if not still:
                return one
            chosen = [digest for digest in asked_since(one, stamp) if digest in more]
            return changes.describe(changes.confirm(one, (*still, *chosen), now), name=name)

        # Who was erased once, and confirms now, is to be found by lists again.
        lifted = self._suppressions.welcome_back(asked.reader.address)
        before, after = self._subscribers.alter(claim.subscriber, change, now, how, lifted)
        one = after or before
        gets = tuple(d for d in before.having(Status.PENDING) if d in one.having(Status.ACTIVE))
        if gets:
            self._limits.answered(one.address)
            if self._settings.mail.welcome:
                letter = Letter(kind=Kind.WELCOME, subscriber=one.id, asked_at=now, digests=gets)
                self._letters.post(letter, f"welcome:{one.id}:{claim.number}")
        return gets

    def renew(self, claim: Claim, how: Mapping[str, str]) -> Reply:
        """Ask its reader anew, by a sign-up like any other: it goes through the same limits.

        Raises:
            NotFoundError: nothing is kept of him any more.
        """
        reader = self.question(claim).reader
        waiting = reader.having(Status.PENDING)
        return self.ask(
            SignUp(address=reader.address, digests=waiting, at=self._clock(), how=dict(how))
        )


#: Verdicts by which a letter goes out.
_COUNTED = (Verdict.ASK, Verdict.LINK)


def _described(one: Subscriber, asked: SignUp) -> Subscriber:
    """As he says he is; of one who gets something already a stranger changes nothing."""
    if one.having(Status.ACTIVE):
        return one
    name, language = asked.name or None, asked.language or None
    return changes.describe(one, name=name, language=language)
