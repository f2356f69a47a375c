"""SPF (RFC 7208): that a domain has one record, and that receivers can evaluate it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syndicate.doctor.model import Finding, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    #: The TXT records of a name.
    Texts = Callable[[str], list[str]]

#: Terms that make receivers ask DNS, all includes together (RFC 7208 §4.6.4).
MOST_LOOKUPS = 10
_VERSION = "v=spf1"
_ASKING = ("include", "a", "mx", "ptr", "exists")
_MECHANISMS = (*_ASKING, "all", "ip4", "ip6")
_TERM = re.compile(r"[-+~?]?([A-Za-z][A-Za-z0-9_.-]*)([:=/].*)?")


class _SpfError(Exception):
    """Why receivers take the record for broken (permerror), as `reason, remedy`."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


def judge(domain: str, texts: Texts) -> Iterator[Finding]:
    """What is to be said of the SPF of a domain; raises what `texts` raises."""
    what = f"SPF of {domain}"
    try:
        record = _record(domain, texts)
        asked = _lookups(domain, record, texts, 0)
    except _SpfError as error:
        yield fail(what, error.reason, error.remedy)
        return
    yield _ending(what, record) or ok(what, f"{record} ({asked} of {MOST_LOOKUPS} lookups)")


def _record(domain: str, texts: Texts) -> str:
    found = [text for text in texts(domain) if text.lower().split(" ")[0] == _VERSION]
    if not found:
        raise _SpfError(
            f"{domain} has no SPF record",
            f'publish a TXT record at {domain} that names your relay: "{_VERSION} '
            'include:RELAY-OPERATOR -all", as its operator says',
        )
    if len(found) > 1:
        raise _SpfError(
            f"{domain} has {len(found)} SPF records, so none counts (RFC 7208 §4.5)",
            "make one of them",
        )
    return found[0]


def _lookups(domain: str, record: str, texts: Texts, spent: int) -> int:
    """How many lookups a record has cost in the end, if that many were `spent` before it."""
    others = ""
    for name, value in _terms(domain, record):
        spent += name in _ASKING
        _see(domain, spent)
        if name == "include":
            spent = _lookups(value, _included(domain, value, texts), texts, spent)
        elif name == "redirect":
            others = value
        elif name == "all":
            return spent
    if others:
        spent += 1
        _see(domain, spent)
        return _lookups(others, _included(domain, others, texts), texts, spent)
    return spent


def _terms(domain: str, record: str) -> Iterator[tuple[str, str]]:
    """Name in small letters and value of each term."""
    for term in record.split()[1:]:
        match = _TERM.fullmatch(term)
        name, value = match.groups(default="") if match else ("", "")
        name = name.lower()
        # A modifier that nobody knows is no fault (§6).
        if not match or (name not in _MECHANISMS and not value.startswith("=")):
            raise _SpfError(f"{domain}: SPF knows no {term!r}", "mend the record, or take that out")
        yield name, value[1:]


def _included(domain: str, name: str, texts: Texts) -> str:
    if "%" in name:
        # A macro: what it names depends on the message.
        return _VERSION
    try:
        return _record(name, texts)
    except _SpfError as error:
        raise _SpfError(
            f"{domain} includes {name}: {error.reason}", "take the include out, or mend its record"
        ) from error


def _see(domain: str, spent: int) -> None:
    if spent > MOST_LOOKUPS:
        raise _SpfError(
            f"{domain}: more than {MOST_LOOKUPS} lookups, so receivers take it for broken "
            "(RFC 7208 §4.6.4)",
            "take includes out that nothing is sent by, or name their networks as ip4 and ip6",
        )


def _ending(what: str, record: str) -> Finding | None:
    """What is wrong with how a record ends, if anything is."""
    last = record.rsplit(maxsplit=1)[-1].lower()
    if last in ("all", "+all"):
        return fail(what, f"{last}: anybody may send in its name", "end it with -all or ~all")
    if last == "?all" or (last not in ("-all", "~all") and "redirect=" not in record.lower()):
        return warn(what, f"{record}: says nothing of other senders", "end it with -all or ~all")
    return None
