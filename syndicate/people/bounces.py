"""What comes back is taken in: understood, matched with a delivery, and acted on. Once each.

A mail is acted on first and noted last, and each act may be repeated: whatever dies in between, and
whoever hands it in again, the same is true afterwards.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from email.utils import parseaddr
from typing import TYPE_CHECKING

import structlog

from syndicate.delivery.bounces import boxes, imap
from syndicate.delivery.bounces.classify import classify
from syndicate.delivery.bounces.codes import classify_reply, status_in
from syndicate.delivery.bounces.match import Matcher
from syndicate.delivery.bounces.mime import MOST_BYTES
from syndicate.delivery.bounces.model import FAILURES, LONGEST_REPLY, Kind, Verdict
from syndicate.delivery.bounces.store import Done, Entry, Reach
from syndicate.delivery.bounces.strikes import Strikes
from syndicate.delivery.bounces.verp import LETTER, Claim, Purpose
from syndicate.delivery.replies import without
from syndicate.errors import NotFoundError
from syndicate.running.redaction import redacted
from syndicate.subscribers import tokens
from syndicate.subscribers.address import lookup_key
from syndicate.subscribers.model import Reason, Suppression

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from syndicate.people.leaving import Leaving
    from syndicate.settings import Settings
    from syndicate.settings.key import Keyring
    from syndicate.store.client import Store
    from syndicate.stores import Stores
    from syndicate.subscribers.model import Subscriber

_log = structlog.get_logger()

#: Seconds after which a look into boxes that took nothing is dead: a server may take a minute for
#: each of its answers.
_LOCK = 300.0
#: By what act one leaves who writes to his own address for it.
BY_MAIL = "mail"
#: By what act an address is suppressed here.
_BOUNCE = "bounce"
#: The subject of codes that are about security (RFC 3463 §3.8). With class 4, that is our bad name
#: or their greylisting: it is tried again, and counts against no reader.
_OURS = "4.7."


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a mail that came back said, and what was made of it."""

    verdict: Verdict
    done: Done
    #: 0: whose it is isn't known.
    subscriber: int = 0
    mailing: int = 0


