"""Past editions: a page for each digest, and one for all of a cadence, the newest first.

Mails name it (`List-Archive`). A page costs the same, however many editions went out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from syndicate.chrome import chrome
from syndicate.feeds.model import Format
from syndicate.feeds.pages import NAMES
from syndicate.feeds.places import feed_base
from syndicate.posts.series import is_wanted
from syndicate.web.editions import is_out, tagged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.app import App
    from syndicate.chrome import Chrome
    from syndicate.digests.model import Edition
    from syndicate.posts.categories import Category
    from syndicate.web.pages import Pages

#: Editions on a page, and titles of posts named of each.
_ROWS, _TITLES = 20, 3
#: Digits of an edition's id, and more than any will have.
_DIGITS = 15


class Archive:
    """Lists what one site mailed."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    def of_digest(self, request: Request) -> Response:
        """`/digests/CADENCE/SLUG`; `?before=N` goes on with what is older than edition N."""
        cadence, slug = request.path_params["cadence"], request.path_params["slug"]
        category = self._app.categories.of_slug(slug)
        if category is None:
            return self._pages.page("not-found", 404)
        if category.slug != slug:
            return RedirectResponse(self._app.postmaster.archive_url(cadence, category), 301)
        return self._page(request, cadence, category)

    def of_cadence(self, request: Request) -> Response:
        """`/digests/CADENCE`: those of all its digests."""
        return self._page(request, request.path_params["cadence"], None)

    def _page(self, request: Request, cadence: str, category: Category | None) -> Response:
        before = _number(request.query_params.get("before", ""))
        name = category.name if category else None
        # One more tells whether there is another page.
        found = self._app.editions.mailed(cadence, name, _ROWS + 1, before)
        ids = found[:_ROWS]
        known = any(each.name == cadence for each in self._app.settings.cadences)
        if not ids and not known:
            return self._pages.page("not-found", 404)
        words, address = self._words(category), self._app.postmaster.archive_url(cadence, category)
        html = self._pages.render(
            "editions/archive",
            language=words.language,
            title=self._title(category.name, category) if category else "",
            rhythm=words.rhythm(cadence),
            rows=self._rows(words, ids, named=category is None),
            feeds=self._feeds(category),
            address=address,
            before=before,
            older=f"{address}?before={ids[-1]}" if len(found) > _ROWS else "",
            whole=self._app.postmaster.archive_url(cadence) if category else "",
        )
        return tagged(request, html)

    def _words(self, category: Category | None) -> Chrome:
        """Of a digest's language: the page is one for all, which anybody may keep."""
        settings = self._app.settings
        own = settings.category_text(category.name).language if category else ""
        return chrome(own or settings.site.language)

    def _rows(self, words: Chrome, ids: Sequence[int], *, named: bool) -> list[dict[str, object]]:
        editions = [e for e in map(self._app.editions.get, ids) if is_out(self._app, e)]
        # In the order of ingest: the last ones are the news.
        wanted = [post for edition in editions for post in edition.posts[-_TITLES:]]
        posts = self._app.posts.get(wanted)
        return [
            {
                "url": f"{self._app.settings.web.url}/editions/{edition.id}",
                "line": self._line(words, edition, named=named),
                "titles": [
                    posts[n].title for n in edition.posts[: -_TITLES - 1 : -1] if n in posts
                ],
            }
            for edition in editions
        ]

    def _line(self, words: Chrome, edition: Edition, *, named: bool) -> str:
        name = self._app.desk.digest_of(edition).category
        title = self._title(name, self._app.categories.get(name)) if named else ""
        issue = words.gettext("No. %(number)s") % {"number": edition.number}
        day = words.day(edition.cut_at, self._app.settings.site.zone)
        return " · ".join(filter(None, (words.isolated(title), issue, day)))

    def _title(self, name: str, category: Category | None) -> str:
        return self._app.postmaster.category_title(name, category)

    def _feeds(self, category: Category | None) -> list[dict[str, str]]:
        if category is None or not is_wanted(self._app.settings, category.name):
            return []
        base = feed_base(self._app.settings.web.url, category.kind, category.slug)
        return [
            {"name": NAMES[kind], "type": kind.media_type, "url": f"{base}{kind.value}"}
            for kind in Format
        ]


def _number(text: str) -> int | None:
    """An edition's id, as a page writes it; None for anything else."""
    fits = text.isascii() and text.isdecimal() and len(text) <= _DIGITS
    return int(text) if fits else None
