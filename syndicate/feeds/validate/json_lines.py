"""Where a JSON document says what: Python's parser tells no lines."""

from __future__ import annotations

import json
import re

from syndicate.feeds.validate.parse import DOCUMENT

# Possessive: a string that never ends is passed over once.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\],\n]|[\w.+\-]+', re.DOTALL)


#: How far down places are told, and how much of a name: deeper than JSON Feed goes, and enough
#: that a document with endless names takes no endless memory.
_DEEPEST, _LONGEST = 6, 60


def lines(text: str) -> dict[str, int]:
    """The line of each value of a well-formed document, by its place."""
    found = {DOCUMENT: 1}
    # The last name or number of each object or array that is open.
    within: list[str | int] = []
    line, name_next = 1, False
    for token in _TOKEN.finditer(text):
        match token[0]:
            case "\n":
                line += 1
                continue
            case "{" | "[" as bracket:
                _note(found, within, line)
                within.append(1 if bracket == "[" else "")
                name_next = bracket == "{"
            case "}" | "]":
                within.pop()
                name_next = False
            case ",":
                last = within.pop()
                name_next = isinstance(last, str)
                within.append("" if isinstance(last, str) else last + 1)
            case name if name_next:
                within[-1] = json.loads(name)[:_LONGEST]
                name_next = False
                _note(found, within, line)
            case _:
                _note(found, within, line)
    return found


def _note(found: dict[str, int], within: list[str | int], line: int) -> None:
    if len(within) > _DEEPEST:
        return
    steps = (f"[{step}]" if isinstance(step, int) else f"/{step}" for step in within)
    found["".join(steps).removeprefix("/")] = line