class Bounces:
    """Takes in what comes back to one site."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        stores: Stores,
        leaving: Leaving,
        keyring: Callable[[], Keyring],
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._lock = store.lock
        #: What was taken in so far.
        self.record = stores.bounces
        self._subscribers = stores.subscribers
        self._suppressions = stores.suppressions
        self._ledger = stores.ledger
        self._leaving = leaving
        self._clock = clock
        self._strikes = Strikes(
            settings.bounces.soft, stores.bounces, stores.ledger, stores.editions
        )
        domain = parseaddr(settings.mail.sender)[1].rpartition("@")[2]
        self._matcher = Matcher(keyring, stores.ledger, stores.editions, stores.subscribers, domain)

    def take(self, message: bytes, envelope_to: str = "") -> Taken:
        """Take in a mail, whoever sent it; `envelope_to` is the address that it came to, if known.

        Call it as often as you like with the same mail: it counts once.
        """
        verdict = classify(message)
        mark = _mark(message[:MOST_BYTES].replace(b"\r\n", b"\n"), envelope_to.lower().encode())
        if self.record.is_known(mark):
            return Taken(verdict=verdict, done=Done.REPEATED)
        claim = self._matcher.claim(verdict, envelope_to)
        if claim and claim.purpose is Purpose.LEAVE and verdict.kind is Kind.UNKNOWN:
            # Whatever he wrote: nobody else has that address, and it is for nothing else.
            verdict = replace(verdict, kind=Kind.UNSUBSCRIBE)
        return self._noted(mark, verdict, claim, self._act(verdict, claim))

    def refused(self, mailing: int, subscriber: int, reply: str) -> Taken:
        """Take in what a relay said when it refused a delivery for good, as a bounce that says it.

        Mailing 0 is a letter's. Repeating it changes nothing.
        """
        verdict = Verdict(
            kind=classify_reply(reply), status=status_in(reply), diagnostic=reply[:LONGEST_REPLY]
        )
        mark = _mark(f"{mailing} {subscriber}".encode(), reply.encode())
        if self.record.is_known(mark):
            return Taken(verdict=verdict, done=Done.REPEATED)
        claim = Claim(Purpose.BOUNCE, mailing, subscriber)
        reader = self._reader(claim)
        done = self._judge(verdict, claim, reader) if reader else Done.UNMATCHED
        return self._noted(mark, verdict, claim, done)

    def poll(self) -> int:
        """Take in what is new in the boxes that the settings name; how many mails.

        Raises:
            BusyError: another process is at it.
            FetchError: the IMAP server can't be reached, or refuses something.
            SettingsError: the folder is no Maildir.
        """
        rules, done = self._settings.bounces, 0
        with self._lock("bounces", _LOCK) as renew:

            def take(message: bytes) -> None:
                renew()
                self.take(message)

            if rules.maildir:
                done += boxes.poll(self._settings.folder / rules.maildir, take)
            if rules.imap:
                password = rules.imap_password.get_secret_value()
                done += imap.poll(imap.Box.parse(rules.imap, password, rules.imap_done), take)
        return done

    # What is made of it

    def _act(self, verdict: Verdict, claim: Claim | None) -> Done:
        reader = self._reader(claim) if claim else None
        if claim is None or reader is None:
            return Done.UNMATCHED
        if verdict.kind is Kind.UNSUBSCRIBE:
            return self._leave(claim)
        if claim.purpose is Purpose.LEAVE:
            # A machine's answer to what nobody sends from.
            return Done.NOTED
        if not self._was_sent(claim, verdict.kind):
            return Done.UNMATCHED
        return self._judge(verdict, claim, reader)

    def _judge(self, verdict: Verdict, claim: Claim, reader: Subscriber) -> Done:
        """What a mail about a delivery of ours means for its reader."""
        if verdict.kind is Kind.COMPLAINT:
            return self._suppress(verdict, claim, reader, Reason.COMPLAINT)
        if verdict.kind not in (Kind.HARD, Kind.SOFT) or self._has_moved(claim, reader):
            return Done.NOTED
        if verdict.kind is Kind.HARD:
            return self._suppress(verdict, claim, reader, Reason.HARD_BOUNCE)
        if verdict.status.startswith(_OURS):
            return Done.NOTED
        if self._strikes.add(reader, claim.mailing, self._clock()):
            return self._suppress(verdict, claim, reader, Reason.SOFT_BOUNCE)
        return Done.STRUCK

    def _suppress(self, verdict: Verdict, claim: Claim, reader: Subscriber, reason: Reason) -> Done:
        now = self._clock()
        why = Suppression(reason, _said(verdict, reader), now)
        how = {"method": _BOUNCE, "mailing": str(claim.mailing)}
        self._suppressions.add(lookup_key(reader.address), why, now, how)
        return Done.SUPPRESSED

    def _leave(self, claim: Claim) -> Done:
        wish = tokens.Claim(tokens.Purpose.UNSUBSCRIBE, claim.subscriber, claim.mailing)
        try:
            self._leaving.leave(claim.subscriber, self._leaving.scope(wish), {"method": BY_MAIL})
        except NotFoundError:
            # Erased in between: nobody can be sent any less.
            return Done.UNMATCHED
        return Done.LEFT

    def _was_sent(self, claim: Claim, kind: Kind) -> bool:
        """Whether anything was sent to him in a mailing, by the ledger.

        He may call an old mail spam that the ledger knows no more; nothing bounces as late as that.
        """
        reach = self.record.reach_of(claim.subscriber, claim.mailing)
        if reach is Reach.FORGOTTEN:
            return kind is Kind.COMPLAINT
        return reach is not Reach.NONE

    def _reader(self, claim: Claim) -> Subscriber | None:
        return next(iter(self._subscribers.get([claim.subscriber])), None)

    def _has_moved(self, claim: Claim, reader: Subscriber) -> bool:
        """Whether he has another address by now than the one that didn't take that mailing."""
        if claim.mailing == LETTER:
            return False
        sent_at = self._ledger.get(claim.mailing).ordered_at
        changes = self._subscribers.consents(reader.id)
        return any("address" in c.get("told", ()) and c["at"] > sent_at for c in changes)

    # What is kept of it

    def _noted(self, mark: str, verdict: Verdict, claim: Claim | None, done: Done) -> Taken:
        known = claim if claim and done is not Done.UNMATCHED else None
        entry = Entry(
            at=int(self._clock().timestamp()),
            kind=verdict.kind,
            done=done,
            subscriber=known.subscriber if known else 0,
            mailing=known.mailing if known else 0,
            status=verdict.status,
            diagnostic=redacted(verdict.diagnostic),
        )
        self.record.note(mark, entry)
        # What is the sender's fault, he has to hear of.
        log = _log.warning if verdict.kind in FAILURES[:2] else _log.info
        log("bounce", **asdict(entry))
        return Taken(verdict=verdict, done=done, subscriber=entry.subscriber, mailing=entry.mailing)


def _mark(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


def _said(verdict: Verdict, reader: Subscriber) -> str:
    """The status and the reply, without any address: he may be erased one day."""
    reply = redacted(without(reader.address, verdict.diagnostic))
    code = "" if verdict.status in reply else f"{verdict.status} "
    return f"{code}{reply}".strip()
