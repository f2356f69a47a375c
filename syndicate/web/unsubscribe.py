"""One click out (RFC 8058), and a page with a button for people.

GET and HEAD change nothing, for scanners follow links. A POST counts only with the field that a
mail client's one click sends, or with our button's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from syndicate.errors import NotFoundError, TokenError
from syndicate.subscribers.tokens import Purpose, verify

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.app import App
    from syndicate.web.pages import Pages

#: Fields of a form: one suffices, and an attacker's thousand are cut off.
_MOST_FIELDS = 10


class Unsubscribe:
    """The endpoint `/u/{token}`."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    def ask(self, request: Request) -> Response:
        """GET: a button, and what it would do."""
        token = request.path_params["token"]
        try:
            titles = self._titles(token)
        except TokenError:
            return self._pages.page("broken-link", 404, private=True)
        return self._pages.page("unsubscribe", private=True, titles=titles)

    async def leave(self, request: Request) -> Response:
        """POST: leave, at once, as often as it is asked for. No redirect, no cookie."""
        try:
            form = await request.form(max_files=0, max_fields=_MOST_FIELDS)
        except HTTPException:
            form = None
        if form is None or not ({"List-Unsubscribe", "leave"} & form.keys()):
            return await run_in_threadpool(self.ask, request)
        how = "one click" if form.get("List-Unsubscribe") == "One-Click" else "page"
        return await run_in_threadpool(self._leave, request, how)

    def _leave(self, request: Request, how: str) -> Response:
        token = request.path_params["token"]
        try:
            titles = self._titles(token)
            self._app.unsubscribe(token, {"method": how})
        except TokenError:
            return self._pages.page("broken-link", 404, private=True)
        return self._pages.page("unsubscribed", private=True, titles=titles)

    def _titles(self, token: str) -> list[str]:
        """What readers call the lists that the link leaves."""
        claim = verify(self._app.key, token, Purpose.UNSUBSCRIBE)
        titles = []
        for digest in self._app.digests_of(claim):
            try:
                category = self._app.require_category(digest.category)
            except NotFoundError:
                category = None
            titles.append(self._app.postmaster.category_title(digest.category, category))
        return titles
