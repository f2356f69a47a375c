"""A mail in parts, as far as a report needs them: bounded, linear, and never an exception.

Not the standard library's parser: 1 MB that somebody made for it (250 multiparts in one another)
takes it 15 s, and at 2,000 of them it raises RecursionError. Reports need few of its powers, and
come from anybody.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
from collections import deque
from dataclasses import dataclass, replace
from email.errors import HeaderParseError
from email.header import decode_header
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: Bytes of a mail that are read: what is behind them is of the message that it is about.
MOST_BYTES = 1_000_000
#: Parts within parts that are looked into: a report of a report has four.
_DEPTH = 6
#: Parts of a mail in all: a report has three, and those of the message that it is about.
_PARTS = 100
#: Bytes and lines of one header, and characters of one of its fields.
_HEADER, _LINES, _FIELD = 64_000, 2_000, 2_000
#: Characters of a text: what a bounce has to say stands before the message that it quotes.
_TEXT = 20_000
#: Characters of a boundary; RFC 2046 §5.1.1 allows 70.
_BOUNDARY = 200

_TYPE = re.compile(r"\s{0,9}([\w.+-]{1,60}/[\w.+-]{1,60})")
_PARAMETER = r';\s{{0,9}}{}\s{{0,9}}=\s{{0,9}}(?:"([^"]*)"|([^\s;"]+))'
_PARAMETERS = {
    name: re.compile(_PARAMETER.format(name), re.IGNORECASE)
    for name in ("boundary", "charset", "report-type")
}
#: Charsets that texts are in. Python has codecs that are none, and slow ones.
_CHARSET = re.compile(
    r"(?:us-)?ascii|utf-?(?:8|16)|iso-8859-\d{1,2}|latin-?1|windows-\d{3,4}|cp\d{3,4}|big5(?:-hkscs)?|"
    r"hz|euc-?[a-z]{2}|iso-2022-[a-z]{2}|shift[_-]jis|koi8-[ru]"
)
#: Senders say so of texts that have characters of its successor, which can do all that it can.
_GB = re.compile(r"gb[_-]?(?:2312|k|18030)(?:-80)?")
_TAG = re.compile(r"<[^<>]*>")
#: Types whose body is a message, or its header.
ENCLOSED = frozenset(
    (
        *("message/rfc822", "message/global", "message/partial", "text/rfc822"),
        *("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"),
    )
)


@dataclass(frozen=True, slots=True)
class Part:
    """A mail, or a part of one."""

    #: By their names in small letters, unfolded, in their order.
    fields: Mapping[str, tuple[str, ...]]
    #: Decoded from its transfer encoding; lines end with LF.
    body: bytes
    parts: tuple[Part, ...] = ()

    def get(self, name: str) -> str:
        """The first field of that name; empty if there is none."""
        return self.fields.get(name, ("",))[0]

    @property
    def type(self) -> str:
        """The MIME type, in small letters."""
        found = _TYPE.match(self.get("content-type"))
        return found[1].lower() if found else "text/plain"

    def parameter(self, name: str) -> str:
        """A parameter of its type, in small letters; empty if it isn't there."""
        return _parameter(self.get("content-type"), name).lower()

    @property
    def subject(self) -> str:
        """Its subject as people read it."""
        return unworded(self.get("subject"))

    @property
    def text(self) -> str:
        """What it says, as far as it is worth reading; HTML without its tags."""
        # No charset takes more bytes for a character, and tags take half of what HTML there is.
        text = decoded(self.body[: 4 * _TEXT], self.parameter("charset"))
        if self.type == "text/html":
            text = html.unescape(_TAG.sub(" ", text[: 2 * _TEXT]))
        return text[:_TEXT]

    def walk(self) -> Iterator[Part]:
        """Itself and all parts within, the outer ones first."""
        waiting = deque([self])
        while waiting:
            part = waiting.popleft()
            yield part
            waiting.extend(part.parts)

    def leaves(self) -> Iterator[Part]:
        """What it is made of, but for what is in a message that it encloses."""
        if self.type in ENCLOSED:
            return
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


