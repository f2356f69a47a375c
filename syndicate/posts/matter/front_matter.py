"""Front matter: the YAML between two lines of dashes at the top of a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syndicate.errors import PostError
from syndicate.posts.matter.yaml_text import Entry, load_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.posts.faults import Faults

#: Characters. Front matter is a screenful; more is a data file.
_LONGEST = 200_000
_BEGIN = re.compile(r"---[ \t]*\n")
_END = re.compile(r"^(?:---|\.\.\.)[ \t]*$\n?", re.MULTILINE)
_KEY = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:(?=\s|$)")
#: Lines of the file before the first of the front matter.
_OFFSET = 1


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a file says about itself, and what comes after."""

    entries: dict[str, Entry]
    body: str
    #: The body's first line, counted from 1 in the file.
    body_line: int

    @property
    def values(self) -> dict[str, Any]:
        """The entries' values alone."""
        return {key: entry.value for key, entry in self.entries.items()}

    def line(self, *keys: str) -> int | None:
        """Where in the file the first of these keys stands."""
        found = (self.entries[key].line + _OFFSET for key in keys if key in self.entries)
        return next(found, None)


def split(text: str, faults: Faults) -> FrontMatter:
    """The front matter and the body of a file's text, whose lines end in LF.

    What YAML refuses is read line by line, with a warning: generators write titles with quotes
    inside quotes.

    Raises:
        PostError: there is none, it doesn't end, or no line of it can be read.
    """
    begin = _BEGIN.match(text)
    if not begin:
        raise PostError(
            "no front matter; begin the file with a line of ---, and end it with one", 1
        )
    end = _END.search(text, begin.end())
    if not end:
        raise PostError("the front matter doesn't end; close it with a line of ---", 1)
    matter = text[begin.end() : end.start()]
    if len(matter) > _LONGEST:
        raise PostError(f"the front matter has {len(matter)} characters; keep it below {_LONGEST}")
    entries = _read(matter, faults)
    for key, entry in entries.items():
        if entry.repeated:
            faults.warn(f"{key!r} is there twice; the last one holds", entry.line + _OFFSET)
    return FrontMatter(entries, text[end.end() :], text.count("\n", 0, end.end()) + 1)


def _read(matter: str, faults: Faults) -> dict[str, Entry]:
    try:
        return load_mapping(matter)
    except PostError as error:
        line = error.line + _OFFSET if error.line else None
        entries = _line_by_line(matter)
        if not entries:
            raise PostError(f"the front matter is no YAML: {error.reason}", line) from error
        faults.warn(f"the front matter is no YAML ({error.reason}); it was read line by line", line)
        return entries


def _line_by_line(matter: str) -> dict[str, Entry]:
    """Each key with the lines below it on its own: YAML if it is, otherwise as it stands."""
    entries: dict[str, Entry] = {}
    for first, key, lines in _chunks(matter):
        try:
            entry = load_mapping("\n".join(lines))[key]
        except (PostError, KeyError):
            raw = " ".join(lines).partition(":")[2].strip()
            value = _unquoted(raw)
            entry = Entry(value, value, 1)
        entries[key] = Entry(entry.value, entry.text, first, key in entries)
    return entries


def _chunks(matter: str) -> Iterator[tuple[int, str, list[str]]]:
    """The lines from one key to the next, with the number of the first."""
    number, key, lines = 0, "", list[str]()
    for at, line in enumerate(matter.split("\n"), 1):
        match = _KEY.match(line)
        if match:
            if lines:
                yield number, key, lines
            number, key, lines = at, match[1], [line]
        elif lines and line[:1] in (" ", "\t", "-"):
            lines.append(line)
    if lines:
        yield number, key, lines


def _unquoted(raw: str) -> str:
    """Without the pair of quotes around it; those inside stay."""
    if len(raw) > 1 and raw[0] == raw[-1] and raw[0] in "\"'":
        return raw[1:-1].replace('\\"', '"').strip()
    return raw
