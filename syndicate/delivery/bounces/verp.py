"""Addresses that only we can make, one for each delivery (VERP): what comes to one names it.

`bounces+TOKEN@mail.example` is the envelope's sender of a message, so that its bounce says whose it
is even if nothing in the bounce does. TOKEN is base32 of: purpose, key, mailing, subscriber, and
the first 80 bits of their HMAC-SHA256. Base32 in small letters, for relays may write a local part
in either case, and some do; 32 characters, so that the whole has room in the 64 octets of a local
part (RFC 5321 §4.5.3.1.1); 80 bits, for each guess costs a mail, and nobody can send 2^80.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syndicate.settings.key import Key, Keyring

_BODY = struct.Struct(">BBII")
#: Bytes of the HMAC that are kept: with them a token needs no padding.
_MAC = 10
#: Characters of a token.
LENGTH = 32
#: Has a key's addresses differ from all else that it signs.
_DOMAIN = b"syndicate address\0"
_TOKEN = re.compile(rf"\+([a-z2-7]{{{LENGTH}}})@", re.IGNORECASE | re.ASCII)


class Purpose(IntEnum):
    """What mail to an address means; the byte is the format's version, too."""

    #: It is about a delivery that failed, or somebody's machine answers.
    BOUNCE = 1
    #: Its subscriber wants no more of what that delivery was of.
    LEAVE = 2


#: The mailing of a letter: it went out in none.
LETTER = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose delivery an address names."""

    purpose: Purpose
    mailing: int
    subscriber: int


def sender_for(base: str, key: Key, claim: Claim) -> str:
    """The address of a claim: `base` with the token in it; the same for the same claim and key."""
    local, _, domain = base.rpartition("@")
    body = _BODY.pack(claim.purpose, key.id, claim.mailing, claim.subscriber)
    return f"{local}+{_written(key, body)}@{domain}"


def claim_of(keys: Keyring, address: str) -> Claim | None:
    """What an address claims, if it is one of ours; None if it is another's, or forged."""
    found = _TOKEN.search(address)
    if found is None:
        return None
    token = found[1].lower()
    try:
        body = base64.b32decode(token.upper())[: _BODY.size]
    except binascii.Error:
        return None
    purpose, number, mailing, subscriber = _BODY.unpack(body)
    key = keys.get(number)
    if key is None or not hmac.compare_digest(token, _written(key, body)):
        return None
    return Claim(Purpose(purpose), mailing, subscriber)


def _written(key: Key, body: bytes) -> str:
    return base64.b32encode(body + key.mac(_DOMAIN + body)[:_MAC]).decode().lower()
