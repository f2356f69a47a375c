"""Links that only we can make: signed, bound to their purpose, short (STANDARDS S-4).

A token is base64url of: version and purpose, key, subscriber, a number that is the purpose's own,
and the first 128 bits of their HMAC-SHA256. It holds no address and needs no storage. It names the
key that signed it, so that a new key can sign while those before it go on verifying.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Self

from syndicate.errors import TokenError

if TYPE_CHECKING:
    from syndicate.settings.key import Key, Keyring

_VERSION = 1
#: The first byte: the version above, the purpose below.
_PURPOSES = 16
_BODY = struct.Struct(">BBII")
#: Bytes of the HMAC that are kept: 128 bits can't be guessed.
_MAC = 16
#: Characters of every token.
LENGTH = 35
#: Has a key's tokens differ from all else that it signs.
_DOMAIN = b"syndicate token\0"
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class Purpose(IntEnum):
    """What a token allows; one made for another purpose is forged."""

    #: Leave the digests of the mailing that the number names.
    UNSUBSCRIBE = 1
    #: See and change everything that is kept of him.
    PREFERENCES = 2
    #: Say that he did ask, at the second that the number names.
    CONFIRM = 3
    #: Say that the address he wants to move to is his, as he asked at that second.
    MOVE = 4
    #: Take back a leaving: the entry of his record of consent that the number names.
    UNDO = 5


#: Whose links those of a test are: no subscriber has that id.
NOBODY = 0

#: The page of each that is a link, below the web app's URL; UNDO stands in a page's form.
PAGES = {
    Purpose.UNSUBSCRIBE: "u",
    Purpose.PREFERENCES: "preferences",
    Purpose.CONFIRM: "confirm",
    Purpose.MOVE: "move",
}

#: For how long each is good, from the second that its number names. One may leave by a mail of any
#: age. Preferences show what is known of a person, and mails are forwarded and lie in archives for
#: years: after one, which is more than the 60 days of STANDARDS 119, the page sends him a new link.
LIFETIMES = {
    Purpose.PREFERENCES: timedelta(days=365),
    Purpose.CONFIRM: timedelta(hours=48),
    Purpose.MOVE: timedelta(hours=48),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says."""

    purpose: Purpose
    subscriber: int
    #: A mailing's id, or the second since 1970 from which it is good; 32 bits.
    number: int

    @classmethod
    def at(cls, purpose: Purpose, subscriber: int, now: datetime) -> Self:
        """One that is good from now on, for as long as `LIFETIMES` says."""
        return cls(purpose, subscriber, int(now.timestamp()))

    @property
    def expires_at(self) -> datetime | None:
        """From when on it is good no more; None: it is for ever."""
        if self.purpose not in LIFETIMES:
            return None
        return datetime.fromtimestamp(self.number, UTC) + LIFETIMES[self.purpose]

    def is_expired(self, now: datetime) -> bool:
        """Whether its page is to offer a new one instead: it is ours, but too old."""
        end = self.expires_at
        return end is not None and now >= end


def link(web: str, key: Key, claim: Claim) -> str:
    """The URL of a claim; `web` is what all of ours begin with (`[web] url`)."""
    return f"{web}/{PAGES[claim.purpose]}/{sign(key, claim)}"


def sign(key: Key, claim: Claim) -> str:
    """The token of a claim: always `LENGTH` characters, and the same for the same claim and key."""
    first = _VERSION * _PURPOSES + claim.purpose
    return _written(key, _BODY.pack(first, key.id, claim.subscriber, claim.number))


def verify(keys: Keyring, token: str, purpose: Purpose) -> Claim:
    """What a token says, if it is ours and made for this purpose; it may be expired.

    Raises:
        TokenError: it is not.
    """
    body = _body(token)
    key = keys.get(body[1]) if body else None
    # Written anew, not decoded: base64 has several ways to say the same, and only one is ours.
    if key is None or not hmac.compare_digest(token, _written(key, body)):
        raise TokenError("this link is cut short or not one of ours; use the one in a newer mail")
    first, _, subscriber, number = _BODY.unpack(body)
    if first != _VERSION * _PURPOSES + purpose:
        raise TokenError("this link is for something else; use the one in your mail")
    return Claim(purpose, subscriber, number)


def _body(token: str) -> bytes:
    """What is signed in it; nothing if it can't be one of ours."""
    if len(token) != LENGTH or not token.isascii():
        return b""
    try:
        raw = base64.b64decode(token + "=", altchars=b"-_", validate=True)
    except binascii.Error:
        return b""
    return raw[: _BODY.size]


def _written(key: Key, body: bytes) -> str:
    raw = body + key.mac(_DOMAIN + body)[:_MAC]
    return binascii.b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode()
