"""Header fields: the subject as people see it, the others as filters do (STANDARDS 113)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syndicate.digests.lines import width
from syndicate.digests.lint.model import Finding, error, warning
from syndicate.digests.lint.reading import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.digests.lint.letter import Letter

#: Columns that inboxes and RFC 5322 §2.1.1 have room for.
_COLUMNS = 78
#: Capitals in a row. Shorter words are names: NATO, UNESCO.
_SHOUT = 8
_EXCLAIMED = re.compile(r"[!！]\s*[!！]")
#: As SpamAssassin has them, in the words of RFC 5322 §3.6.4 and §3.3.
_MESSAGE_ID = re.compile(r"<[^<>\\\s\x80-\U0010ffff]+@[^<>\\\s\x80-\U0010ffff]+>")
_DATE = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )? ?(?:[12]\d|3[01]|0?[1-9]) "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?:19[7-9]\d|2\d{3}) "
    r"(?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60))? (?:[+-]\d{4}|GMT|UT)(?: \([^()]*\))?"
)


def find(letter: Letter) -> Iterator[Finding]:
    """All that is wrong with the header."""
    yield from _subject(letter.subject)
    if not (letter.raw("subject") or "").isascii():
        remedy = "encode it (RFC 2047)"
        yield error("SUBJ_ILLEGAL_CHARS", "bytes that aren't ASCII", "Subject", remedy)
    yield from _ids(letter)
    if letter.raw("list-unsubscribe") and not letter.raw("list-id"):
        remedy = "say List-Id too (RFC 2919)"
        yield error("LIST_PARTIAL", "List-Unsubscribe alone", "List-Id", remedy)


def _subject(subject: str) -> Iterator[Finding]:
    columns = width(subject)
    if columns > _COLUMNS:
        remedy = f"inboxes show {_COLUMNS} at most"
        yield warning("subject-long", f"{columns} columns", shown(subject), remedy)
    letters = [char for char in subject if char.isalpha()]
    if not letters:
        remedy = "say in words what is in it"
        yield error("subject-wordless", "a subject without a letter", shown(subject), remedy)
    cased = [char for char in letters if char.isupper() or char.islower()]
    loud = len(cased) >= _SHOUT and all(char.isupper() for char in cased)
    if loud or _EXCLAIMED.search(subject):
        remedy = "say it quietly: filters and people are wary of loud ones"
        yield warning("subject-shouting", "a subject that shouts", shown(subject), remedy)


def _ids(letter: Letter) -> Iterator[Finding]:
    for name, missing, invalid, pattern, remedy in (
        ("Message-ID", "MISSING_MID", "INVALID_MSGID", _MESSAGE_ID, "write <id@host>"),
        ("Date", "MISSING_DATE", "INVALID_DATE", _DATE, "write it as RFC 5322 §3.3 does"),
    ):
        value = letter.raw(name.lower())
        if value is None:
            yield error(missing, f"no {name}", name, remedy)
        elif not pattern.fullmatch(value):
            yield error(invalid, f"{value[:80]!r} is no {name}", name, remedy)
