"""Tables: rows of cells between bars."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syndicate.posts.kramdown.nodes import Kind, Leaf, Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    #: The element's name and its rows of cells.
    _Section = tuple[str, list[list[str]]]

#: Cells, the empty ones that fill short rows among them. A page shows no larger table.
MOST_CELLS = 20_000
#: A line with a bar that isn't escaped.
LINE = re.compile(r"(?:\||[^\n]*?[^\\\n]\|)[^\n]*")
_SEPARATOR = re.compile(r"[+|: \t-]*-[+|: \t-]*")
_FOOTER = re.compile(r"[+|: \t=]*=[+|: \t=]*")
_ALIGNMENT = re.compile(r"[ \t]?(:?)-+(:?)[ \t]?")
_SIDES = {(True, True): "center", (True, False): "left", (False, True): "right"}
#: What bars are text in.
_CODE = re.compile(r"(?<!`)(`+)(?!`).{0,2000}?(?<!`)\1(?!`)|<code\b[^<>]{0,2000}>.{0,2000}?</code>")


def parse(lines: Sequence[str]) -> Node | None:
    """The table that these lines are; None if they are text after all."""
    if not any(LINE.match(_CODE.sub("", line)) for line in lines):
        return None
    sections, sides = _sections(lines)
    if not any(name == "tbody" for name, _ in sections):
        return None
    width = max(len(row) for _, rows in sections for row in rows)
    if width * sum(len(rows) for _, rows in sections) > MOST_CELLS:
        return None
    return _node(sections, sides, width)


def _sections(lines: Sequence[str]) -> tuple[list[_Section], list[str]]:
    """Head, bodies and foot, with their rows; and on which side the columns' text stands."""
    sections: list[_Section] = []
    rows: list[list[str]] = []
    sides: list[str] = []
    body = "tbody"
    leading = lines[0].lstrip().startswith("|")
    for line in lines:
        if _SEPARATOR.fullmatch(line):
            if rows and not sides and body == "tbody":
                sections.append(("thead", rows))
                sides = [_SIDES.get((bool(a), bool(b)), "") for a, b in _ALIGNMENT.findall(line)]
                rows = []
            elif rows and body == "tbody":
                sections.append((body, rows))
                rows = []
        elif _FOOTER.fullmatch(line):
            sections += [("tbody", rows)] if rows else []
            rows, body = [], "tfoot"
        else:
            rows.append(_cells(line, leading=leading))
    return [*sections, (body, rows)] if rows else sections, sides


def _cells(line: str, *, leading: bool) -> list[str]:
    cells = [""]
    at = 0
    for code in _CODE.finditer(line):
        _divide(line[at : code.start()], cells)
        cells[-1] += code[0]
        at = code.end()
    _divide(line[at:], cells)
    if leading and not cells[0].strip():
        cells = cells[1:]
    if cells and not cells[-1].strip():
        cells.pop()
    return [cell.strip() for cell in cells]


def _divide(text: str, cells: list[str]) -> None:
    first, *others = re.split(r"(?<!\\)\|", text)
    cells[-1] += first.replace("\\|", "|")
    cells += (other.replace("\\|", "|") for other in others)


def _node(sections: Sequence[_Section], sides: Sequence[str], width: int) -> Node:
    parts: list[str | Leaf | Node] = ["<table>"]
    for name, rows in sections:
        tag = "th" if name == "thead" else "td"
        parts.append(f"<{name}>")
        for row in rows:
            parts.append("<tr>")
            for column in range(width):
                side = sides[column] if column < len(sides) else ""
                style = f' style="text-align:{side}"' if side else ""
                parts += (f"<{tag}{style}>", Leaf(row[column] if column < len(row) else ""))
                parts.append(f"</{tag}>")
            parts.append("</tr>\n")
        parts.append(f"</{name}>")
    parts.append("</table>\n")
    return Node(Kind.OTHER, parts)
