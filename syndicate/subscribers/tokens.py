"""Links that only we can make: signed, bound to their purpose, short (STANDARDS S-4).

A token is base64url of: version, purpose, subscriber, list (here: the mailing it came in), and
the first 128 bits of their HMAC-SHA256. It holds no address and needs no storage.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from enum import IntEnum

from syndicate.errors import TokenError

_VERSION = 1
_BODY = struct.Struct(">BBII")
#: Bytes of the HMAC that are kept: 128 bits can't be guessed.
_MAC = 16


class Purpose(IntEnum):
    """What a token allows; one made for another purpose is forged."""

    UNSUBSCRIBE = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says."""

    purpose: Purpose
    subscriber: int
    mailing: int


def sign(key: bytes, claim: Claim) -> str:
    """The token of a claim: always 35 characters, and the same for the same claim."""
    body = _BODY.pack(_VERSION, claim.purpose, claim.subscriber, claim.mailing)
    return _written(key, body)


def verify(key: bytes, token: str, purpose: Purpose) -> Claim:
    """What a token says, if it is ours and made for this purpose.

    Raises:
        TokenError: it is not.
    """
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    body = raw[: _BODY.size]
    # Written anew, not decoded: base64 has several ways to say the same, and only one is ours.
    if not token.isascii() or not hmac.compare_digest(token, _written(key, body)):
        raise TokenError("this link is cut short or not one of ours; use the one in your mail")
    version, kind, subscriber, mailing = _BODY.unpack(body)
    if version != _VERSION or kind != purpose:
        raise TokenError("this link is for something else; use the one in your mail")
    return Claim(purpose, subscriber, mailing)


def _written(key: bytes, body: bytes) -> str:
    mac = hmac.digest(key, b"syndicate token\0" + body, hashlib.sha256)[:_MAC]
    return base64.urlsafe_b64encode(body + mac).decode().rstrip("=")
