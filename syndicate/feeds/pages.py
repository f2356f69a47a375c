"""Pages for people beside the documents for feed readers: one a feed, and an index of all.

They are files like the documents: the same bytes for the same posts, and any web server can serve
them.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import jinja2

from syndicate.chrome import chrome
from syndicate.feeds.model import Format
from syndicate.resources import templates_folder
from syndicate.settings import OUTBOX

if TYPE_CHECKING:
    from collections.abc import Sequence

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
#: How people call the formats.
NAMES = {Format.RSS: "RSS", Format.ATOM: "Atom", Format.JSON: "JSON Feed"}


class FeedPages:
    """Renders the pages of one site's feeds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._words = chrome(settings.site.language)
        self._templates = templates_folder() / "feeds"
        self._environment = jinja2.Environment(
            # The second has the frame that all pages share.
            loader=jinja2.FileSystemLoader([self._templates, templates_folder() / "web"]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        self._environment.install_gettext_callables(  # type: ignore[attr-defined]
            self._words.gettext, self._words.ngettext, newstyle=True
        )

    def page(self, feed: Feed) -> bytes:
        """The page of a live document or an archive: what is in it, and where its feeds are."""
        zone = self._settings.site.zone
        days = groupby(feed.posts, lambda post: self._words.day(post.published, zone))
        return self._render("feed", feed=feed, days=[(day, list(posts)) for day, posts in days])

    def index(self, whole: Listed, categories: Sequence[Listed]) -> bytes:
        """The page of all feeds: a line each, light even for thousands."""
        return self._render("feeds", whole=whole, categories=categories)

    def asset(self, name: str) -> bytes:
        """`STYLE` or `SEARCH`, as they lie among the templates."""
        return (self._templates / name).read_bytes()

    def _render(self, name: str, **values: object) -> bytes:
        html = self._environment.get_template(f"{name}.html").render(
            values,
            site=self._settings.site,
            web=self._settings.web.url,
            outbox=self._settings.mail.relay == OUTBOX,
            language=self._words.language,
            direction=self._words.direction,
            formats=[(NAMES[kind], kind) for kind in Format],
        )
        return html.encode("utf-8", "replace")
