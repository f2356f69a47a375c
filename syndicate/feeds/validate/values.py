"""What a value must look like: each rule takes a text and gives its fault, or None."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from syndicate.feeds.validate import dates
from syndicate.feeds.validate.model import Fault

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

Rule = Callable[[str], Fault | None]

#: What no URI may hold (RFC 3986 §2), and what no IRI may (RFC 3987 §2.2).
_NO_URI = re.compile(r"[^0-9A-Za-z;/?:@&=+$.\-_!~*'()%,#\[\]]")
_NO_IRI = re.compile(r"[\x00-\x20\"<>\\^`{|}\x7f]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_AUTHORITY = re.compile(r"//[^/?#]")
_TAG = re.compile(r"tag:(?:[\w.\-]+@)?[a-z0-9.\-]+,\d{4}(?:-\d\d(?:-\d\d)?)?:.*", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_URN = re.compile(r"urn:[a-z0-9][a-z0-9\-]{1,31}:[^\s]+", re.IGNORECASE)
_ATOM = r"[\w!#$&.+\-^]+"
_MIME = re.compile(rf"{_ATOM}/{_ATOM}(?:\s*;\s*{_ATOM}=(?:\"[^\"]*\"|{_ATOM}))*", re.ASCII)
#: BCP 47, by its shape.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*|[xi](?:-[A-Za-z0-9]{1,8})+")
_ADDRESS = re.compile(r"[^\s@()<>]+@[^\s@()<>]+")
_END_TAG = re.compile(r"</[A-Za-z][A-Za-z0-9]*>")
_ENTITY = re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);")
_DURATION = re.compile(r"\d+(?::[0-5]\d){0,2}", re.ASCII)
_FLOAT = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)


def anything(_text: str) -> None:
    """Takes every text."""


def nonblank(text: str) -> Fault | None:
    """Some text."""
    return None if text.strip() else Fault("NotBlank", "say something here, or leave it out")


def every(*rules: Rule) -> Rule:
    """The first fault that any of these rules finds."""

    def rule(text: str) -> Fault | None:
        for one in rules:
            if fault := one(text):
                return fault
        return None

    return rule


def one_of(values: Collection[str], message: str) -> Rule:
    """One of these texts, to the letter."""
    listed = ", ".join(sorted(values))

    def rule(text: str) -> Fault | None:
        return None if text in values else Fault(message, f"{text[:60]!r} is none of {listed}")

    return rule


def at_most(length: int) -> Rule:
    """No more than so many characters."""

    def rule(text: str) -> Fault | None:
        if len(text) <= length:
            return None
        return Fault("TooLong", f"{len(text)} characters are too many; {length} are allowed")

    return rule


def dated(reader: Callable[[str], datetime | Fault]) -> Rule:
    """A date that `reader` can read."""

    def rule(text: str) -> Fault | None:
        found = reader(text)
        return found if isinstance(found, Fault) else None

    return rule


rfc822 = dated(dates.rfc822)
rfc3339 = dated(dates.rfc3339)
w3cdtf = dated(dates.w3cdtf)


# Addresses


def full_link(text: str) -> Fault | None:
    """An absolute URI, in ASCII."""
    found = _NO_URI.search(text)
    if found is None:
        return _absolute(text)
    if found[0].isascii():
        return Fault("InvalidUriChar", f"{found[0]!r} must be percent-encoded in a URI")
    return Fault("UriNotIri", f"{found[0]!r} must be percent-encoded: a URI is ASCII")


def iri(text: str) -> Fault | None:
    """An absolute IRI (RFC 3987)."""
    found = _NO_IRI.search(text)
    if found:
        return Fault("InvalidIRI", f"{found[0]!r} must be percent-encoded in an IRI")
    return _absolute(text)


def _absolute(text: str) -> Fault | None:
    scheme = _SCHEME.match(text)
    if scheme is None or scheme.end() == len(text):
        return Fault("InvalidFullLink", f"{text[:80]!r} must be absolute, as in https://…")
    match scheme[0].lower():
        case "http:" | "https:" | "ftp:":
            if not _AUTHORITY.match(text, scheme.end()):
                return Fault("InvalidFullLink", f"{text[:80]!r} names no host")
        case "tag:":
            if not _TAG.fullmatch(text):
                return Fault("InvalidTAG", "a tag URI is tag:example.com,2026:name (RFC 4151)")
        case "urn:":
            return _urn(text)
    return None


def _urn(text: str) -> Fault | None:
    if text.lower().startswith("urn:uuid:"):
        return uuid(text[len("urn:uuid:") :])
    return None if _URN.fullmatch(text) else Fault("InvalidURN", "a URN is urn:name:value")


def uuid(text: str) -> Fault | None:
    """A UUID, in hexadecimal with dashes."""
    if _UUID.fullmatch(text):
        return None
    return Fault("InvalidUUID", f"{text[:60]!r} is no UUID; it has 8-4-4-4-12 hexadecimal digits")


def web_attribute(text: str) -> Fault | None:
    """An absolute http(s) URL, in an attribute."""
    if text.lower().startswith(("http://", "https://")) and not full_link(text):
        return None
    return Fault("InvalidURLAttribute", f"{text[:80]!r} must be an http or https URL")


def iri_attribute(text: str) -> Fault | None:
    """An absolute IRI, in an attribute: RFC 4287 allows a relative one, STANDARDS 19 doesn't."""
    return iri(text)


