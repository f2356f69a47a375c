"""The keys of tokens and Message-IDs: one signs, and what others signed before goes on holding."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from syndicate.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

#: Bytes of a signing key: as many as HMAC-SHA256 makes of it (RFC 2104 §3 wants no fewer).
KEY_BYTES = 32


@dataclass(frozen=True)
class Key:
    """A key, which nothing but `secret` itself shows."""

    secret: bytes = field(repr=False)
    #: None: it is in the settings, which don't say.
    made_at: datetime | None = None

    @cached_property
    def id(self) -> int:
        """Names it in what it signs: a byte of its hash, so that all machines call it the same."""
        return hashlib.sha256(b"syndicate key\0" + self.secret).digest()[0]

    @property
    def name(self) -> str:
        """The id as people read and type it."""
        return f"{self.id:02x}"

    def mac(self, message: bytes) -> bytes:
        """The HMAC-SHA256 of a message."""
        made = self._blank.copy()
        made.update(message)
        return made.digest()

    @cached_property
    def _blank(self) -> hmac.HMAC:
        """That of nothing: with it the key itself is hashed once."""
        return hmac.new(self.secret, digestmod=hashlib.sha256)


@dataclass(frozen=True)
class Keyring:
    """The keys of a site at one moment: the first signs, all verify."""

    keys: tuple[Key, ...]

    @classmethod
    def of(cls, keys: Iterable[Key]) -> Keyring:
        """Of these keys; one that is there twice counts once.

        Raises:
            SettingsError: two have the same id, as happens to one pair in 256.
        """
        found: dict[int, Key] = {}
        for key in keys:
            if found.setdefault(key.id, key).secret != key.secret:
                raise SettingsError(
                    f"two signing keys are called {key.name}, so links can't tell them apart; "
                    "take another secret"
                )
        return cls(tuple(found.values()))

    @property
    def current(self) -> Key:
        """The one that signs."""
        return self.keys[0]

    def get(self, number: int) -> Key | None:
        """The key of an id, or None."""
        return self._by_id.get(number)

    @cached_property
    def _by_id(self) -> dict[int, Key]:
        return {key.id: key for key in self.keys}

    def signed_until(self, key: Key) -> datetime | None:
        """When another took its place; None: nobody wrote it down, or it signs still."""
        return next((new.made_at for new, old in pairwise(self.keys) if old == key), None)
