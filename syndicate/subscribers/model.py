"""Who a subscriber is, and what an address is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from email_validator import EmailNotValidError, validate_email

from syndicate.errors import AddressError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

#: Characters of a wrong address that are shown: as many as a right one may have (RFC 5321).
_SHOWN = 254


class Status(StrEnum):
    """What may be sent to a subscriber."""

    #: Asked for, not confirmed: nothing but the question whether he means it.
    PENDING = "pending"
    #: Confirmed: the digests that he is subscribed to.
    ACTIVE = "active"
    #: Left: nothing.
    LEFT = "left"


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """A series of editions: one category at one cadence."""

    cadence: str
    category: str

    def __str__(self) -> str:
        return f"{self.cadence}:{self.category}"

    @classmethod
    def parse(cls, text: str) -> Digest:
        """What `str` wrote: a cadence's name holds no colon, a category's may."""
        cadence, _, category = text.partition(":")
        return cls(cadence, category)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One address that asked for digests."""

    id: int
    #: As the person wrote it; its domain in Unicode.
    address: str
    status: Status
    created_at: datetime
    subscriptions: Mapping[Digest, Status]
    #: Cadences of which he wants all in one mail, each with the categories that come first in it.
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def active(self, cadence: str) -> tuple[Digest, ...]:
        """What he gets of a cadence."""
        return tuple(
            digest
            for digest, state in self.subscriptions.items()
            if digest.cadence == cadence and state is Status.ACTIVE
        )


@dataclass(frozen=True, slots=True)
class Recipient:
    """What a message has to know of whom it goes to."""

    address: str
    #: What is known of him, by the names of merge fields.
    fields: Mapping[str, str] = field(default_factory=dict)


def parse_address(text: str) -> str:
    """The address to show and to send to, its domain normalised by UTS 46.

    Raises:
        AddressError: no address that mail can be sent to; says why in one line. Non-ASCII before
            the @ is refused: only relays with SMTPUTF8 take it.
    """
    text = text.strip()
    try:
        # `strict` is about the 64 octets before the @ (RFC 5321 §4.5.3.1.1).
        parsed = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        raise AddressError(f"{shown!r} is no mail address: {error}") from error
    return parsed.normalized


def lookup_key(address: str) -> str:
    """Under what an address is found: compared without case, though RFC 5321 lets it matter.

    Not casefolded: `straße.example` and `strasse.example` are two domains.
    """
    return address.lower()
