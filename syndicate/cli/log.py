"""One log of many processes: each line with the name of who said it."""

from __future__ import annotations

import json
import re
import zlib
from typing import TYPE_CHECKING

from rich.text import Text

from syndicate.settings.logs import LogFormat

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    Say = Callable[[str, str], None]

#: Columns of a name.
_WIDTH = 9
_COLOURS = ("cyan", "green", "magenta", "blue", "bright_cyan", "bright_green", "bright_magenta")
#: Of lines that somebody should see; others are as they were.
_LOUD = {"warning": "yellow", "error": "red", "critical": "red"}
#: Where our lines say how much they matter.
_LEVEL = re.compile(r"\blevel=(\w+)")


def plain(console: Console) -> Say:
    """Says a line for people: the name in its colour, the line in that of its level.

    The colours that a child gave it are kept. None are shown where the console is no terminal,
    unless FORCE_COLOR is set. Of several lines that are said at once nothing comes in between.
    """

    def say(name: str, lines: str) -> None:
        colour = _COLOURS[zlib.crc32(name.encode()) % len(_COLOURS)]
        rows = []
        for line in lines.split("\n"):
            level = _LEVEL.search(line)
            shown = Text.from_ansi(line)
            shown.stylize_before(_LOUD.get(level[1], "") if level else "")
            rows.append(Text.assemble((f"{name:{_WIDTH}}", colour), "│ ", shown))
        console.print(Text("\n").join(rows))

    return say


def objects(console: Console) -> Say:
    """Says a line for programs: a JSON object with `process`, whatever the child said."""

    def say(name: str, lines: str) -> None:
        for line in lines.split("\n"):
            said = _parsed(line)
            event = said if said is not None else {"event": line}
            console.out(json.dumps({"process": name} | event, ensure_ascii=False), highlight=False)

    return say


#: What says a line in each format.
SAYERS: dict[LogFormat, Callable[[Console], Say]] = {
    LogFormat.TEXT: plain,
    LogFormat.JSON: objects,
}


def _parsed(line: str) -> dict[str, object] | None:
    """The object that a line is; None: it is none."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
