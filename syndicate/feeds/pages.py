"""Pages for people beside the documents for feed readers: one a feed, and an index of all.

They are files like the documents: the same bytes for the same posts, and any web server can serve
them.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

import jinja2

from syndicate.chrome import chrome
from syndicate.feeds.model import Format
from syndicate.resources import templates_folder
from syndicate.settings import OUTBOX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.chrome import Chrome
    from syndicate.feeds.model import Feed
    from syndicate.feeds.opml import Listed
    from syndicate.settings import Settings

#: A feed's page, in the folder of its documents.
PAGE = "index.html"
#: The page of all feeds, beside the site's own documents.
INDEX_PAGE = "feeds.html"
#: What makes a feed readable that somebody opens in a browser, beside the site's own documents.
STYLE = "feed.css"
#: What narrows the index down to what is typed; without it the whole list is there.
SEARCH = "search.js"
#: What they are called in HTTP.
MEDIA_TYPES = {
    PAGE: "text/html",
    INDEX_PAGE: "text/html",
    STYLE: "text/css",
    SEARCH: "text/javascript",
}
#: Languages whose templates a process keeps ready.
_LANGUAGES = 16
#: How people call the formats.
NAMES = {Format.RSS: "RSS", Format.ATOM: "Atom", Format.JSON: "JSON Feed"}


class FeedPages:
    """Renders the pages of one site's feeds, each in its feed's language."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._templates = templates_folder() / "feeds"
        self._environment = lru_cache(_LANGUAGES)(self._environment_in)

    def page(self, feed: Feed) -> bytes:
        """The page of a live document or an archive: what is in it, and where its feeds are."""
        words, zone = chrome(feed.language), self._settings.site.zone
        groups = groupby(feed.posts, lambda post: words.day(post.published, zone))
        days = [(day, list(posts)) for day, posts in groups]
        return self._render("feed", words, feed=feed, days=days)

    def index(self, whole: Listed, categories: Sequence[Listed]) -> bytes:
        """The page of all feeds: a line each, light even for thousands."""
        words = chrome(self._settings.site.language)
        return self._render("feeds", words, whole=whole, categories=categories)

    def asset(self, name: str) -> bytes:
        """`STYLE` or `SEARCH`, as they lie among the templates."""
        return (self._templates / name).read_bytes()

    def _environment_in(self, language: str) -> jinja2.Environment:
        """The templates with the words of that language."""
        environment = jinja2.Environment(
            # The second has the frame that all pages share.
            loader=jinja2.FileSystemLoader([self._templates, templates_folder() / "web"]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        words = chrome(language)
        environment.install_gettext_callables(  # type: ignore[attr-defined]
            words.gettext, words.ngettext, newstyle=True
        )
        return environment

    def _render(self, name: str, words: Chrome, **values: object) -> bytes:
        template = self._environment(words.language).get_template(f"{name}.html")
        html = template.render(
            values,
            site=self._settings.site,
            web=self._settings.web.url,
            outbox=self._settings.mail.relay == OUTBOX,
            language=words.language,
            direction=words.direction,
            formats=[(NAMES[kind], kind) for kind in Format],
        )
        return html.encode("utf-8", "replace")
