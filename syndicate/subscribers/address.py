"""What an address is, and when two are the same."""

from __future__ import annotations

import re

from email_validator import EmailNotValidError, validate_email

from syndicate.errors import AddressError

#: Characters of a wrong address that are shown: as many as a right one may have (RFC 5321).
_SHOWN = 254
#: What needs no closer look: a dot-atom (RFC 5322 §3.2.3) at a domain of letters, digits and single
#: hyphens, within the lengths of RFC 5321 §4.5.3.1 and RFC 1035 §2.3.4. No A-labels: those are
#: normalised.
_PLAIN = re.compile(
    r"(?=[^@]{1,64}@)(?=.{1,254}\Z)"
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9]|-(?!-)){0,61}(?<!-)\.)+[a-z]{2,63}\Z"
)
#: Top-level names that are no mail domains (RFC 2606, RFC 6761, RFC 6762): the library tells them.
_SPECIAL = (".arpa", ".invalid", ".local", ".localhost", ".onion", ".test")


def parse_address(text: str) -> str:
    """The address to show and to send to, its domain normalised by UTS 46.

    Raises:
        AddressError: no address that mail can be sent to; says why in one line. Non-ASCII before
            the @ is refused: only relays with SMTPUTF8 take it.
    """
    text = text.strip()
    if _PLAIN.match(text) and not text.endswith(_SPECIAL):
        return text
    try:
        # `strict` is about the 64 octets before the @ (RFC 5321 §4.5.3.1.1).
        parsed = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        raise AddressError(f"{shown!r} is no mail address: {error}") from error
    return parsed.normalized


def lookup_key(address: str) -> str:
    """Under what an address is found: compared without case, though RFC 5321 lets it matter.

    Not casefolded: `straße.example` and `strasse.example` are two domains.
    """
    return address.lower()


def domain_of(address: str) -> str:
    """Its domain, as addresses are compared."""
    return lookup_key(address).rpartition("@")[2]
