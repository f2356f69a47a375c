"""Links that are asked for, and one that moves: `/preferences` and `/move/{token}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from syndicate.chrome import chrome
from syndicate.errors import AddressError, ConflictError, NotFoundError, TokenError
from syndicate.people.signup import Reply
from syndicate.subscribers.address import parse_address
from syndicate.subscribers.signups import SignUp
from syndicate.subscribers.tokens import Purpose
from syndicate.web.forms import act_of, form_of, is_foreign, text_of
from syndicate.web.pages import back

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.app import App
    from syndicate.subscribers.tokens import Claim
    from syndicate.web.pages import Pages
    from syndicate.web.programs import Queue


class LostLink:
    """The endpoint `/preferences`: for whom has no link at hand."""

    def __init__(self, app: App, pages: Pages, queue: Queue) -> None:
        self._app = app
        self._pages = pages
        self._queue = queue

    def show(self, request: Request) -> Response:
        """GET: a field for the address; or, after it was posted, where to look."""
        if "sent" in request.query_params:
            return self._told(request, "link-sent")
        return self._form(request)

    async def ask(self, request: Request) -> Response:
        """POST: a letter to whom has that address, if anybody gets mail at it.

        The answer, and the time that it takes, are the same whoever has it (STANDARDS S-2).
        """
        form = await form_of(request)
        return await run_in_threadpool(self._ask, request, form)

    def _ask(self, request: Request, form: FormData) -> Response:
        if is_foreign(request, self._app.settings.web.url):
            return self._told(request, "link-foreign", 403)
        said, words = text_of(form, "address"), chrome(self._pages.language_of(request))
        try:
            address = parse_address(said)
        except AddressError:
            fault = words.gettext("Please give a whole e-mail address, such as name@example.com.")
            return self._form(request, said, fault, 422)
        # A sign-up for nothing: to whom gets something already a worker sends his link.
        wish = SignUp(
            address=address, digests=(), at=self._app.clock(), how=act_of(request, "link")
        )
        if self._app.signup.ask(wish) is not Reply.TAKEN:
            fault = words.gettext("Too many requests came in. Please try again in an hour.")
            return self._form(request, said, fault, 429)
        self._queue.admit()
        return back("?sent=1")

    def _form(
        self, request: Request, address: str = "", fault: str = "", status: int = 200
    ) -> Response:
        return self._told(request, "link", status, address=address, fault=fault)

    def _told(self, request: Request, name: str, status: int = 200, **view: object) -> Response:
        language = self._pages.language_of(request)
        return self._pages.page(name, status, private=True, language=language, view=view)


class Move:
    """The endpoint `/move/{token}`, whose link was mailed to the new address."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    def show(self, request: Request) -> Response:
        """GET: a button, and what it does."""
        return self._with_claim(request, self._ask)

    async def act(self, request: Request) -> Response:
        """POST: his mail goes to this address from now on."""
        form = await form_of(request)
        if text_of(form, "do") != "move":
            return await run_in_threadpool(self.show, request)
        if is_foreign(request, self._app.settings.web.url):
            return self._told(request, "link-foreign", 403)
        return await run_in_threadpool(self._with_claim, request, self._move)

    def _with_claim(
        self, request: Request, answer: Callable[[Request, Claim], Response]
    ) -> Response:
        try:
            claim = self._app.preferences.claim(request.path_params["token"], Purpose.MOVE)
            return answer(request, claim)
        except TokenError:
            return self._told(request, "broken-link", 404)
        except NotFoundError:
            return self._told(request, "moved-not", 410)

    def _ask(self, request: Request, claim: Claim) -> Response:
        one, address = (
            self._app.preferences.reader(claim),
            self._app.preferences.wanted_address(claim),
        )
        return self._told(request, "moved-ask", own=one.language, address=address)

    def _move(self, request: Request, claim: Claim) -> Response:
        preferences = self._app.preferences
        one, address = preferences.reader(claim), preferences.wanted_address(claim)
        try:
            preferences.move(claim, act_of(request, "move"))
        except ConflictError:
            # He who opened this page got the letter that was sent there: the address is his.
            owner = preferences.owner(address)
            own = preferences.link(owner.id) if owner else ""
            return self._told(request, "moved-taken", 409, own=one.language, preferences=own)
        own = preferences.link(one.id)
        return self._told(request, "moved", own=one.language, address=address, preferences=own)

    def _told(
        self, request: Request, name: str, status: int = 200, *, own: str = "", **view: object
    ) -> Response:
        language = self._pages.language_of(request, own)
        return self._pages.page(name, status, private=True, language=language, view=view)
