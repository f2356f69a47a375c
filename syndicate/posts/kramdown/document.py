"""A text in kramdown becomes HTML."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

import comrak

from syndicate.posts.kramdown.blocks import Blocks
from syndicate.posts.kramdown.nodes import Kind, Leaf, Node, flat
from syndicate.posts.kramdown.plain import as_commonmark
from syndicate.posts.kramdown.spans import NOTHING, SIZE, SPACE, Spans, target
from syndicate.posts.kramdown.typography import is_spaced

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Around each leaf: marks that no post holds, so that nothing in it begins a block to comrak.
_BEGIN, _STOP = "\x04\x0c", "\x0c\x05"
_BETWEEN = re.compile(f"{_STOP}</p>\n|<p>{_BEGIN}")
#: What stands for a piece of HTML until comrak is through.
_KEPT = re.compile("\x02([0-9]+)\x03")
#: What describes a picture is no HTML.
_ALT = re.compile('alt="[^"]*\x02[^"]*"')
_SIZED = re.compile(rf"(<img [^<>]*?) ?/?>{SIZE}([^<>]*)-->")
_MARKS = re.compile("[\x02-\x05\x0c]")
_TAGS = re.compile(r"(<[^<>]*>)")
#: Abbreviations of one post that are looked for.
_MOST_ABBREVIATIONS = 100


class Kramdown:
    """A renderer; its options are built once."""

    def __init__(self, *, hard_wrap: bool = False, parse_block_html: bool = False) -> None:
        self._hard_wrap = hard_wrap
        self._parse_block_html = parse_block_html
        self._extensions = comrak.ExtensionOptions()
        self._extensions.strikethrough = True
        # `**央行：**下调` is emphasis to a reader of Chinese, though not to CommonMark.
        self._extensions.cjk_friendly_emphasis = True
        self._parsing = comrak.ParseOptions()
        self._rendering = comrak.RenderOptions()
        # Posts mix Markdown and HTML; what is dangerous in it is the sanitiser's concern.
        self._rendering.unsafe_ = True

    def render(self, text: str, language: str) -> str:
        """The text as HTML, not sanitised."""
        spaced = is_spaced(language)
        plain = None if self._hard_wrap else as_commonmark(text, spaced=spaced)
        return self._read_whole(text, spaced=spaced) if plain is None else self._comrak(plain)

    def _comrak(self, text: str) -> str:
        return comrak.render_markdown(text, self._extensions, self._parsing, self._rendering)

    def _read_whole(self, text: str, *, spaced: bool) -> str:
        """By all of kramdown's rules."""
        text = _MARKS.sub("", text)
        blocks = Blocks(parse_html=self._parse_block_html)
        page = _Page(blocks, spaced=spaced, breaks=self._hard_wrap)
        parts = page.parts(blocks.parse(text))
        leaves = [f"{_BEGIN}{part}{_STOP}" for part in parts if isinstance(part, Leaf)]
        html = self._comrak("\n\n".join((*leaves, *page.definitions(), "")))
        rendered = iter(_BETWEEN.split(html)[1::2])
        whole = "".join(next(rendered) if isinstance(part, Leaf) else part for part in parts)
        whole = page.restored(whole.replace(SPACE, "\n"))
        return _abbreviated(whole, blocks.abbreviations) if blocks.abbreviations else whole


class _Page:
    """The leaves of a text on their way through comrak, and its footnotes."""

    def __init__(self, blocks: Blocks, *, spaced: bool, breaks: bool) -> None:
        self._blocks = blocks
        self._spans = Spans(self._keep, self._mark, blocks.links, spaced=spaced, breaks=breaks)
        #: Names of footnotes as they are met, and their numbers.
        self._order: list[str] = []
        self._numbers: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self.kept: list[str] = []

    def parts(self, nodes: Sequence[Node]) -> list[str | Leaf]:
        """HTML and leaves ready for comrak, the footnotes' among them."""
        parts = [self._read(part) for part in flat(nodes)]
        notes: list[str | Leaf] = []
        # A note may name another, which then comes behind it.
        for name in self._order:
            notes += self._note(name)
        if notes:
            parts += ['<div class="footnotes"><ol>\n', *notes, "</ol></div>\n"]
        return parts

    def definitions(self) -> list[str]:
        """The text's link definitions as CommonMark has them."""
        return [
            f"{self._spans.read(f'[{label}]')}: {target(*link)}"
            for label, link in self._blocks.links.items()
        ]

    def restored(self, html: str) -> str:
        """The HTML from comrak with all that was kept from it."""
        html = html.replace(NOTHING, "").replace(escape(NOTHING), "")
        if not self.kept:
            return html
        html = _ALT.sub(lambda match: _TAGS.sub("", self._restored(match[0])), html)
        html = self._restored(html)
        return _SIZED.sub(r"\1\2 />", html) if SIZE in html else html

    def _restored(self, html: str) -> str:
        return _KEPT.sub(lambda match: self.kept[int(match[1])], html)

    def _read(self, part: str | Leaf) -> str | Leaf:
        return Leaf(self._spans.read(part)) if isinstance(part, Leaf) else part

    def _keep(self, html: str) -> str:
        """The same mark for the same HTML: labels of links may hold code."""
        number = self._seen.setdefault(html, len(self.kept))
        if number == len(self.kept):
            self.kept.append(html)
        return f"\x02{number}\x03"

    def _mark(self, name: str) -> str:
        if name not in self._blocks.notes:
            return ""
        number = self._numbers.setdefault(name, len(self._order) + 1)
        if number > len(self._order):
            self._order.append(name)
        return f'<sup><a href="#fn:{escape(name)}">{number}</a></sup>'

    def _note(self, name: str) -> list[str | Leaf]:
        back = f' <a href="#fnref:{escape(name)}">↩</a>'
        nodes = self._blocks.notes[name]
        parts = [self._read(part) for part in flat(nodes)]
        if any(node.kind is Kind.PARAGRAPH for node in nodes[-1:]):
            parts.insert(len(parts) - 1, back)
        else:
            parts.append(f"<p>{back}</p>")
        return ["<li>", *parts, "</li>\n"]


def _abbreviated(html: str, abbreviations: dict[str, str]) -> str:
    """The HTML with each abbreviation's long form as its title; code stays as it is."""
    names = sorted(abbreviations, key=len, reverse=True)[:_MOST_ABBREVIATIONS]
    words = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", re.ASCII)
    pieces = _TAGS.split(html)
    code = 0
    for number, piece in enumerate(pieces):
        if number % 2:
            if piece.startswith(("<code", "<pre", "<script", "<style")):
                code += 1
            elif piece.startswith(("</code", "</pre", "</script", "</style")):
                code -= 1
        elif not code:
            pieces[number] = words.sub(lambda m: _abbr(m[0], abbreviations[m[0]]), piece)
    return "".join(pieces)


def _abbr(name: str, meaning: str) -> str:
    return f'<abbr title="{escape(meaning)}">{name}</abbr>' if meaning else name
