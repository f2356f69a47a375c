"""Markdown to HTML, as the site's own renderer understands it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import comrak

from syndicate.posts.kramdown.document import Kramdown
from syndicate.posts.kramdown.typography import is_spaced

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What `markdown:` in `_config.yml` calls it where it isn't named.
_USUAL = "kramdown"


class Markdown:
    """A renderer; its options are built once. `config` is the site's `_config.yml`."""

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        config = config or {}
        options = config.get("kramdown")
        options = options if isinstance(options, dict) else {}
        self._kramdown = Kramdown(
            hard_wrap=options.get("hard_wrap") is True,
            parse_block_html=options.get("parse_block_html") is True,
        )
        name = str(config.get("markdown") or _USUAL).lower()
        self._common = None if name == _USUAL else _CommonMark()

    def render(self, text: str, language: str) -> str:
        """The text as HTML, not sanitised. Quotes and dashes are typeset as kramdown does it."""
        return (self._common or self._kramdown).render(text, language)


class _CommonMark:
    """For sites with a plugin such as jekyll-commonmark-ghpages."""

    def __init__(self) -> None:
        self._extensions = comrak.ExtensionOptions()
        self._extensions.table = True
        self._extensions.strikethrough = True
        self._extensions.autolink = True
        self._extensions.footnotes = True
        self._extensions.tasklist = True
        self._extensions.cjk_friendly_emphasis = True
        self._rendering = comrak.RenderOptions()
        self._rendering.unsafe_ = True
        self._plain = comrak.ParseOptions()
        self._curling = comrak.ParseOptions()
        self._curling.smart = True

    def render(self, text: str, language: str) -> str:
        parsing = self._curling if is_spaced(language) else self._plain
        html = comrak.render_markdown(text, self._extensions, parsing, self._rendering)
        # The site's own page calls its notes `fn:1`, and links lead there.
        return html.replace('href="#fn-', 'href="#fn:') if 'href="#fn-' in html else html
