"""Markdown to HTML, as close to Jekyll's kramdown as a CommonMark parser comes."""

from __future__ import annotations

import re

import comrak

#: Languages whose text has no spaces around quotation marks: curling them would guess the side, and
#: `他说"好"` would get two closing ones.
_NOT_CURLED = ("zh", "ja", "ko")

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
#: `{: .class}`, `{:toc}`, `{::comment}`, `{:/}` on a line of their own.
_BLOCK_LIST = re.compile(r"\s*\{:[^{}\n]*\}\s*$")
#: `{: .class width="9"}` right behind a link, an image, code or emphasis.
_SPAN_LIST = re.compile(r"(?<=[)\]*_`>])\{:([^{}\n]*)\}")
_MARKDOWN_ATTRIBUTE = re.compile(r"\smarkdown\s?=\s?(?:[\"'](?:1|0|block|span)[\"']|[01]\b)")
_LIST_ITEM = re.compile(r"\s{0,3}(?:[*+-]|\d{1,9}\.)\s")


class Markdown:
    """A renderer; its options are built once."""

    def __init__(self) -> None:
        self._extensions = comrak.ExtensionOptions()
        self._extensions.table = True
        self._extensions.strikethrough = True
        self._extensions.footnotes = True
        self._extensions.description_lists = True
        self._extensions.tasklist = True
        # `**央行：**下调` is emphasis to a reader of Chinese, though not to CommonMark.
        self._extensions.cjk_friendly_emphasis = True
        self._render = comrak.RenderOptions()
        # Posts mix Markdown and HTML; what is dangerous in it is the sanitiser's concern.
        self._render.unsafe_ = True
        self._plain = comrak.ParseOptions()
        self._curling = comrak.ParseOptions()
        self._curling.smart = True

    def render(self, text: str, language: str) -> str:
        """The text as HTML, not sanitised. Quotes and dashes are typeset as kramdown does it."""
        if "{:" in text or "markdown" in text:
            text = without_attribute_lists(text)
        curled = language.partition("-")[0] not in _NOT_CURLED
        parsing = self._curling if curled else self._plain
        html = comrak.render_markdown(text, self._extensions, parsing, self._render)
        # The site's own page calls its notes `fn:1`, and links lead there.
        return html.replace('href="#fn-', 'href="#fn:') if 'href="#fn-' in html else html


def without_attribute_lists(text: str) -> str:
    """The text without kramdown's attribute lists and `markdown="1"`, which CommonMark shows.

    Fenced code stays as it is.
    """
    kept: list[str] = []
    fence = ""
    for line in text.split("\n"):
        opening = _FENCE.match(line)
        if fence:
            if opening and opening[1].startswith(fence) and not line[opening.end() :].strip():
                fence = ""
            kept.append(line)
        elif opening:
            fence = opening[1]
            kept.append(line)
        else:
            _keep(kept, line)
    return "\n".join(kept)


def _keep(kept: list[str], line: str) -> None:
    if "{:" in line:
        if _BLOCK_LIST.match(line) and "=>" not in line:
            # The table of contents takes the place of a list item that only holds its place.
            if "toc" in line and "no_toc" not in line and kept and _LIST_ITEM.match(kept[-1]):
                kept.pop()
            return
        line = _SPAN_LIST.sub(_unless_ruby, line)
    if "markdown" in line and "<" in line:
        bare = _MARKDOWN_ATTRIBUTE.sub("", line)
        # In CommonMark, Markdown inside an HTML block begins after an empty line.
        line = f"{bare}\n" if bare != line and bare.rstrip().endswith(">") else bare
    kept.append(line)


def _unless_ruby(match: re.Match[str]) -> str:
    """`{:a => 1}` is a hash of Ruby's, not a list of attributes."""
    return match[0] if "=>" in match[1] else ""
