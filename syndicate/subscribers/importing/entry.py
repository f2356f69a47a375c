"""What a row says of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from syndicate.subscribers.model import Digest, Subscription, Suppression


class RowError(Exception):
    """A row that can't be imported; its message says why, in one line."""


class Entry(NamedTuple):
    """A row that could be read."""

    #: Of the file, from 1.
    line: int
    address: str
    #: What the address is looked up under.
    key: str
    #: What he is to be subscribed to, and how.
    subscriptions: Mapping[Digest, Subscription]
    #: When he signed up.
    created_at: datetime
    #: What the row knows of his consent: signed_up, confirmed, ip.
    consent: Mapping[str, str]
    name: str = ""
    language: str = ""
    zone: str = ""
    fields: Mapping[str, str] = {}
    together: Mapping[str, tuple[str, ...]] = {}
    paused_until: datetime | None = None
    suppression: Suppression | None = None
