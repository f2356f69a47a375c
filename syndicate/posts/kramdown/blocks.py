"""The blocks of a text, by kramdown's rules as Jekyll sets them (its GFM dialect)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syndicate.posts.kramdown import html, lines, lists, simple
from syndicate.posts.kramdown.nodes import Kind, Leaf, Node
from syndicate.posts.kramdown.spans import normal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Reader = Callable[[str, int, list[Node]], int]

#: Blocks within blocks. Deeper ones are text.
_DEEPEST = 30

_EXTENSION = re.compile(r" {0,3}\{::(\w+)(?:\s([^{}\n]{0,1000}?))?(/)?\}[ \t]*\n")
_EXTENSION_END = re.compile(r"^ {0,3}\{:/\w*\}[ \t]*\n", re.MULTILINE)
_NOTE = re.compile(r" {0,3}\[\^(\w[\w-]{0,99})\]:[ \t]*([^\n]*\n)")
_ABBREVIATION = re.compile(r" {0,3}\*\[([^\]\n]{1,99})\]:([^\n]*)\n")
_LANGUAGE = re.compile(r"\.(?:language-|lang-)([\w+-]+)")
_LINK = re.compile(
    r" {0,3}\[([^\]\n]{1,999})\]:[ \t]*(?:<([^<>\n]*)>|([^\s\"'][^\n]*?))"
    r"(?:(?:[ \t]*\n)?[ \t]*(?:\"([^\n]+)\"|'([^\n]+)'))?[ \t]*\n"
)
_COMMENT = re.compile(r" {0,3}<!--")
_PARSES_HTML = 'parse_block_html="true"'


class Blocks:
    """Takes a text apart. What it defines for the whole text stands in its attributes."""

    def __init__(self, *, parse_html: bool = False) -> None:
        self._parse_html = parse_html
        self._depth = 0
        #: URL and title by normal label.
        self.links: dict[str, tuple[str, str]] = {}
        self.abbreviations: dict[str, str] = {}
        self.notes: dict[str, list[Node]] = {}
        #: Who reads what begins with this character, in this order.
        self._readers: Mapping[str, tuple[Reader, ...]] = {
            "\n": (simple.blank,),
            **dict.fromkeys("`~", (simple.fence,)),
            ">": (self._quote,),
            "#": (simple.heading,),
            "*": (simple.rule, self._list, self._abbreviation),
            "-": (simple.rule, self._list),
            "_": (simple.rule,),
            **dict.fromkeys("+0123456789", (self._list,)),
            ":": (self._definitions,),
            "<": (self._comment, self._html),
            "$": (simple.math,),
            "[": (self._footnote, self._link),
            "{": (self._attributes, self._extension),
            "^": (simple.end_mark,),
        }

    def parse(self, text: str) -> list[Node]:
        """The text's blocks; its lines end in LF."""
        if self._depth >= _DEEPEST:
            return [Node(Kind.PARAGRAPH, text=text.strip())]
        self._depth += 1
        nodes: list[Node] = []
        waiting = ""
        text += "" if text.endswith("\n") else "\n"
        at, end = 0, len(text)
        while at < end:
            count = len(nodes)
            at = self._block(text, at, nodes, boundary=bool(waiting) or simple.is_boundary(nodes))
            attributes = _taken(nodes)
            if attributes:
                waiting = self._apply(attributes, nodes, waiting)
            elif waiting and len(nodes) > count:
                self._apply(waiting, nodes, "")
                waiting = ""
        self._depth -= 1
        return nodes

    def _block(self, text: str, at: int, nodes: list[Node], *, boundary: bool) -> int:
        """Read the block that begins here into `nodes`; gives the place behind it."""
        first = lines.first(text, at)
        readers = self._readers.get(first, ())
        if text[at] in " \t" and first != "\n" and lines.INDENT.match(text, at):
            goes_on = nodes and nodes[-1].kind is Kind.PARAGRAPH
            readers, boundary = (() if goes_on else (simple.indented,)), False
        for reader in readers:
            after = reader(text, at, nodes)
            if after > at:
                return after
        after = simple.underlined(text, at, nodes) if boundary else at
        after = simple.table(text, at, nodes) if boundary and after == at else after
        return after if after > at else simple.paragraph(text, at, nodes)

    def _quote(self, text: str, at: int, nodes: list[Node]) -> int:
        end = lines.after_line(text, at)
        while end < len(text) and not (lines.BLANK.match(text, end) or lines.ends_lazy(text, end)):
            end = lines.after_line(text, end)
        inside = self.parse(lines.QUOTE.sub("", text[at:end]))
        nodes.append(Node(Kind.OTHER, ["<blockquote>\n", *inside, "</blockquote>\n"]))
        return end

    def _list(self, text: str, at: int, nodes: list[Node]) -> int:
        if not lines.LIST.match(text, at):
            return at
        return lists.parse(self.parse, text, at, nodes)

    def _definitions(self, text: str, at: int, nodes: list[Node]) -> int:
        if not lines.DEFINITION.match(text, at):
            return at
        return lists.parse_definitions(self.parse, text, at, nodes)

    def _comment(self, text: str, at: int, nodes: list[Node]) -> int:
        end = text.find("-->", at) if _COMMENT.match(text, at) else -1
        if end < 0:
            return at
        nodes.append(Node(Kind.OTHER))
        return lines.after_rest(text, end + 3)

    def _html(self, text: str, at: int, nodes: list[Node]) -> int:
        tag = html.START.match(text, at)
        if not tag or tag[1].lower() in html.SPANS:
            return at
        name = tag[1].lower()
        if tag[3] or name in html.VOID:
            nodes.append(Node(Kind.OTHER, [tag[0].strip(), "\n"]))
            return lines.after_rest(text, tag.end())
        inside_end, end = html.end(name, text, tag.end())
        nodes.append(self._element(name, tag[0].strip(), text[tag.end() : inside_end]))
        return lines.after_rest(text, end)

    def _element(self, name: str, tag: str, inside: str) -> Node:
        kind = html.content(name, tag, usual=self._parse_html)
        parts: list[str | Leaf | Node] = [html.without_markdown(tag)]
        if kind == "block":
            parts += ["\n", *self.parse(inside.lstrip(" \t").removeprefix("\n"))]
        elif kind == "span":
            parts.append(Leaf(inside.strip()))
        else:
            parts += self._raw(inside)
        return Node(Kind.OTHER, [*parts, f"</{name}>\n"])

    def _raw(self, inside: str) -> list[str | Leaf | Node]:
        """HTML as it stands, but for elements in it that say they hold Markdown."""
        parts: list[str | Leaf | Node] = []
        at = 0
        while self._depth < _DEEPEST and (tag := html.marked(inside, at)):
            name = tag[1].lower()
            inner_end, end = html.end(name, inside, tag.end())
            parts.append(inside[at : tag.start()])
            parts.append(self._element(name, tag[0], inside[tag.end() : inner_end]))
            at = end
        parts.append(inside[at:])
        return parts

    def _footnote(self, text: str, at: int, nodes: list[Node]) -> int:
        """Its first line, and what follows indented."""
        note = _NOTE.match(text, at)
        if not note:
            return at
        end = lines.after_indented(text, note.end())
        inside = lines.INDENT.sub("", note[2] + text[note.end() : end])
        self.notes[note[1]] = self.parse(inside)
        nodes.append(Node(Kind.UNSEEN))
        return end

    def _link(self, text: str, at: int, nodes: list[Node]) -> int:
        link = _LINK.match(text, at)
        if not link or re.search(r"[ \t]+[\"']", link[3] or ""):
            return at
        label, bracketed, plain, *titles = link.groups()
        url = bracketed if plain is None else plain.rstrip()
        self.links[normal(label)] = (url, titles[0] or titles[1] or "")
        nodes.append(Node(Kind.UNSEEN))
        return link.end()

    def _abbreviation(self, text: str, at: int, nodes: list[Node]) -> int:
        match = _ABBREVIATION.match(text, at)
        if not match:
            return at
        self.abbreviations[match[1]] = match[2].strip()
        nodes.append(Node(Kind.UNSEEN))
        return match.end()

    def _attributes(self, text: str, at: int, nodes: list[Node]) -> int:
        """`{: .a}` belongs to a block; `parse` says to which."""
        match = lines.ATTRIBUTES.match(text, at)
        if not match:
            return at
        nodes.append(Node(Kind.UNSEEN, attributes=match[1]))
        return match.end()

    def _extension(self, text: str, at: int, nodes: list[Node]) -> int:
        """`{::comment}` hides, `{::nomarkdown}` is HTML, `{::options /}` sets."""
        match = _EXTENSION.match(text, at)
        if not match or match[1] not in ("comment", "nomarkdown", "options"):
            return at
        name, said = match[1], match[2] or ""
        stop = match if match[3] else _EXTENSION_END.search(text, match.end())
        if not stop:
            return at
        if name == "nomarkdown" and "latex" not in said:
            nodes.append(Node(Kind.OTHER, [text[match.end() : stop.start()]]))
        if name == "options" and _PARSES_HTML in said:
            self._parse_html = True
        nodes.append(Node(Kind.UNSEEN))
        return stop.end()

    def _apply(self, attributes: str, nodes: list[Node], waiting: str) -> str:
        """Give a list of attributes to the block above; what is left waits for the one below."""
        if not nodes or nodes[-1].kind in (Kind.BLANK, Kind.END):
            return f"{waiting} {attributes}"
        node = nodes[-1]
        if "toc" in attributes.split() and node.kind is Kind.LIST:
            # A table of contents: feeds and mails have no place to jump to.
            node.parts.clear()
        language = _LANGUAGE.search(attributes) if node.kind is Kind.CODE else None
        if language:
            node.parts[0] = f'<pre><code class="language-{language[1]}">'
        nodes.append(Node(Kind.UNSEEN))
        return waiting


def _taken(nodes: list[Node]) -> str:
    """The list of attributes that was just read, off the blocks."""
    return nodes.pop().attributes if nodes and nodes[-1].attributes else ""
