"""DKIM (RFC 6376, RFC 8463): signs the final bytes of a message as it is filled.

Whatever is the same in all messages of a mailing is hashed once. A reader costs the hash of what
comes after the first slot of the body, and the signature itself.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from syndicate.digests.headers import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from syndicate.digests.template import MessageTemplate, Personal

#: Fields of which none may be added later: named once more than they are there (RFC 6376 §8.15,
#: STANDARDS 84). All others that a message has are signed too.
_OVERSIGNED = (
    *(b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"reply-to", b"mime-version"),
    *(b"content-type", b"content-transfer-encoding", b"list-id", b"list-unsubscribe"),
    *(b"list-unsubscribe-post", b"feedback-id"),
)
#: base64 characters of a signature on one line.
_LINE = 72
#: Fields made but for what they sign, that a process keeps: two for a mailing.
_KEPT = 128
#: Characters of a part of `h=` that stays on one line.
_NAMES = 60
_FIELD = re.compile(rb"([!-9;-~]+):((?:[^\r\n]|\r\n[ \t])*)\r\n")
#: Stands for a slot while fields are told apart; no field holds a NUL.
_GAP = b"\0"
_LINE_END_BLANKS = re.compile(rb"[ \t]+(?=\r\n)")
_BLANKS = re.compile(rb"[ \t]+")


@dataclass(frozen=True, slots=True)
class Signer:
    """A key in use."""

    #: `a=`, such as `rsa-sha256`.
    algorithm: str
    domain: str
    selector: str
    #: From a SHA-256 digest to a signature; the same for the same digest.
    sign: Callable[[bytes], bytes]
    #: Seconds that a signature is good for; None: for ever.
    lifetime: int | None = None
    #: The other half of the key, in base64 as DNS has it (`p=`).
    public: str = ""


class Seal:
    """Fills a template and signs what comes out; the same reader gets the same bytes."""

    def __init__(self, signers: Sequence[Signer], template: MessageTemplate) -> None:
        self._template = template
        place = next(n for n, s in enumerate(template.segments) if b"\r\n\r\n" in s)
        end, _, body = template.segments[place].partition(b"\r\n\r\n")
        fields = _fields([*template.segments[:place], end + b"\r\n"])
        fixed = [(name, value) for name, value in fields if _GAP not in value]
        self._header = hashlib.sha256(b"".join(_relaxed_field(*each) for each in fixed))
        self._personal = [(name, value) for name, value in fields if _GAP in value]
        self._body = hashlib.sha256(_relaxed_body(body))
        self._place = place
        self._rest = [_relaxed_body(segment) for segment in template.segments[place + 1 :]]
        names = tuple(name for name, _ in (*fixed, *self._personal))
        date = dict(fields)[b"Date"]
        self._signatures = [_signature(signer, names, date) for signer in signers]

    def fill(self, personal: Personal) -> bytes:
        """One reader's message, signed; raises what `MessageTemplate.fill` raises."""
        return self.close(self._template.values(personal))

    def close(self, values: list[bytes]) -> bytes:
        """The message whose slots hold these values, signed."""
        return self.fields(values) + self._template.join(values)

    def fields(self, values: list[bytes]) -> bytes:
        """The signatures of that message: what stands before it."""
        body = self._body.copy()
        for value, segment in zip(values[self._place :], self._rest, strict=True):
            body.update(_relaxed_body(value) + segment)
        header = self._header.copy()
        for (name, around), value in zip(self._personal, values, strict=False):
            header.update(_relaxed_field(name, around.replace(_GAP, value)))
        body_hash = b64encode(body.digest())
        return b"".join(one.field(header.copy(), body_hash) for one in self._signatures)


class _Signature:
    """A DKIM-Signature field, made but for what it signs."""

    def __init__(self, signer: Signer, names: Sequence[bytes], date: bytes) -> None:
        named = " ".join(_names(names))
        moment = int(parsedate_to_datetime(date.strip().decode()).timestamp())
        tags = [
            *("v=1;", f"a={signer.algorithm};", "c=relaxed/relaxed;", f"d={signer.domain};"),
            *(f"s={signer.selector};", f"t={moment};"),
        ]
        if signer.lifetime:
            tags.append(f"x={moment + signer.lifetime};")
        name = "DKIM-Signature"
        self._begin = fold(name, [*tags, *f"h={named};".split(" "), "bh="])[: -len("bh=\r\n")]
        self._begin = self._begin.rstrip() + b"\r\n bh="
        self._relaxed = _relaxed_field(*self._begin.split(b":", 1))[:-2]
        self._sign = signer.sign

    def field(self, header: hashlib._Hash, body_hash: bytes) -> bytes:
        """The field over a header so far and the hash of a body."""
        header.update(b"%b%b; b=" % (self._relaxed, body_hash))
        code = b64encode(self._sign(header.digest()))
        lines = b"\r\n ".join([code[n : n + _LINE] for n in range(0, len(code), _LINE)])
        return b"%b%b;\r\n b=%b\r\n" % (self._begin, body_hash, lines)


@lru_cache(_KEPT)
def _signature(signer: Signer, names: tuple[bytes, ...], date: bytes) -> _Signature:
    """The field of a message with these names and that date: all of a mailing have the same."""
    return _Signature(signer, names, date)


def _fields(segments: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """Names and values of a header, with a gap where a slot is."""
    return [(match[1], match[2]) for match in _FIELD.finditer(_GAP.join(segments))]


def _names(present: Sequence[bytes]) -> Iterator[str]:
    """The names for `h=`, joined by colons, in parts that fit a line."""
    there = [name.lower() for name in present]
    absent = [name for name in _OVERSIGNED if name not in there]
    twice = [[name] * (1 + (name in _OVERSIGNED)) for name in there]
    part = ""
    # What is named without being there is signed as such, wherever it stands.
    names = [name.decode() for name in chain(absent, *twice)]
    for name in names:
        if part and len(part) + len(name) >= _NAMES:
            yield part + ":"
            part = ""
        part += f":{name}" if part else name
    yield part


def _relaxed_field(name: bytes, value: bytes) -> bytes:
    """RFC 6376 §3.4.2."""
    return b"%b:%b\r\n" % (name.lower(), b" ".join(value.split()))


def _relaxed_body(lines: bytes) -> bytes:
    """RFC 6376 §3.4.4, but for empty lines at the end: no message of ours has any."""
    # Most bodies are so already, which is seen far faster than done.
    if b"\t" not in lines and b"  " not in lines and b" \r\n" not in lines:
        return lines
    return _BLANKS.sub(b" ", _LINE_END_BLANKS.sub(b"", lines))
