"""When a form of ours was fetched, and what it said: signed, in the form itself."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syndicate.settings.key import Key, Keyring

#: Hex digits of the HMAC: nobody signs one by guessing 64 bits.
_MAC = 16
_STAMP = re.compile(r"([0-9a-f]{2})-([0-9]{1,12})-([0-9a-f]{1,64})-([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A form that we made."""

    made_at: datetime
    #: The version of the text that it had people consent to.
    version: str


def write(key: Key, stamp: Stamp) -> str:
    """The stamp as a field of the form."""
    body = f"{key.name}-{int(stamp.made_at.timestamp())}-{stamp.version}"
    return f"{body}-{_signed(key, body)}"


def read(keys: Keyring, text: str) -> Stamp | None:
    """What `write` wrote; None: it is none of ours."""
    match = _STAMP.fullmatch(text[:100])
    key = keys.get(int(match[1], 16)) if match else None
    if match is None or key is None:
        return None
    if not hmac.compare_digest(match[4], _signed(key, text.rpartition("-")[0])):
        return None
    return Stamp(datetime.fromtimestamp(int(match[2]), UTC), match[3])


def _signed(key: Key, body: str) -> str:
    return key.mac(f"form\0{body}".encode()).hex()[:_MAC]
