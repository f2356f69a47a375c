"""Pages for people beside the documents for feed readers: one a feed, and an index of all.

They are files like the documents: the same bytes for the same posts, and any web server can serve
them.
"""

from __future__ import annotations

from datetime import datetime, time
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

import jinja2

from syndicate.chrome import chrome
from syndicate.feeds.model import Format
from syndicate.feeds.places import kind_base, site_base
from syndicate.posts.series import Kind
from syndicate.resources import templates_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

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
#: Days whose names a process keeps: feeds show the same ones, and Babel takes its time.
_DAYS = 1024
_NOON = time(12)
#: How people call the formats.
NAMES = {Format.RSS: "RSS", Format.ATOM: "Atom", Format.JSON: "JSON Feed"}


class FeedPages:
    """Renders the pages of one site's feeds, each in its feed's language."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._day = lru_cache(_DAYS)(self._day_in)

    def page(self, feed: Feed) -> bytes:
        """The page of a live document or an archive: what is in it, and where its feeds are."""
        words, zone = chrome(feed.language), self._settings.site.zone
        groups = groupby(feed.posts, lambda post: post.published.astimezone(zone).date())
        days = [(self._day(day, feed.language), list(posts)) for day, posts in groups]
        return self._render("feed", words, feed=feed, days=days, by_mail=self._by_mail(feed))

    def index(self, feeds: Sequence[Listed]) -> bytes:
        """The page of all feeds, the whole site's first: a line each, light even for thousands."""
        words = chrome(self._settings.site.language)
        whole, *others = feeds
        headings = {Kind.TAG: words.gettext("Tags"), Kind.AUTHOR: words.gettext("Authors")}
        parts = [
            (headings.get(kind, ""), list(rows))
            for kind, rows in groupby(others, lambda feed: feed.kind)
        ]
        by_mail = f"{self._settings.web.url}/subscribe" if self._settings.signup.open else ""
        return self._render("feeds", words, whole=whole, parts=parts, by_mail=by_mail)

    def asset(self, name: str) -> bytes:
        """`STYLE` or `SEARCH`, as they lie among the templates."""
        return (_templates() / name).read_bytes()

    def _by_mail(self, feed: Feed) -> str:
        """Where to subscribe to what a feed has; empty: digests are of categories, not of tags."""
        base, web = feed.current or feed.base, self._settings.web.url
        is_category = base.startswith(kind_base(web, Kind.CATEGORY))
        if not self._settings.signup.open or not (is_category or base == site_base(web)):
            return ""
        # Its segment is percent-encoded, fit for a query as well.
        wish = f"?category={base.rstrip('/').rpartition('/')[2]}" if is_category else ""
        return f"{web}/subscribe{wish}"

    def _day_in(self, day: date, language: str) -> str:
        """The name of a day, by its noon, which no change of the clock leaves out."""
        zone = self._settings.site.zone
        return chrome(language).day(datetime.combine(day, _NOON, zone), zone)

    def _render(self, name: str, words: Chrome, **values: object) -> bytes:
        template = _environment(words.language).get_template(f"{name}.html")
        html = template.render(
            values,
            site=self._settings.site,
            web=self._settings.web.url,
            outbox=self._settings.captures,
            language=words.language,
            direction=words.direction,
            playing=words.playing,
            formats=[(NAMES[kind], kind) for kind in Format],
        )
        return html.encode("utf-8", "replace")


@lru_cache(_LANGUAGES)
def _environment(language: str) -> jinja2.Environment:
    """The templates with the words of that language."""
    environment = jinja2.Environment(
        # The second has the frame that all pages share.
        loader=jinja2.FileSystemLoader([_templates(), templates_folder() / "web"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    chrome(language).speak_in(environment)
    return environment


def _templates() -> Path:
    return templates_folder() / "feeds"
