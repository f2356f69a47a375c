"""Lists, ordered or not, and lists of definitions."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from syndicate.posts.kramdown import lines
from syndicate.posts.kramdown.nodes import Kind, Leaf, Node

if TYPE_CHECKING:
    from collections.abc import Callable

    Parse = Callable[[str], list[Node]]

_BULLET = r"[+*-]"
_NUMBER = r"\d{1,9}\."
_TAIL = r"[\t ][^\n]*\n"
_ATTRIBUTES = re.compile(r"\s*\{:(?![:/])[^{}\n]{1,1000}\}[ \t]*")
_TASK = re.compile(r"\s*\[([ xX])\]\s+")
_TEXT = re.compile(r"[^\n]*\S[^\n]*\n")


@lru_cache(64)
def _start(marker: str, spaces: int) -> re.Pattern[str]:
    """An item that begins at most so far from the margin."""
    return re.compile(rf"( {{0,{spaces}}}{marker})({_TAIL})")


@lru_cache(64)
def _content(indent: int) -> re.Pattern[str]:
    """A line indented so far, with spaces or tabs."""
    tabs, spaces = divmod(indent, 4)
    margin = rf"(?:\t| {{4}}){{{tabs}}} {{{spaces}}}|(?:\t| {{4}}){{{tabs + 1}}}"
    return re.compile(rf"(?:{margin})[^\n]*\S[^\n]*\n")


class _Item:
    """The lines of one item, without its indentation."""

    def __init__(self, marker: str, tail: str) -> None:
        self.indent = len(marker)
        if _ATTRIBUTES.fullmatch(tail.rstrip("\n")):
            self.indent = 4
        else:
            tail = tail.expandtabs(4) if "\t" in tail else tail
            self.indent += len(tail) - len(tail.lstrip(" "))
        first = _ATTRIBUTES.sub("", tail.lstrip(" \t"), count=1) if "{:" in tail else tail.lstrip()
        #: Pieces of text; a list within the item begins another.
        self.pieces = [first if first.endswith("\n") else first + "\n"]
        self.nested = bool(lines.LIST.match(self.pieces[0]))
        self.starts = min(self.indent - 1, 3)
        self.content = _content(self.indent)

    def add(self, line: str) -> None:
        """A line of the item's content or one that lazily goes on with it."""
        tabs = len(line) - len(line.lstrip("\t"))
        line = "    " * tabs + line[tabs:]
        found = line.startswith(" " * self.indent)
        line = line[self.indent :] if found else line
        if lines.LIST.match(line):
            if found and not self.nested:
                self.pieces.append("")
                self.nested = True
            elif self.nested and not found:
                line = " " * (self.indent + 4) + line
        self.pieces[-1] += line

    def blank(self, lines: str) -> None:
        """Lines without text."""
        self.nested = True
        self.pieces[-1] += lines


def parse(parse_blocks: Parse, text: str, at: int, nodes: list[Node]) -> int:
    """Read the list that begins here into `nodes`; gives the place behind it."""
    ordered = text[at : at + 4].lstrip(" ")[:1].isdigit()
    marker = _NUMBER if ordered else _BULLET
    items, at, ended = _items(marker, text, at)
    made: list[list[Node]] = []
    tight = False
    for number, item in enumerate(items, 1):
        inside = [node for piece in item.pieces for node in parse_blocks(piece)]
        _tick(inside)
        last = number == len(items)
        _tighten(inside, last=last, ended=ended, rest=number == 1 or tight)
        tight = tight or not inside or inside[0].kind is not Kind.PARAGRAPH or inside[0].bare
        made.append(inside)
    trailing = bool(made[-1]) and made[-1][-1].kind is Kind.BLANK
    tag = "ol" if ordered else "ul"
    parts: list[str | Leaf | Node] = [f"<{tag}>\n"]
    for inside in made:
        parts += ["<li>", *inside, "</li>\n"]
    nodes.append(Node(Kind.LIST, [*parts, f"</{tag}>\n"]))
    if trailing and not ended:
        nodes.append(Node(Kind.BLANK))
    return at