def read(message: bytes) -> Part:
    """The parts of a mail: any bytes are one."""
    lines = message[:MOST_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if lines.startswith((b"From ", b">From ")):
        # What mbox has before each.
        lines = lines.partition(b"\n")[2]
    return _Reader(_PARTS).part(lines, _DEPTH)


def fields_of(header: bytes) -> dict[str, tuple[str, ...]]:
    """The fields of a header whose lines end with LF; lines that are none are left out."""
    found: dict[str, list[list[bytes]]] = {}
    words: list[bytes] = []
    for line in header.split(b"\n", _LINES)[:_LINES]:
        if line[:1] in (b" ", b"\t"):
            words.append(line.strip())
            continue
        name, colon, value = line.partition(b":")
        words = [value.strip()]
        if colon:
            found.setdefault(name.strip().lower().decode("latin-1"), []).append(words)
    return {name: tuple(map(_unfolded, values)) for name, values in found.items()}


def decoded(octets: bytes, charset: str = "") -> str:
    """A text in the charset that it says, or in the one that fits; wrong bytes are replaced."""
    if _GB.fullmatch(charset):
        return octets.decode("gb18030", "replace")
    if charset not in ("", "us-ascii", "ascii") and _CHARSET.fullmatch(charset):
        try:
            return octets.decode(charset, "replace")
        except LookupError:
            # Such as iso-8859-12, which was never made.
            return decoded(octets)
    try:
        # Its end may be cut off within a character.
        return codecs.utf_8_decode(octets, "strict", False)[0]
    except UnicodeDecodeError:
        pass
    try:
        return octets.decode("gb18030")
    except UnicodeDecodeError:
        return octets.decode("utf-8", "replace")


def unworded(value: str) -> str:
    """A field's value with its encoded words (RFC 2047) as people read them."""
    if "=?" not in value:
        return value
    try:
        words = decode_header(value[:_FIELD])
    except HeaderParseError:
        return value
    return "".join(
        word if isinstance(word, str) else decoded(word, (charset or "").lower())
        for word, charset in words
    )


def _unfolded(words: Sequence[bytes]) -> str:
    return decoded(b" ".join(words)[:_FIELD]).replace("\ufffd", "?")


def _parameter(value: str, name: str) -> str:
    found = _PARAMETERS[name].search(value)
    return (found[1] or found[2] or "").strip() if found else ""


class _Reader:
    """Reads one mail; what is beyond its number of parts is left out."""

    def __init__(self, most: int) -> None:
        self._left = most

    def part(self, octets: bytes, depth: int) -> Part:
        """A part, with the parts in it down to a depth."""
        self._left -= 1
        header, _, body = _cut(octets)
        fields = fields_of(header[:_HEADER])
        part = Part(fields, _untransferred(body, fields))
        if depth == 0:
            return part
        if part.type in ENCLOSED:
            return replace(part, parts=(self.part(part.body.lstrip(b"\n"), depth - 1),))
        boundary = _parameter(part.get("content-type"), "boundary").encode()
        if not boundary or not part.type.startswith("multipart/"):
            return part
        pieces = _pieces(body, boundary[:_BOUNDARY], max(self._left, 0))
        parts = tuple(self.part(piece, depth - 1) for piece in pieces if self._left > 0)
        return replace(part, parts=parts)


def _cut(octets: bytes) -> tuple[bytes, bytes, bytes]:
    """Header and body; a part may begin with its body."""
    if octets.startswith(b"\n"):
        return b"", b"\n", octets[1:]
    return octets.partition(b"\n\n")


def _pieces(body: bytes, boundary: bytes, most: int) -> list[bytes]:
    """What stands between the delimiters of a multipart (RFC 2046 §5.1.1); it may lack its end."""
    delimiter = b"\n--" + boundary
    found: list[bytes] = []
    for piece in (b"\n" + body).split(delimiter, most)[1:]:
        if piece.startswith(b"--"):
            break
        line, _, rest = piece.partition(b"\n")
        if not line.strip():
            found.append(rest)
        elif found:
            # Another boundary, which begins as this one does.
            found[-1] += delimiter + piece
    return found


def _untransferred(body: bytes, fields: Mapping[str, tuple[str, ...]]) -> bytes:
    encoding = fields.get("content-transfer-encoding", ("",))[0].strip().lower()
    try:
        if encoding == "base64":
            return base64.b64decode(body).replace(b"\r\n", b"\n")
    except binascii.Error:
        return body
    return binascii.a2b_qp(body) if encoding == "quoted-printable" else body
