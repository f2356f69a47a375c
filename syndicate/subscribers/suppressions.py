"""The suppression list: to whom nothing is sent, whatever anybody is subscribed to.

An entry is an address; `@mail.example`, for all at a domain; `@.mail.example`, for all at it and at
every domain below it; or `#` and a keyed hash, for the address of somebody who was erased. That one
keeps lists from bringing him back, and ends when he signs up and confirms again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from functools import cached_property
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from syndicate.errors import AddressError, NotFoundError
from syndicate.store.keys import ADDRESS_BUCKETS
from syndicate.subscribers import changes, record
from syndicate.subscribers.address import domain_of, lookup_key, parse_address
from syndicate.subscribers.model import Reason, Suppression

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from syndicate.store.client import Store
    from syndicate.subscribers.model import Subscriber
    from syndicate.subscribers.store import SubscriberStore

#: Hashes of addresses looked through in one round trip: about 8,000 addresses of a million.
_BUCKETS = 128
#: Entries read in one round trip while listing.
_PAGE = 1000
_KEY_BYTES = 32


def parse_entry(text: str) -> str:
    """The entry of an address or of a domain, as it is compared.

    Raises:
        AddressError: it is neither.
    """
    text = text.strip()
    if not text.startswith("@"):
        return lookup_key(parse_address(text))
    below = "." if text.startswith("@.") else ""
    try:
        domain = domain_of(parse_address(f"x@{text[1 + len(below) :]}"))
    except AddressError as error:
        raise AddressError(
            f"{text[:254]!r} is no domain; write @mail.example, or @.mail.example to have all "
            "below it as well"
        ) from error
    return f"@{below}{domain}"


def entries_of(address: str) -> tuple[str, ...]:
    """The entries that bar an address, itself the first."""
    name, domain = lookup_key(address), domain_of(address)
    labels = domain.split(".")
    above = (f"@.{'.'.join(labels[n:])}" for n in range(len(labels)))
    return (name, f"@{domain}", *above)


class Suppressions:
    """The suppression list of one site."""

    def __init__(self, store: Store, subscribers: SubscriberStore) -> None:
        self._store = store
        self._subscribers = subscribers

    # Changing

    def add(self, entry: str, why: Suppression, now: datetime, how: Mapping[str, str]) -> int:
        """Put what `parse_entry` gave on the list; how many subscribers get nothing more for it.

        An address has its subscriber suppressed at the same moment. Of a domain the entry comes
        first, so that nothing more goes out, and then its subscribers page by page: a repetition
        does what is left. An entry that there was says what it said.
        """
        why = self.get(entry) or why
        listed = {entry: dumps(why)}
        if _is_domain(entry) or not any(self._at(entry)):
            self._store.text.hset(self._store.keys.suppressions, entry, listed[entry])

        def suppress(one: Subscriber) -> Subscriber:
            # He may have moved since.
            return changes.suppress(one, why) if entry in entries_of(one.address) else one

        return sum(self._alter(one, suppress, now, how, listed) for one in self._at(entry))

    def lift(self, entry: str, now: datetime, how: Mapping[str, str]) -> int:
        """Take an entry off; how many subscribers get again what they are subscribed to.

        Whom another entry bars stays suppressed. The entry goes last: a repetition does what is
        left. Of an address that was erased, it is the hash that goes.

        Raises:
            NotFoundError: it isn't on the list.
        """
        off = [entry] if _is_domain(entry) else [entry, self.hashed(entry)]
        key = self._store.keys.suppressions
        if not any(self._store.text.hmget(key, off)):
            raise NotFoundError(f"{entry} is not on the suppression list")

        def free(one: Subscriber) -> Subscriber:
            return changes.lift(one, self._bar(one.address, entry))

        def bar(one: Subscriber) -> Subscriber:
            why = self._bar(one.address, entry)
            return changes.suppress(one, why) if why else one

        done = 0
        for one in self._at(entry):
            done += self._alter(one, free, now, how)
            # Another entry may have come in between, and have found him suppressed already.
            done -= self._alter(one, bar, now, how)
        self._store.text.hdel(key, *off)
        return done

    def erased(self, address: str, source: str, now: datetime) -> dict[str, str]:
        """What the list is to say of whom is erased: nothing of his address, and its hash."""
        why = Suppression(Reason.ERASED, source, now)
        return {lookup_key(address): "", self.hashed(address): dumps(why)}

    def welcome_back(self, address: str) -> dict[str, str]:
        """What the list is to say of whom was erased and confirmed anew: nothing any more."""
        return {self.hashed(address): ""}

    def _alter(
        self,
        subscriber: int,
        change: Callable[[Subscriber], Subscriber],
        now: datetime,
        how: Mapping[str, str],
        listed: Mapping[str, str] = MappingProxyType({}),
    ) -> bool:
        """Whether it changed whether he gets something."""
        try:
            before, after = self._subscribers.alter(subscriber, change, now, how, listed)
        except NotFoundError:  # gone in between
            return False
        return after is not None and bool(before.suppression) != bool(after.suppression)

    # Looking

    def get(self, entry: str) -> Suppression | None:
        """What an entry says; None if there is none."""
        found = self._said([entry])
        return loads(found[entry]) if found else None

    def which(self, addresses: Iterable[str]) -> dict[str, Suppression]:
        """Those of these addresses that may not be sent to, each with why.

        Who was erased is among them (`Reason.ERASED`): no list brings him back. He himself may.
        """
        return self._which({one: (*entries_of(one), self.hashed(one)) for one in addresses})

    def barring(self, addresses: Iterable[str]) -> dict[str, Suppression]:
        """The same but for who was erased: those who have a record of that are suppressed in it."""
        return self._which({one: entries_of(one) for one in addresses})

    def count(self) -> int:
        """How many entries there are."""
        return self._store.text.hlen(self._store.keys.suppressions)

    def all(self) -> Iterator[tuple[str, Suppression]]:
        """Every entry, in no order."""
        key = self._store.keys.suppressions
        for entry, text in self._store.text.hscan_iter(key, count=_PAGE):
            yield entry, loads(text)

    def hashed(self, address: str) -> str:
        """The entry of an address that was erased: nobody reads it back without the key."""
        mac = hmac.digest(self._key, lookup_key(address).encode(), hashlib.sha256)
        return f"#{mac.hex()}"

    @cached_property
    def _key(self) -> bytes:
        """That of this site, for ever.

        It is no signing key: those are rotated, and nobody can make a hash anew without its
        address. All machines have it, for it stands where the list does.
        """
        key = self._store.keys.suppression_key
        self._store.text.set(key, secrets.token_hex(_KEY_BYTES), nx=True)
        return bytes.fromhex(cast("str", self._store.text.get(key)))

    def _which(self, wanted: Mapping[str, tuple[str, ...]]) -> dict[str, Suppression]:
        said = self._said(dict.fromkeys(chain.from_iterable(wanted.values())))
        found = {
            one: next((said[entry] for entry in entries if entry in said), "")
            for one, entries in wanted.items()
        }
        return {one: loads(text) for one, text in found.items() if text}

    def _bar(self, address: str, without: str) -> Suppression | None:
        """What bars an address, beside that entry."""
        said = self._said([entry for entry in entries_of(address) if entry != without])
        return loads(next(iter(said.values()))) if said else None

    def _said(self, entries: Collection[str]) -> dict[str, str]:
        """What those of these entries say that there are."""
        if not entries:
            return {}
        found = self._store.text.hmget(self._store.keys.suppressions, list(entries))
        pairs = zip(entries, cast("list[str | None]", found), strict=True)
        return {entry: text for entry, text in pairs if text}

    def _at(self, entry: str) -> Iterator[int]:
        """The subscribers that an entry is about."""
        if not _is_domain(entry):
            yield from (one.id for one in self._subscribers.known([entry]).values())
            return
        name = entry.lstrip("@.")
        tails = (f"@{name}", f".{name}") if entry.startswith("@.") else (f"@{name}",)
        for start in range(0, ADDRESS_BUCKETS, _BUCKETS):
            pipe = self._store.text.pipeline(transaction=False)
            for bucket in range(start, start + _BUCKETS):
                pipe.hgetall(self._store.keys.address_bucket(bucket))
            for found in pipe.execute():
                yield from (int(i) for address, i in found.items() if address.endswith(tails))


def dumps(why: Suppression) -> str:
    """An entry as the list keeps it."""
    values = {"reason": why.reason, "source": why.source, "at": record.stamp(why.at)}
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> Suppression:
    """What `dumps` wrote."""
    values = json.loads(text)
    return Suppression(Reason(values["reason"]), values["source"], record.time_of(values["at"]))


def _is_domain(entry: str) -> bool:
    return entry.startswith("@")
