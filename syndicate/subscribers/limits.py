"""How much mail a stranger may cause: counts that hold nobody's address (STANDARDS S-1).

Addresses, domains and networks stand in keys as a HMAC of the site's signing key. Where that key
is rotated, counting begins anew, which costs an address one more letter at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, cast

from syndicate.subscribers.address import domain_of, lookup_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.settings.key import Key
    from syndicate.store.client import Store

#: An address gets one letter of a kind in this time (STANDARDS S-1).
REST = timedelta(hours=24)
#: What is counted by the hour is counted by the clock's, so that all know when the next begins.
_HOUR = 3600
#: Seconds for which it is known how often an address was asked in vain.
_YEAR = 365 * 86400
#: Hex digits of a HMAC: 128 bits, so that no two share a count.
_DIGITS = 32
#: Bits of an address that tell networks apart: one customer has all that is behind them.
_V4, _V6 = 24, 64
#: The two kinds of letters that anybody can cause who knows an address.
ASKED, LINKED = "asked", "linked"


@dataclass(frozen=True, slots=True)
class Counts:
    """What an address got, and what went out in this hour."""

    #: When it was last asked to confirm; None: it may be asked.
    asked_at: datetime | None = None
    #: When it last got its link; None: it may have it.
    linked_at: datetime | None = None
    #: How often it was asked since it last confirmed, if it ever did.
    unanswered: int = 0
    #: Letters in this hour to its domain.
    domain: int = 0
    #: Letters in this hour to all.
    everybody: int = 0


class Limits:
    """The counts of one site."""

    def __init__(self, store: Store, key: Callable[[], Key]) -> None:
        self._store = store
        self._key = key

    def visit(self, ip: str, now: datetime) -> int:
        """How often a network came in this hour, this time included."""
        return self._count(self._hourly("network", network_of(ip), now))

    def of(self, address: str, now: datetime) -> Counts:
        """The counts of an address."""
        keys, named = self._store.keys, lookup_key(address)
        found = self._store.text.mget(
            keys.last(self._named(ASKED, named)),
            keys.last(self._named(LINKED, named)),
            keys.limit(self._named("unanswered", named)),
            keys.limit(self._hourly("domain", domain_of(address), now)),
            keys.limit(self._hourly("everybody", "", now)),
        )
        asked, linked, *counts = (int(value or 0) for value in cast("list[str | None]", found))
        return Counts(_recent(asked, now), _recent(linked, now), *counts)

    def letter(self, kind: str, address: str, now: datetime) -> None:
        """Note that a letter goes to an address: `ASKED` or `LINKED`."""
        keys, named = self._store.keys, lookup_key(address)
        last = keys.last(self._named(kind, named))
        self._store.text.set(last, int(now.timestamp()), ex=REST)
        self._count(self._hourly("domain", domain_of(address), now))
        self._count(self._hourly("everybody", "", now))
        if kind == ASKED:
            self._count(self._named("unanswered", named), _YEAR)

    def answered(self, address: str) -> None:
        """Its owner confirmed: he may ask again, and be asked."""
        keys, named = self._store.keys, lookup_key(address)
        asked, unanswered = self._named(ASKED, named), self._named("unanswered", named)
        self._store.text.delete(keys.last(asked), keys.limit(unanswered))

    def _count(self, name: str, seconds: int = 2 * _HOUR) -> int:
        pipe = self._store.text.pipeline()
        pipe.incr(self._store.keys.limit(name))
        pipe.expire(self._store.keys.limit(name), seconds)
        return int(pipe.execute()[0])

    def _hourly(self, what: str, whose: str, now: datetime) -> str:
        return f"{self._named(what, whose)}:{int(now.timestamp()) // _HOUR}"

    def _named(self, what: str, whose: str) -> str:
        """The name of a count, which tells nobody whose it is."""
        mac = self._key().mac(f"limit\0{what}\0{whose}".encode())
        return f"{what}:{mac.hex()[:_DIGITS]}"


def next_hour(now: datetime) -> datetime:
    """When counts by the hour begin anew."""
    return datetime.fromtimestamp((int(now.timestamp()) // _HOUR + 1) * _HOUR, UTC)


def network_of(ip: str) -> str:
    """The network that an address is in; what is none is one by itself."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(ip_network((address, _V6), strict=False))
        address = address.ipv4_mapped
    return str(ip_network((address, _V4), strict=False))


def _recent(stamp: int, now: datetime) -> datetime | None:
    """The moment of a stamp, if it is less than `REST` ago."""
    at = datetime.fromtimestamp(stamp, UTC)
    return at if now - at < REST else None
