"""Sign-ups that wait to be looked at. To take one in costs the same whoever's address it names."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from syndicate.subscribers.address import lookup_key
from syndicate.subscribers.model import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from syndicate.store.client import Store

#: Sign-ups that wait at the most, some 30 MB: beyond it Redis is worth more than they are.
MOST_WAITING = 100_000
#: Sign-ups read in one round trip.
_PAGE = 100
#: Bytes of a sign-up's name: no two share it.
_NAME = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """What somebody asked for, in whose name we don't know."""

    #: Tells it from every other.
    id: str = field(default_factory=lambda: secrets.token_urlsafe(_NAME))
    #: As `parse_address` gave it.
    address: str
    digests: tuple[Digest, ...]
    at: datetime
    #: What to call him, as he wrote it.
    name: str = ""
    #: Which of our languages he read; empty: the site's.
    language: str = ""
    #: By what act: method, IP, agent, form, and the version of the text that he read.
    how: Mapping[str, str] = field(default_factory=dict)

    def dumps(self) -> str:
        """As it is kept."""
        values = {
            "id": self.id,
            "address": self.address,
            "digests": list(map(str, self.digests)),
            "at": self.at.isoformat(),
            "name": self.name,
            "language": self.language,
            "how": dict(self.how),
        }
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> SignUp:
        """What `dumps` wrote."""
        values: dict[str, Any] = json.loads(text)
        digests = tuple(map(Digest.parse, values.pop("digests")))
        return cls(digests=digests, at=datetime.fromisoformat(values.pop("at")), **values)


class Signups:
    """The sign-ups of one site, in Redis.

    One is taken out when all is done that follows from it. Until then whoever takes it up, again
    and after a crash as well, does the same about it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, one: SignUp) -> bool:
        """Have one looked at; False: too many wait."""
        key = self._store.keys.signups
        if self._store.text.zcard(key) >= MOST_WAITING:
            return False
        self._store.text.zadd(key, {one.dumps(): one.at.timestamp()})
        return True

    def is_due(self, now: datetime) -> bool:
        """Whether one waits that may be looked at."""
        return bool(self._store.text.zcount(self._store.keys.signups, "-inf", now.timestamp()))

    def due(self, now: datetime) -> list[SignUp]:
        """Some that may be looked at, the longest waiting first."""
        found = self._store.text.zrange(
            *(self._store.keys.signups, "-inf", now.timestamp()), byscore=True, offset=0, num=_PAGE
        )
        return list(map(SignUp.loads, cast("list[str]", found)))

    def put_off(self, one: SignUp, until: datetime) -> None:
        """Have it looked at then, if it still waits."""
        key = self._store.keys.signups
        self._store.text.zadd(key, {one.dumps(): until.timestamp()}, xx=True)

    def end(self, one: SignUp) -> None:
        """All is done about it."""
        self._store.text.zrem(self._store.keys.signups, one.dumps())

    def forget(self, address: str) -> int:
        """Take out all that name an address, whose owner was erased; how many there were."""
        named = [one for one in self._all() if lookup_key(one.address) == lookup_key(address)]
        for one in named:
            self.end(one)
        return len(named)

    def keep_text(self, version: str, text: str) -> None:
        """Keep a text that consent was given to, so that its version can be read for ever."""
        self._store.text.hsetnx(self._store.keys.consent_texts, version, text)

    def text(self, version: str) -> str:
        """The text of a version; empty if it is unknown."""
        found = self._store.text.hget(self._store.keys.consent_texts, version)
        return cast("str | None", found) or ""

    def _all(self) -> Iterator[SignUp]:
        for member, _ in self._store.text.zscan_iter(self._store.keys.signups):
            yield SignUp.loads(str(member))
