"""Who a subscriber is, and what he gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Status(StrEnum):
    """What may be sent to a subscriber; a subscription has the first three."""

    #: Asked for, not confirmed: nothing but the question whether he means it.
    PENDING = "pending"
    #: Confirmed: the digests that he is subscribed to.
    ACTIVE = "active"
    #: Left: nothing.
    LEFT = "left"
    #: His address is on the suppression list: nothing, whatever he is subscribed to.
    SUPPRESSED = "suppressed"


class Digest(NamedTuple):
    """A series of editions: one category at one cadence.

    A tuple: it is the key of most mappings here, and a tuple's hash and order cost least.
    """

    cadence: str
    category: str

    def __str__(self) -> str:
        return f"{self.cadence}:{self.category}"

    @classmethod
    def parse(cls, text: str) -> Digest:
        """What `str` wrote: a cadence's name holds no colon, a category's may."""
        cadence, _, category = text.partition(":")
        return cls(cadence, category)


@dataclass(frozen=True, slots=True)
class Subscription:
    """How things stand between a subscriber and a digest, and since when."""

    state: Status
    since: datetime


class Reason(StrEnum):
    """Why an address is suppressed."""

    #: It doesn't exist, or its box is gone (STANDARDS 96).
    HARD_BOUNCE = "hard bounce"
    #: It didn't take mail for too long.
    SOFT_BOUNCE = "soft bounce"
    #: Its owner called us spam.
    COMPLAINT = "complaint"
    #: An operator said so.
    OPERATOR = "operator"
    #: Its owner had everything about him erased: no list may bring him back.
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why nothing may be sent to an address or to a domain."""

    reason: Reason
    #: Who or what said so: an operator's word, a bounce's reply, a file's name.
    source: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One address that asked for digests. Times are UTC, in whole seconds."""

    id: int
    #: As the person wrote it; its domain in Unicode.
    address: str
    created_at: datetime
    subscriptions: Mapping[Digest, Subscription] = field(default_factory=dict)
    #: What greetings call him.
    name: str = ""
    #: Which of our languages he reads; empty: the site's.
    language: str = ""
    #: The IANA zone of his local hour; empty: the site's.
    zone: str = ""
    #: What else merge fields say, by their names.
    fields: Mapping[str, str] = field(default_factory=dict)
    #: Cadences of which he wants all in one mail, each with the categories that come first in it.
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: He gets nothing until then.
    paused_until: datetime | None = None
    suppression: Suppression | None = None

    @property
    def status(self) -> Status:
        """What may be sent to him at all."""
        if self.suppression:
            return Status.SUPPRESSED
        states = {subscription.state for subscription in self.subscriptions.values()}
        for status in (Status.ACTIVE, Status.PENDING, Status.LEFT):
            if status in states:
                return status
        return Status.PENDING

    @property
    def states(self) -> dict[Digest, Status]:
        """How each of his subscriptions stands."""
        return {digest: how.state for digest, how in self.subscriptions.items()}

    def having(self, state: Status) -> tuple[Digest, ...]:
        """The digests of which his subscription is in a state, in their order."""
        found = (d for d, subscription in self.subscriptions.items() if subscription.state is state)
        return tuple(sorted(found))

    @property
    def is_quiet(self) -> bool:
        """Whether he gets nothing at present, whatever he is subscribed to."""
        return self.suppression is not None or self.paused_until is not None

    @property
    def receives(self) -> frozenset[Digest]:
        """The digests that go to him: their audiences have him, and no others."""
        return frozenset() if self.is_quiet else frozenset(self.having(Status.ACTIVE))

    @property
    def joins(self) -> frozenset[str]:
        """The cadences of which he is in the audience of all in one."""
        return frozenset() if self.is_quiet else frozenset(self.together)

    def active(self, cadence: str) -> tuple[Digest, ...]:
        """What goes to him of a cadence, in their order."""
        return tuple(sorted(d for d in self.receives if d.cadence == cadence))


@dataclass(frozen=True, slots=True)
class Recipient:
    """What a message has to know of whom it goes to."""

    address: str
    #: What is known of him, by the names of merge fields.
    fields: Mapping[str, str] = field(default_factory=dict)
    #: Which of our languages he reads; empty: he didn't say.
    language: str = ""
