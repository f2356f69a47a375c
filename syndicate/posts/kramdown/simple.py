"""Blocks that hold no others.

Each function reads the block that begins at `at` into `nodes` and gives the place behind it, or
`at` if there is no such block.
"""

from __future__ import annotations

import re
from html import escape

from syndicate.posts.kramdown import lines, tables
from syndicate.posts.kramdown.nodes import Kind, Leaf, Node

_FENCE = re.compile(r" {0,3}(~{3,}|`{3,})[ \t]*(\S*)[ \t]*\n")
_UNDERLINED = re.compile(r" {0,3}([^ \t\n][^\n]*)\n(-+|=+)[ \t]*\n")
_HEADING_ID = re.compile(r"[\t ]\{#[A-Za-z_][\w:.-]*\}$")
_MATH = re.compile(r" {0,3}\$\$")


def paragraph(text: str, at: int, nodes: list[Node]) -> int:
    """Always there; it goes on with a paragraph right above."""
    end = lines.after_line(text, at)
    while end < len(text) and not lines.ends_paragraph(text, end):
        end = lines.after_line(text, end)
    shown = text[at:end].rstrip()
    if nodes and nodes[-1].kind is Kind.PARAGRAPH:
        joint = "  \n" if text[max(at - 3, 0) : at] == "  \n" else "\n"
        nodes[-1].text += joint + shown
    else:
        nodes.append(Node(Kind.PARAGRAPH, text=shown.lstrip()))
    return end


def blank(text: str, at: int, nodes: list[Node]) -> int:
    """Lines without text."""
    match = lines.BLANK.match(text, at)
    if match and not (nodes and nodes[-1].kind is Kind.BLANK):
        nodes.append(Node(Kind.BLANK))
    return match.end() if match else at


def indented(text: str, at: int, nodes: list[Node]) -> int:
    """Code, four spaces from the margin."""
    end = lines.after_indented(text, at)
    code = re.sub(r"\n( {0,3}\S)", r" \1", text[at:end])
    nodes.append(_code(lines.INDENT.sub("", code), ""))
    return end


def fence(text: str, at: int, nodes: list[Node]) -> int:
    """Code between fences; a fence without its like is text."""
    opening = _FENCE.match(text, at)
    if not opening:
        return at
    mark = opening[1]
    close = re.compile(rf"^ {{0,3}}{mark}{mark[0]}*[ \t]*\n", re.MULTILINE)
    end = close.search(text, opening.end())
    if not end:
        return at
    code = text[opening.end() : end.start()]
    nodes.append(_code(code, opening[2].partition("?")[0]))
    return end.end()


def heading(text: str, at: int, nodes: list[Node]) -> int:
    """`# A`, perhaps with an `{#id}`."""
    match = lines.HEADING.match(text, at)
    if not match:
        return at
    shown = _HEADING_ID.sub("", match[2].rstrip())
    shown = re.sub(r"[\t ]#+$", "", shown).strip()
    if not shown:
        return at
    nodes.append(_heading(len(match[1]), shown))
    return match.end()


def underlined(text: str, at: int, nodes: list[Node]) -> int:
    """A heading of one line above `---` or `===`."""
    match = _UNDERLINED.match(text, at)
    if not match:
        return at
    shown = _HEADING_ID.sub("", match[1].rstrip()).strip()
    nodes.append(_heading(2 if match[2][0] == "-" else 1, shown))
    return match.end()


def rule(text: str, at: int, nodes: list[Node]) -> int:
    """`* * *`."""
    match = lines.RULE.match(text, at)
    if not match:
        return at
    nodes.append(Node(Kind.OTHER, ["<hr>\n"]))
    return match.end()


def math(text: str, at: int, nodes: list[Node]) -> int:
    """`$$ a $$`, shown as it is written, between the marks that MathJax knows."""
    opening = _MATH.match(text, at)
    end = text.find("$$", opening.end()) if opening else -1
    if not opening or end < 0 or not is_boundary(nodes):
        return at
    after = lines.after_rest(text, end + 2)
    if not lines.ends_block(text, after):
        return at
    formula = escape(text[opening.end() : end].strip())
    nodes.append(Node(Kind.OTHER, [rf"<p>\[{formula}\]</p>", "\n"]))
    return after


def table(text: str, at: int, nodes: list[Node]) -> int:
    """Lines with bars, and nothing but such lines."""
    if text.find("|", at, lines.after_line(text, at)) < 0:
        return at
    rows = []
    end = at
    while end < len(text) and (row := tables.LINE.match(text, end)):
        rows.append(row[0].rstrip())
        end = row.end() + 1
    found = tables.parse(rows) if rows and lines.ends_block(text, end) else None
    if found is None:
        return at
    nodes.append(found)
    return end


def end_mark(text: str, at: int, nodes: list[Node]) -> int:
    """`^` on a line of its own."""
    match = lines.END.match(text, at)
    if not match:
        return at
    nodes.append(Node(Kind.END))
    return match.end()


def is_boundary(nodes: list[Node]) -> bool:
    """Whether nothing stands right above."""
    return not nodes or nodes[-1].kind in (Kind.BLANK, Kind.END)


def _heading(level: int, shown: str) -> Node:
    return Node(Kind.OTHER, [f"<h{level}>", Leaf(shown), f"</h{level}>\n"])


def _code(code: str, language: str) -> Node:
    named = f' class="language-{escape(language)}"' if language else ""
    return Node(Kind.CODE, [f"<pre><code{named}>", escape(code, quote=False), "</code></pre>\n"])
