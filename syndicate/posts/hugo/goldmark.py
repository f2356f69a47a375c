"""Markdown as Goldmark renders it for Hugo: CommonMark with the extensions that Hugo turns on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import comrak

from syndicate.posts.kramdown.typography import is_spaced

if TYPE_CHECKING:
    from syndicate.posts.hugo.config import Goldmark

_EXTENSIONS = (
    *("table", "strikethrough", "autolink", "footnotes", "tasklist", "description_lists"),
    # Beyond Goldmark, which leaves the asterisks of `**央行：**下调` standing.
    "cjk_friendly_emphasis",
    # A quotation that begins with [!NOTE]: Hugo's themes show it as one.
    "alerts",
)
#: `## Title {#id .class}`: what is in braces is for the page's own style.
_HEADING_ATTRIBUTES = re.compile(
    r"[ \t]{0,9}\{[ \t]{0,9}[#.\w][^{}<>\n]{0,500}\}(?=[ \t]{0,9}</h[1-6]>)"
)
_BLOCK_ATTRIBUTES = re.compile(r"[ \t]{0,9}\{[ \t]{0,9}[#.\w][^{}\n]{0,500}\}[ \t]{0,9}")
#: A note is called by its number, not by its name in the text.
_TO_NOTE = re.compile(r'<a href="#fn-[^"]*+"( id="[^"]*+" data-footnote-ref>(\d+)</a>)')
_FROM_NOTE = re.compile(
    r'<a href="#fnref-[^"]*+"(?= class="footnote-backref" data-footnote-backref '
    r'data-footnote-backref-idx="(\d+))'
)
#: An address without a scheme is taken for a safe one.
_WWW = re.compile(r'<a href="http://(?=www\.[^"]*+">www\.)')
#: Boxes to tick, which no feed reader has.
_TICKED = '<input type="checkbox" checked="" disabled="" />'
_EMPTY = '<input type="checkbox" disabled="" />'
_FENCE = re.compile(r"[ \t>]{0,20}(`{3,}|~{3,})")


class Renderer:
    """A renderer; its options are built once."""

    def __init__(self, config: Goldmark) -> None:
        self._block_attributes = config.block_attributes
        self._extensions = comrak.ExtensionOptions()
        for name in _EXTENSIONS:
            setattr(self._extensions, name, True)
        self._extensions.shortcodes = config.emoji
        self._rendering = comrak.RenderOptions()
        self._rendering.unsafe_ = config.unsafe
        self._rendering.hardbreaks = config.hard_wraps
        self._plain = comrak.ParseOptions()
        self._curling = comrak.ParseOptions()
        self._curling.smart = config.typographer

    def render(self, text: str, language: str) -> str:
        """The text as HTML, not sanitised."""
        if self._block_attributes and "{" in text:
            text = _without_block_attributes(text)
        parsing = self._curling if is_spaced(language) else self._plain
        html = comrak.render_markdown(text, self._extensions, parsing, self._rendering)
        if "}</h" in html or "} </h" in html:
            html = _HEADING_ATTRIBUTES.sub("", html)
        return _as_hugo(html)


def _as_hugo(html: str) -> str:
    """What comrak names and writes otherwise; links lead to the site's own page."""
    if 'href="#fn-' in html:
        html = _FROM_NOTE.sub(r'<a href="#fnref:\1"', _TO_NOTE.sub(r'<a href="#fn:\2"\1', html))
    if 'href="http://www.' in html:
        html = _WWW.sub('<a href="https://', html)
    return html.replace(_TICKED, "☑").replace(_EMPTY, "☐") if "<input " in html else html


def _without_block_attributes(text: str) -> str:
    """Without the lines that say how the block above looks; code stays as it is."""
    kept, fence = [], ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        if fence or not _BLOCK_ATTRIBUTES.fullmatch(line):
            kept.append(line)
        else:
            kept.append("")
    return "\n".join(kept)
