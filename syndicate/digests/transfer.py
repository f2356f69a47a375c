"""Content-Transfer-Encodings (RFC 2045 §6) of a body that is cut at its slots.

A slot begins a line of its own in what is encoded, so that filling one in touches nothing around
it, however long its value is. No line begins with a dot, for SMTP to stuff, or with `From `, for
mailboxes to mend: either would break a signature.
"""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: base64 characters of a line (RFC 2045 §6.8).
_LINE = 76
#: Bytes that a slot can add to a body as it is decoded: blanks before it and after its value, by
#: which it takes whole groups of three.
BLANKS = 4
#: Bytes of a line that is sent as it is (RFC 5322 §2.1.1), and what it may consist of.
_PLAIN_LINE = 78
_PRINTABLE = bytes((*b"\t\r\n", *range(0x20, 0x7F)))
#: What quoted-printable writes as three bytes.
_QUOTED = bytes({*range(0x80, 0x100), ord("=")})
#: Searched with a line's end before the first line too: much faster than to ask where lines begin.
_BAD_BEGINNING = re.compile(rb"\n((?:\.|From )+)")
_BAD = (b".", b"From ")
#: Bytes of a bad beginning that are quoted on one line.
_QUOTED_A_LINE = 24
_SOFT_BREAK = b"=\r\n"
#: A blank at a line's end that Python quotes on column 77.
_BLANK_BEYOND = re.compile(rb"=(?:20|09)(?=\r\n|\Z)(?<=[^\r\n]{77})")
#: Most of what is filled in: printable ASCII, no bad beginning, no blank at its end.
_PRINTABLE_VALUE = re.compile(rb"(?!\.|From )[ -~]*[!-~]")
#: Bytes of its lines, which leave room for a soft break.
_VALUE_LINE = 74


class Coding(StrEnum):
    """How octets become lines of ASCII, by its name in a header."""

    PLAIN = "7bit"
    QUOTED = "quoted-printable"
    BASE64 = "base64"


class Piece(str):  # noqa: SLOT000 - its attributes are made when they are asked for
    """Text of a body, and what the codings make of it: made once, and kept as long as it is.

    Whoever puts a piece into many mails, as a post is, makes it once and has it encoded once.
    """

    @cached_property
    def octets(self) -> bytes:
        """UTF-8 with line ends as MIME wants them in text (RFC 2046 §4.1.1)."""
        octets = self.encode()
        if b"\r" in octets:
            octets = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return octets.replace(b"\n", b"\r\n")

    @cached_property
    def is_plain(self) -> bool:
        """Whether it can be sent as it is."""
        octets = self.octets
        if octets.translate(None, _PRINTABLE) or _BAD_BEGINNING.search(b"\n" + octets):
            return False
        return max(map(len, octets.split(b"\r\n"))) <= _PLAIN_LINE

    @cached_property
    def sizes(self) -> tuple[int, int]:
        """Its octets, and how many of them quoted-printable writes as three."""
        octets = self.octets
        return len(octets), len(octets) - len(octets.translate(None, _QUOTED))

    @cached_property
    def quoted(self) -> bytes:
        """In quoted-printable, if it is whole lines."""
        return _quoted(self.octets)

    @cached_property
    def base64(self) -> bytes:
        """In base64, filled up with blanks to whole groups."""
        return _base64(_filled_up(self.octets))


def choose(pieces: Sequence[Piece], *, any_values: bool) -> Coding:
    """The most legible that fits, else the shorter (STANDARDS 70).

    `any_values`: what is filled in may be more than a link.
    """
    if not any_values and all(piece.is_plain for piece in pieces):
        return Coding.PLAIN
    plain, to_quote = map(sum, zip(*(piece.sizes for piece in pieces), strict=True))
    quoted = plain + 2 * to_quote
    # Of 75 bytes in quoted lines 73 are the body's, of 78 in base64 57.
    return Coding.QUOTED if quoted * 75 / 73 < plain * 78 / 57 else Coding.BASE64


def encode_segment(coding: Coding, pieces: Sequence[Piece], *, first: bool, last: bool) -> bytes:
    """What stands before the first slot, between two of them, or after the last.

    It may come in pieces, all but the last of which end where a line does. In base64 blanks fill up
    each, at its end or at that of its last line.
    """
    if coding is Coding.PLAIN:
        return b"".join([piece.octets for piece in pieces])
    *whole, end = pieces
    if coding is Coding.BASE64:
        closing = _base64(end.octets) if last else end.base64
        return b"".join([*[piece.base64 for piece in whole], closing])
    begin = b"" if first or pieces[0].octets.startswith(b"\r\n") else _SOFT_BREAK
    if last or not end or end.octets.endswith(b"\r\n"):
        closing = end.quoted
    else:
        closing = _broken_off(end.octets) + _SOFT_BREAK
    return b"".join([begin, *[piece.quoted for piece in whole], closing])


def encode_value(coding: Coding, value: str) -> bytes:
    """What is filled into a slot, one line of text."""
    octets = value.encode()
    if coding is Coding.BASE64:
        return _base64(octets + b" " * (-len(octets) % 3))
    if coding is Coding.PLAIN:
        return octets
    if _PRINTABLE_VALUE.fullmatch(octets):
        # A link, as a rule, and of one line or two: Python's own way takes three times as long.
        quoted = octets.replace(b"=", b"=3D")
        if len(quoted) <= _VALUE_LINE:
            return quoted
        # Not within what stands for one byte.
        code = quoted.find(b"=", _VALUE_LINE - 2, _VALUE_LINE)
        end = _VALUE_LINE if code < 0 else code
        if len(quoted) <= end + _VALUE_LINE and not quoted.startswith(_BAD, end):
            return b"%b=\r\n%b" % (quoted[:end], quoted[end:])
    return _broken_off(octets)


def _filled_up(octets: bytes) -> bytes:
    head, end = (octets[:-2], b"\r\n") if octets.endswith(b"\r\n") else (octets, b"")
    return head + b" " * (-len(octets) % 3) + end


def _base64(octets: bytes) -> bytes:
    code = b2a_base64(octets, newline=False)
    if len(code) <= 2 * _LINE:
        # A link, as a rule.
        head, tail = code[:_LINE], code[_LINE:]
        return b"%b\r\n%b\r\n" % (head, tail) if tail else code + b"\r\n"
    return b"".join([code[n : n + _LINE] + b"\r\n" for n in range(0, len(code), _LINE)])


def _broken_off(octets: bytes) -> bytes:
    """Quoted so that a soft break can follow: the last line has room for it, if it needs one."""
    return _quoted(octets + b"x")[:-1].removesuffix(_SOFT_BREAK)


def _quoted(octets: bytes) -> bytes:
    lines = b2a_qp(octets)
    if b"\n" not in octets:
        # Where it finds no line's end, it breaks as Unix does.
        lines = lines.replace(b"\n", b"\r\n")
    lines = _BLANK_BEYOND.sub(rb"=\r\n\g<0>", lines)
    return _BAD_BEGINNING.sub(_quote, b"\n" + lines)[1:]


def _quote(begin: re.Match[bytes]) -> bytes:
    codes = [b"=%02X" % byte for byte in begin[1]]
    places = range(0, len(codes), _QUOTED_A_LINE)
    return b"\n" + b"".join(b"".join(codes[n : n + _QUOTED_A_LINE]) + _SOFT_BREAK for n in places)