def _items(marker: str, text: str, at: int) -> tuple[list[_Item], int, bool]:
    """The items, the place behind the list, and whether a `^` ended it."""
    start = _start(marker, 3)
    items: list[_Item] = []
    after_blank = False
    while at < len(text):
        if after_blank and lines.RULE.match(text, at):
            break
        if text[at] == "^" and (end := lines.END.match(text, at)):
            return items, end.end(), True
        if match := start.match(text, at):
            items.append(_Item(match[1], match[2]))
            start = _start(marker, items[-1].starts)
            after_blank = False
        elif match := _continued(items[-1], text, at, lazy=not after_blank):
            items[-1].add(match[0])
            after_blank = False
        elif match := lines.BLANK.match(text, at):
            items[-1].blank(match[0])
            after_blank = True
        else:
            break
        at = match.end()
    return items, at, False


def _continued(item: _Item, text: str, at: int, *, lazy: bool) -> re.Match[str] | None:
    match = item.content.match(text, at)
    if match or not lazy:
        return match
    if lines.ATTRIBUTES.match(text, at) or lines.begins_html(text, at):
        return None
    return _TEXT.match(text, at)


def _tick(inside: list[Node]) -> None:
    """Show a task as one: readers of feeds and mails get no boxes to tick."""
    first = inside[0] if inside else None
    if first and first.kind is Kind.PARAGRAPH and (task := _TASK.match(first.text)):
        first.text = ("☐ " if task[1] == " " else "☑ ") + first.text[task.end() :]


def _tighten(inside: list[Node], *, last: bool, ended: bool, rest: bool) -> None:
    """Decide whether an item's text is a paragraph, by kramdown's rule.

    The last one follows the others: `rest` says whether one of them is tight, or there is none.
    """
    if not inside or inside[0].kind is not Kind.PARAGRAPH:
        return
    alone = len(inside) == 1 or inside[1].kind is not Kind.BLANK
    alone = alone or (last and len(inside) == 2 and not ended)  # noqa: PLR2004 -- and a blank
    inside[0].bare = alone and (not last or rest)


def parse_definitions(parse_blocks: Parse, text: str, at: int, nodes: list[Node]) -> int:
    """Read the definitions that begin here into `nodes`, with the paragraph above as their terms.

    Gives the place behind them, or `at` if there is no such paragraph.
    """
    loose = bool(nodes) and nodes[-1].kind is Kind.BLANK
    above = nodes[-2:-1] if loose else nodes[-1:]
    if not above or above[0].kind is not Kind.PARAGRAPH:
        return at
    del nodes[len(nodes) - 1 - loose :]
    parts: list[str | Leaf | Node] = []
    for term in above[0].text.split("\n"):
        parts += ["<dt>", Leaf(_ATTRIBUTES.sub("", term, count=1)), "</dt>\n"]
    items, at, loosened = _definitions(text, at, loose=loose)
    for item, is_loose in zip(items, loosened, strict=True):
        inside = parse_blocks("".join(item.pieces))
        if inside and inside[0].kind is Kind.PARAGRAPH and not is_loose:
            inside[0].bare = True
        parts += ["<dd>", *inside, "</dd>\n"]
    _definition_list(nodes).parts[-1:-1] = parts
    if items[-1].pieces[-1].endswith("\n\n"):
        nodes.append(Node(Kind.BLANK))
    return at


def _definition_list(nodes: list[Node]) -> Node:
    """The list right above, perhaps across blank lines, or a new one."""
    above = next((node for node in nodes[:-3:-1] if node.kind is not Kind.BLANK), None)
    if above and above.kind is Kind.DEFINITIONS:
        del nodes[nodes.index(above, len(nodes) - 2) + 1 :]
        return above
    nodes.append(Node(Kind.DEFINITIONS, ["<dl>\n", "</dl>\n"]))
    return nodes[-1]


def _definitions(text: str, at: int, *, loose: bool) -> tuple[list[_Item], int, list[bool]]:
    """The definitions, the place behind them, and of each whether a blank line stood before it."""
    start = _start(":", 3)
    items: list[_Item] = []
    loosened: list[bool] = []
    after_blank = False
    while at < len(text):
        if match := start.match(text, at):
            items.append(_Item(match[1], match[2]))
            loosened.append(loose)
            start = _start(":", items[-1].starts)
            loose = after_blank = False
        elif text[at] == "^" and lines.END.match(text, at):
            break
        elif match := _continued(items[-1], text, at, lazy=not after_blank):
            items[-1].add(match[0])
            loose = after_blank = False
        elif match := lines.BLANK.match(text, at):
            items[-1].blank(match[0])
            loose = after_blank = True
        else:
            break
        at = match.end()
    return items, at, loosened