# Text


def plain(text: str) -> Fault | None:
    """Text without markup: a reader that takes it for HTML shows the same."""
    found = _markup(text)
    return (
        Fault("ContainsHTML", f"{found} looks like HTML; plain text is wanted") if found else None
    )


def declared_plain(text: str) -> Fault | None:
    """The same, where the document says that it is no HTML."""
    found = _END_TAG.search(text)
    if found is None:
        return None
    return Fault(
        "ContainsUndeclaredHTML", f'{found[0]} looks like HTML; say type="html" or mend it'
    )


def _markup(text: str) -> str:
    found = _END_TAG.search(text) or _ENTITY.search(text)
    return found[0] if found else ""


def name(text: str) -> Fault | None:
    """A person's name, without an address (STANDARDS 27)."""
    if _has_address(text):
        return Fault("ContainsEmail", "an e-mail address is here for every spammer; leave it out")
    return plain(text)


def _has_address(text: str) -> bool:
    # A word at a time: a search for the pattern would try each letter of a long word anew.
    return any(_ADDRESS.fullmatch(word.strip("()<>,;")) for word in text.split() if "@" in word)


def contact(text: str) -> Fault | None:
    """`user@host (Name)`, as the RSS profile wants it."""
    address, space, person = text.partition(" ")
    if not _ADDRESS.fullmatch(address):
        if _has_address(text):
            return Fault("EmailFormat", "the form is user@host (Name)")
        return Fault("InvalidContact", "an address is wanted, as user@host (Name); else dc:creator")
    if not space:
        return Fault("MissingRealName", "the form is user@host (Name)")
    if not (person.startswith("(") and person.endswith(")")):
        return Fault("EmailFormat", "the form is user@host (Name)")
    return None


def address(text: str) -> Fault | None:
    """An e-mail address alone."""
    return None if _ADDRESS.fullmatch(text) else Fault("InvalidContact", "the form is user@host")


def language(text: str) -> Fault | None:
    """A language tag (BCP 47), such as `zh-CN`."""
    if _LANGUAGE.fullmatch(text):
        return None
    return Fault("InvalidLanguage", f"{text[:60]!r} is no language tag, such as en or zh-CN")


# Small things


def media_type(message: str) -> Rule:
    """A MIME type, such as `audio/mpeg`."""

    def rule(text: str) -> Fault | None:
        if _MIME.fullmatch(text):
            return None
        return Fault(message, f"{text[:60]!r} is no media type, such as audio/mpeg")

    return rule


def byte_length(text: str) -> Fault | None:
    """How many bytes an enclosure has; 0 where nobody knows."""
    if text == "-1":
        return Fault("UseZeroForUnknown", "an unknown length is 0")
    if not _DIGITS.fullmatch(text.removeprefix("-")):
        return Fault("InvalidIntegerAttribute", f"{text[:60]!r} is no number of bytes")
    return nonnegative(text)


def nonnegative(text: str) -> Fault | None:
    """A whole number from 0."""
    if _DIGITS.fullmatch(text):
        return None
    return Fault("InvalidNonNegativeInteger", f"{text[:60]!r} is no whole number from 0")


def positive(text: str) -> Fault | None:
    """A whole number from 1."""
    if _DIGITS.fullmatch(text) and text.strip("0"):
        return None
    return Fault("InvalidPositiveInteger", f"{text[:60]!r} is no whole number from 1")


def pixels(most: int, message: str) -> Rule:
    """A whole number from 1 to `most`."""

    def rule(text: str) -> Fault | None:
        # Its length first: Python refuses to read very long numbers.
        if _DIGITS.fullmatch(text) and len(text) <= len(str(most)) and 1 <= int(text) <= most:
            return None
        return Fault(message, f"{text[:60]!r} is no number from 1 to {most}")

    return rule


def decimal(text: str) -> Fault | None:
    """A number such as 1 or 1.5."""
    if _FLOAT.fullmatch(text):
        return None
    return Fault("InvalidFloat", f"{text[:60]!r} is no number, such as 29.97")


def duration(text: str) -> Fault | None:
    """Seconds, or [hours:]minutes:seconds."""
    if _DURATION.fullmatch(text):
        return None
    return Fault("InvalidDuration", f"{text[:60]!r} is no duration, such as 1:02:03 or 3723")


boolean = one_of({"true", "false"}, "InvalidBooleanAttribute")
yes_no = one_of({"yes", "no"}, "InvalidYesNo")
