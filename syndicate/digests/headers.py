"""Header fields as bytes: ours, because Python's `email` encodes long tokens (STANDARDS §0.1).

Each function gives whole fields, CRLF included, and refuses what could smuggle in another field.
"""

from __future__ import annotations

import re
from binascii import b2a_base64

from email_validator import EmailNotValidError, validate_email

from syndicate.errors import AddressError, MessageError

#: Octets of a line without CRLF: RFC 2047 §2 for lines with encoded-words, below RFC 5322's 78.
_LINE = 76
#: Octets of the longest line at all (RFC 5322 §2.1.1).
_LINE_LIMIT = 998
#: Octets of UTF-8 in an encoded-word: with them it takes 64, so that one fits beside the name of
#: every field of ours (RFC 2047 §2 allows 75).
_WORD_OCTETS = 39
#: The high bits of a byte within a character of UTF-8.
_WITHIN = 0x80
#: What ends a field, or could pass for an end somewhere on the way; and half characters.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
#: Words that need no encoding and can be folded between: ASCII, single blanks, none too long.
_PLAIN = re.compile(r"[!-~]{1,60}(?: [!-~]{1,60})*")
_TOKEN = re.compile(r"[ -~]+")
#: RFC 5321 §4.1.2 Dot-string @ Domain, in ASCII; what is valid beyond takes the slow way.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@.{{1,253}}$){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
_ADDRESS_LIMIT = 254


def raw(name: str, value: str) -> bytes:
    """A field on one line, neither folded nor encoded, however long: URLs, ids, tokens.

    Raises:
        MessageError: the value isn't printable ASCII, or the line is longer than 998 octets.
    """
    line = f"{name}: {value}"
    if not _TOKEN.fullmatch(value) or len(line) > _LINE_LIMIT:
        raise MessageError(f"{name} must be printable ASCII of at most {_LINE_LIMIT} octets")
    return line.encode() + b"\r\n"


def unstructured(name: str, value: str) -> bytes:
    """A field of free text such as Subject, folded, encoded where it must be."""
    return f"{name}:".encode() + text_value(name, value) + b"\r\n"


def text_value(name: str, value: str) -> bytes:
    """What such a field has after its colon, but for the end of its last line."""
    safe(name, value)
    words = value.split(" ") if _is_plain(value) else _encoded_words(value)
    return fold(name, words)[len(name) + 1 : -2]


def mailbox(name: str, value: str) -> bytes:
    """An address field of `user@host` or `Name <user@host>`.

    Raises:
        MessageError: a control character, or no address.
    """
    safe(name, value)
    display, _, rest = value.strip().rpartition("<")
    try:
        address = ascii_address(rest.removesuffix(">"))
    except AddressError as error:
        raise MessageError(f"{name}: {error}") from error
    display = re.sub(r"\\(.)", r"\1", display.strip().removeprefix('"').removesuffix('"'))
    return phrase(name, display, address)


def phrase(name: str, display: str, inner: str) -> bytes:
    """A field of `display <inner>`, as From and List-Id are."""
    safe(name, display)
    if not display:
        return raw(name, f"<{inner}>")
    if _is_plain(display) and len(display) < _LINE - len(name) - len(': ""'):
        words = ['"' + re.sub(r'(["\\])', r"\\\1", display) + '"']
    else:
        words = _encoded_words(display)
    return fold(name, [*words, f"<{inner}>"])


def ascii_address(address: str) -> str:
    """The address as SMTP without SMTPUTF8 takes it, its domain in A-labels (UTS 46).

    Raises:
        AddressError: it is no address, or its local part isn't ASCII.
    """
    if address.isascii() and len(address) <= _ADDRESS_LIMIT and _ADDRESS.fullmatch(address):
        return address
    try:
        found = validate_email(
            address, check_deliverability=False, allow_smtputf8=False, strict=True
        )
    except EmailNotValidError as error:
        raise AddressError(f"{address!r} can't be mailed to: {error}") from error
    return found.ascii_email or address


def safe(name: str, value: str) -> None:
    """Refuses what could end a field early (STANDARDS S-3).

    Raises:
        MessageError: there is a control character.
    """
    found = _UNSAFE.search(value)
    if found:
        raise MessageError(f"{name} holds the control character {found[0]!r}; take it out")


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text)) and "=?" not in text


def _encoded_words(text: str) -> list[str]:
    """Encoded-words (RFC 2047), each of whole characters."""
    octets, words, start = text.encode(), [], 0
    while True:
        end = start + _WORD_OCTETS
        while end < len(octets) and octets[end] & 0xC0 == _WITHIN:
            end -= 1
        words.append(f"=?utf-8?b?{b2a_base64(octets[start:end], newline=False).decode()}?=")
        if end >= len(octets):
            return words
        start = end


def fold(name: str, words: list[str]) -> bytes:
    """A field of these words, with a blank before each and a line's end before it where it must."""
    lines, line = [], f"{name}:"
    for word in words:
        if len(line) + 1 + len(word) > _LINE and line != f"{name}:":
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line]).encode() + b"\r\n"
