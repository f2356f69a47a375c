"""A post's HTML as prose for the text part: paragraphs, lists, quotes, and links by number."""

from __future__ import annotations

import re

from lxml import etree

from syndicate.digests.lines import underlined, wrap

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_LISTS = frozenset(("dl", "ol", "ul"))
_TABLE_PARTS = frozenset(("table", "tbody", "tfoot", "thead"))
_SECTIONS = frozenset(("address", "article", "aside", "details", "div", "figure", "footer"))
_SECTIONS |= frozenset(("header", "main", "nav", "section"))
_PARAGRAPHS = frozenset(("blockquote", "figcaption", "hr", "p", "pre", "summary"))
#: What stands line by line, without blank lines between those of one kind.
_TIGHT = {"li": "item", "tr": "row", "dt": "term", "dd": "term"}
#: Each is a paragraph of its own, or holds some.
_BLOCKS = _HEADINGS | _LISTS | _TABLE_PARTS | _SECTIONS | _PARAGRAPHS | _TIGHT.keys()
_CELLS = frozenset(("td", "th"))
_CELL_END = " | "
#: Code stands apart from prose, and its lines aren't wrapped.
_CODE = "    "
_WHITE = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"\n{3,}")
_SCHEME = re.compile(r"(?:https?://|mailto:|tel:)")


def prose(root: etree._Element) -> str:
    """The element's content as lines of text, with the addresses of its links below.

    It says what the HTML says, in the same words (SpamAssassin's MPART_ALT_DIFF). Nothing recurses,
    so depth doesn't matter.
    """
    writer = _Writer()
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            writer.start(element)
            writer.say(element.text or "")
        else:
            writer.end(element)
            writer.say((element.tail or "") if element is not root else "")
    return writer.text()


def without_gaps(text: str) -> str:
    """A text that a template made, with at most two blank lines on end and none around it."""
    return _BLANK_LINES.sub("\n\n\n", text).strip("\n") + "\n"


def said(element: etree._Element) -> str:
    """The words within an element."""
    return "".join(str(text) for text in element.itertext())


class _Writer:
    """Takes a tree's elements as they open and close; keeps paragraphs."""

    def __init__(self) -> None:
        #: Each with its kind of `_TIGHT`, or none.
        self._paragraphs: list[tuple[str, str]] = []
        #: What was said since the last paragraph. "\n" is a break that the author wanted.
        self._words: list[str] = []
        #: Each link's address, with its number.
        self._links: dict[str, int] = {}
        #: The blocks that are open.
        self._open: list[str] = []
        #: Of each open quote and list item: what its next line and the lines after begin with.
        self._prefixes: list[tuple[str, str]] = []
        #: Of each open list: the next item's number; None where items have none.
        self._numbers: list[int | None] = []

    def say(self, text: str) -> None:
        """Words within the open block."""
        self._words.append(text if "pre" in self._open else _WHITE.sub(" ", text))

    def start(self, element: etree._Element) -> None:
        tag = str(element.tag)
        if tag in _BLOCKS:
            self._flush()
            self._open.append(tag)
            self._indent(tag)
        elif tag == "br":
            self._words.append("\n")
        elif tag == "img":
            alt = element.get("alt", "").strip()
            self.say(f"[{alt}]" if alt else "")

    def end(self, element: etree._Element) -> None:
        tag = str(element.tag)
        if tag in _BLOCKS:
            self._flush()
            self._open.pop()
            self._outdent(tag)
        elif tag in _CELLS:
            self._words.append(_CELL_END)
        elif tag == "a":
            self._refer(element)

    def text(self) -> str:
        """All paragraphs, then the links."""
        self._flush()
        parts, before = [], ""
        for paragraph, kind in self._paragraphs:
            parts += ["\n" if kind and kind == before else "\n\n", paragraph]
            before = kind
        prose = "".join(parts[1:])
        links = "\n".join(f"[{number}] {url}" for url, number in self._links.items())
        return "\n\n".join(part for part in (prose, links) if part)

    def _indent(self, tag: str) -> None:
        if tag == "hr":
            self._words.append("* * *")
        elif tag == "blockquote":
            self._prefixes.append(("> ", "> "))
        elif tag in ("ol", "ul"):
            self._numbers.append(1 if tag == "ol" else None)
        elif tag == "li":
            number = self._numbers[-1] if self._numbers else None
            mark = "- " if number is None else f"{number}. "
            if number is not None:
                self._numbers[-1] = number + 1
            self._prefixes.append((mark, " " * len(mark)))

    def _outdent(self, tag: str) -> None:
        if tag in ("blockquote", "li"):
            self._prefixes.pop()
        elif tag in ("ol", "ul"):
            self._numbers.pop()

    def _refer(self, link: etree._Element) -> None:
        """A number for the link's address, unless its text is the address or nothing."""
        url = link.get("href", "")
        label = said(link).strip() or "".join(i.get("alt", "") for i in link.iter("img"))
        if not url or not label or _SCHEME.sub("", label) == _SCHEME.sub("", url):
            return
        number = self._links.setdefault(url, len(self._links) + 1)
        self._words.append(f" [{number}]")

    def _flush(self) -> None:
        """Ends the paragraph that is being said, if any was."""
        words = "".join(self._words)
        self._words.clear()
        tag = self._open[-1] if self._open else ""
        if tag == "tr":
            words = words.strip(_CELL_END)
        if not words.strip():
            return
        if tag in _HEADINGS:
            paragraph = underlined(words, "-")
        elif "pre" in self._open:
            lines = words.strip("\n").split("\n")
            paragraph = "\n".join((self._prefix()[0] + _CODE + line).rstrip() for line in lines)
        else:
            lines = [line for line in words.split("\n") if line.strip()]
            paragraph = "\n".join(wrap(line, *self._prefix()) for line in lines)
        self._paragraphs.append((paragraph, _TIGHT.get(tag, "")))

    def _prefix(self) -> tuple[str, str]:
        """What the next line and the lines after it begin with; a bullet is used up by it."""
        first = "".join(once for once, _ in self._prefixes)
        rest = "".join(after for _, after in self._prefixes)
        self._prefixes = [(after, after) for _, after in self._prefixes]
        return first, rest
