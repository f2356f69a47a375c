"""One click out (RFC 8058), and a page with a button for people.

GET and HEAD change nothing, for scanners follow links. A POST counts only with the field that a
mail client's one click sends, or with our button's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from syndicate.errors import NotFoundError, TokenError
from syndicate.preview import TEST_MAILING
from syndicate.subscribers.tokens import Purpose, verify

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Message, Receive

    from syndicate.app import App
    from syndicate.web.pages import Pages

#: Fields of a form: one suffices, and an attacker's thousand are cut off.
_MOST_FIELDS = 10
#: Bytes of a body: one click takes thirty, with a multipart's boundaries a few hundred.
_MOST_BYTES = 10_000


class Unsubscribe:
    """The endpoint `/u/{token}`."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    def ask(self, request: Request) -> Response:
        """GET: a button, and what it would do."""
        token = request.path_params["token"]
        try:
            if self._is_test(token):
                return self._pages.page("test-link", private=True)
            titles = self._titles(token)
        except TokenError:
            return self._pages.page("broken-link", 404, private=True)
        return self._pages.page("unsubscribe", private=True, titles=titles)

    async def leave(self, request: Request) -> Response:
        """POST: leave, at once, as often as it is asked for. No redirect, no cookie."""
        form = await _form(request)
        if form.get("List-Unsubscribe") == "One-Click":
            return await run_in_threadpool(self._leave, request, "one click")
        if "leave" in form:
            return await run_in_threadpool(self._leave, request, "page")
        return await run_in_threadpool(self.ask, request)

    def _leave(self, request: Request, how: str) -> Response:
        token = request.path_params["token"]
        try:
            if self._is_test(token):
                return self._pages.page("test-link", private=True)
            titles = self._titles(token)
            self._app.unsubscribe(token, {"method": how})
        except TokenError:
            return self._pages.page("broken-link", 404, private=True)
        return self._pages.page("unsubscribed", private=True, titles=titles)

    def _is_test(self, token: str) -> bool:
        claim = verify(self._app.key, token, Purpose.UNSUBSCRIBE)
        return claim.mailing == TEST_MAILING

    def _titles(self, token: str) -> list[str]:
        """What readers call the lists that the link leaves."""
        claim = verify(self._app.key, token, Purpose.UNSUBSCRIBE)
        titles = []
        for digest in self._app.digests_of(claim):
            try:
                category = self._app.categories.require(digest.category)
            except NotFoundError:
                category = None
            titles.append(self._app.postmaster.category_title(digest.category, category))
        return titles


async def _form(request: Request) -> FormData:
    """What was posted; nothing if it is no form, or too big for an honest one."""
    limited = Request(request.scope, _limited(request.receive))
    try:
        return await limited.form(max_files=0, max_fields=_MOST_FIELDS)
    except (HTTPException, ClientDisconnect):
        return FormData()


def _limited(receive: Receive) -> Receive:
    """Receive no more than `_MOST_BYTES` of a body."""
    left = _MOST_BYTES

    async def receive_some() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return receive_some
