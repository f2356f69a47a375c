"""Reports of delivery (RFC 3464, and RFC 6533 for addresses in UTF-8), as they really are.

Parts are missing, types are wrong, and a report may be about several addresses: each of our
messages goes to one, so these are what it was expanded to, and what reached one has reached him.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from syndicate.delivery.bounces.autoresponse import RECEIPT
from syndicate.delivery.bounces.codes import judge, status_in
from syndicate.delivery.bounces.mime import Part, decoded, fields_of
from syndicate.delivery.bounces.model import FAILURES, LONGEST_REPLY, Kind, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Fields = Mapping[str, tuple[str, ...]]

_TYPES = ("message/delivery-status", "message/global-delivery-status")
#: Addresses that one report is read of.
_RECIPIENTS = 50
#: Bytes of a report's own part.
_BYTES = 64_000
_GAP = re.compile(rb"\n[ \t]*\n")
#: Where the next address begins, if no empty line says so.
_NEXT = re.compile(rb"\n(?:original-recipient[^\n]*\n)?final-recipient[ \t]{0,9}:", re.IGNORECASE)
#: What begins a line of a report that calls itself something else.
_TELLTALE = re.compile(r"^(?:final|original)-recipient[ \t]{0,9}:", re.IGNORECASE | re.MULTILINE)
#: A character of an address in ASCII (RFC 6533 §3).
_CHARACTER = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_WORD = re.compile(r"[a-z]+")
#: The fields that name an address: as we had it, before anybody on the way changed it, first.
_NAMES = ("original-recipient", "final-recipient", "x-actual-recipient")
#: Actions that are no failures (STANDARDS 94).
_ACTIONS = {
    "delayed": Kind.DELAYED,
    "relayed": Kind.DELIVERED,
    "expanded": Kind.DELIVERED,
    "delivered": Kind.DELIVERED,
}
_BY_CLASS = {"2": Kind.DELIVERED, "4": Kind.DELAYED}
#: The mildest first.
_ORDER = (Kind.DELIVERED, Kind.DELAYED, *FAILURES)


def look(mail: Part) -> Verdict | None:
    """What a report of delivery says; None if the mail is none."""
    found = [_verdict(fields) for fields in _about_recipients(mail)]
    return min(found, key=lambda verdict: _ORDER.index(verdict.kind), default=None)


def _about_recipients(mail: Part) -> Iterator[Fields]:
    """The fields about each address, of the outermost report that has any."""
    for is_report in (_is_report, _may_be_report):
        for part in filter(is_report, mail.walk()):
            found = list(filter(_is_about_one, map(fields_of, _blocks(part.body))))
            if found:
                yield from found[:_RECIPIENTS]
                return


def _is_report(part: Part) -> bool:
    return part.type in _TYPES


def _may_be_report(part: Part) -> bool:
    return not part.parts and part.type != RECEIPT and bool(_TELLTALE.search(part.text))


def _is_about_one(fields: Fields) -> bool:
    """Whether they are about an address, be it that they don't name it."""
    named = any(name in fields for name in _NAMES)
    return sum((named, "action" in fields, "status" in fields, "diagnostic-code" in fields)) > 1


def _blocks(body: bytes) -> Iterator[bytes]:
    for lines in _GAP.split(body[:_BYTES].strip()):
        block = b"\n" + lines
        starts = [match.start() for match in _NEXT.finditer(block)]
        for start, end in pairwise((0, *starts, len(block))):
            yield block[start:end]


def _verdict(fields: Fields) -> Verdict:
    status, said = _first(fields, "status"), _said(fields)
    kind, code = judge(status, said)
    action = _WORD.match(_first(fields, "action").lower())
    if action is None or action[0] != "failed":
        # Without a word of its own, a status of 5 is a failure, and so is a reply of 5.
        known = status_in(status) or said[:1]
        kind = _ACTIONS.get(action[0] if action else "") or _BY_CLASS.get(known[:1]) or kind
    return Verdict(
        kind=kind,
        recipient=_address(fields),
        status=code if kind in FAILURES and code else status_in(status),
        diagnostic=said[:LONGEST_REPLY],
    )


def _said(fields: Fields) -> str:
    """The reply of the server that refused, without its type."""
    value = _first(fields, "diagnostic-code")
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and " " not in kind.strip() else value


def _address(fields: Fields) -> str:
    """Whom it is about."""
    for name in _NAMES:
        kind, semicolon, value = _first(fields, name).rpartition(";")
        found = value.strip().strip("<>").strip()
        if "@" in found:
            is_utf8 = semicolon and kind.strip().lower() == "utf-8"
            return _CHARACTER.sub(_character, found) if is_utf8 else found
    return ""


def _character(match: re.Match[str]) -> str:
    return decoded(_utf8(int(match[1], 16))) or match[0]


def _utf8(point: int) -> bytes:
    try:
        return chr(point).encode()
    except (ValueError, OverflowError):
        # None that there is, or half of one.
        return b""


def _first(fields: Fields, name: str) -> str:
    return fields.get(name, ("",))[0].strip()
