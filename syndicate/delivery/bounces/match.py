"""Whose delivery a mail is about: only what is signed by us says so, and nobody else is believed.

The address that it came to, then what the message that it is about has in its header: our link to
leave, or our Message-ID, both of which only its reader and the servers on the way have seen.
"""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

from syndicate.delivery.bounces.verp import Claim, Purpose, claim_of
from syndicate.digests.message import message_id
from syndicate.errors import NotFoundError, TokenError
from syndicate.subscribers import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from syndicate.delivery.bounces.model import Original, Verdict
    from syndicate.delivery.store import Ledger
    from syndicate.digests.store import EditionStore
    from syndicate.settings.key import Keyring
    from syndicate.subscribers.store import SubscriberStore

#: Newest mailings whose Message-IDs are tried, where a mail says of which it is.
_LATEST = 50
_LINK = re.compile(
    rf"/{tokens.PAGES[tokens.Purpose.UNSUBSCRIBE]}/([\w-]{{{tokens.LENGTH}}})(?![\w-])", re.ASCII
)
#: How a Feedback-ID of ours begins.
_FEEDBACK = re.compile(r"(edition|mailing)(\d{1,9}):", re.ASCII)


class Matcher:
    """Finds the deliveries of one site."""

    def __init__(
        self,
        keyring: Callable[[], Keyring],
        ledger: Ledger,
        editions: EditionStore,
        subscribers: SubscriberStore,
        domain: str,
    ) -> None:
        """`domain` is that of our Message-IDs."""
        self._keyring = keyring
        self._ledger = ledger
        self._editions = editions
        self._subscribers = subscribers
        self._domain = domain

    def claim(self, verdict: Verdict, envelope_to: str) -> Claim | None:
        """Whose delivery a mail is about, and what it was sent to us for; None: nobody can say."""
        ring = self._keyring()
        for address in (envelope_to, *verdict.addressed):
            if found := claim_of(ring, address):
                return found
        return self._by_link(ring, verdict.original) or self._by_id(ring, verdict)

    def _by_link(self, ring: Keyring, original: Original) -> Claim | None:
        for link in _LINK.finditer(original.unsubscribe):
            try:
                found = tokens.verify(ring, link[1], tokens.Purpose.UNSUBSCRIBE)
            except TokenError:
                continue
            return Claim(Purpose.BOUNCE, found.number, found.subscriber)
        return None

    def _by_id(self, ring: Keyring, verdict: Verdict) -> Claim | None:
        """By the Message-ID: an HMAC of mailing and subscriber, so both have to be guessed."""
        original = verdict.original
        addresses = [address for address in (original.to, verdict.recipient) if address]
        if not original.message_id.endswith(f"@{self._domain}>") or not addresses:
            return None
        readers = [one.id for one in self._subscribers.known(addresses).values()]
        for mailing in self._candidates(original) if readers else ():
            for subscriber in readers:
                if self._is_of(ring, original.message_id, mailing, subscriber):
                    return Claim(Purpose.BOUNCE, mailing, subscriber)
        return None

    def _candidates(self, original: Original) -> Iterable[int]:
        """Mailings that it may be of: those that its Feedback-ID names, or the newest."""
        named = _FEEDBACK.match(original.feedback_id)
        if named is None:
            return self._ledger.latest(_LATEST)
        number = int(named[2])
        return (number,) if named[1] == "mailing" else self._editions.mailings_of(number)

    def _is_of(self, ring: Keyring, given: str, mailing: int, subscriber: int) -> bool:
        try:
            signed_by = self._ledger.get(mailing).key
        except NotFoundError:
            return False
        key = ring.get(signed_by) if signed_by is not None else None
        if key is None:
            return False
        ours = message_id(key.secret, mailing, subscriber, self._domain)
        return hmac.compare_digest(given.encode(), ours.encode())
