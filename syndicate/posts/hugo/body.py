"""The body of a page as HTML: shortcodes out, Markdown, shortcodes back."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from syndicate.errors import PostError
from syndicate.posts.hugo.config import mapping
from syndicate.posts.hugo.shortcodes import Shortcodes
from syndicate.posts.jekyll.naming import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syndicate.posts.faults import Faults
    from syndicate.posts.hugo.addresses import Addresses
    from syndicate.posts.hugo.fields import PageFields
    from syndicate.posts.hugo.goldmark import Renderer
    from syndicate.posts.hugo.tags import Tag
    from syndicate.posts.matter.front_matter import FrontMatter

#: Ends the author's own excerpt.
_MORE = "<!--more-->"
_REFS = ("ref", "relref")


@dataclass(frozen=True, slots=True)
class Body:
    """HTML, not sanitised."""

    html: str
    #: What stands above the author's mark; empty if there is none.
    excerpt: str


class Bodies:
    """Renders the bodies of one site's pages; `params` are the site's own, and `base` its URL."""

    def __init__(
        self, markdown: Renderer, addresses: Addresses, params: Mapping[str, Any], base: str
    ) -> None:
        self._markdown = markdown
        self._addresses = addresses
        self._params = params
        self._base = base

    def body(self, fields: PageFields, matter: FrontMatter, language: str, faults: Faults) -> Body:
        """The page's body.

        Raises:
            PostError: its shortcodes are nested too deep.
        """
        answers = _Answers(
            fields, self._addresses, self._params, self._base, faults, matter.body_line
        )
        is_markdown = fields.page.kind is Kind.MARKDOWN
        shortcodes = Shortcodes(
            answers.answer,
            lambda text: self._markdown.render(text, language),
            faults,
            matter.body_line,
        )

        def html(text: str) -> str:
            if is_markdown:
                text = self._markdown.render(text, language)
            return shortcodes.put_back(text)

        text = shortcodes.take(matter.body)
        begun, mark, _ = text.partition(_MORE)
        return Body(html(text), html(begun) if mark else "")


@dataclass(frozen=True, slots=True)
class _Answers:
    """What shortcodes say that speak of the site: `ref`, `relref` and `param`."""

    fields: PageFields
    addresses: Addresses
    params: Mapping[str, Any]
    base: str
    faults: Faults
    line: int

    def answer(self, tag: Tag) -> str | None:
        """Text for HTML; None: it is none of these."""
        if tag.name in _REFS:
            return escape(self._address(tag))
        if tag.name == "param":
            return escape(self._param(tag))
        return None

    def _address(self, tag: Tag) -> str:
        target = tag.get("path", 0)
        try:
            found = self.addresses.resolve(target, self.fields.page)
            reason = f"no page {target[:60]!r}"
        except PostError as error:
            found, reason = None, error.reason
        if found is None:
            self._warn(f"{tag.name}: {reason}; the link was left out", tag)
        return f"{self.base}{found}" if found and found[0] == "/" else found or ""

    def _param(self, tag: Tag) -> str:
        name = tag.get("name", 0).lower()
        for values in (self.fields.values, self.params):
            value: Any = values
            for part in name.split("."):
                value = mapping(value).get(part)
            if isinstance(value, (str, int, float)):
                return str(value)
        self._warn(f"param: nothing is called {name[:60]!r}; it was left out", tag)
        return ""

    def _warn(self, reason: str, tag: Tag) -> None:
        self.faults.warn(reason, tag.line + self.line - 1)
