"""One click out (RFC 8058), and a page with buttons for people, where it can be taken back.

GET and HEAD change nothing, for scanners follow links. A POST counts only with the field that a
mail client's one click sends, or with that of one of our buttons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from syndicate.errors import NotFoundError, TokenError
from syndicate.people.leaving import ONE_CLICK, PAGE, Scope
from syndicate.reports.preview import TEST_MAILING
from syndicate.subscribers.tokens import Purpose
from syndicate.web.forms import act_of, form_of, is_foreign, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.app import App
    from syndicate.subscribers.model import Subscriber
    from syndicate.subscribers.tokens import Claim
    from syndicate.web.pages import Pages
    from syndicate.web.titles import Titles

#: What our buttons send as `leave`.
_EVERYTHING = "all"


class Unsubscribe:
    """The endpoint `/u/{token}`."""

    def __init__(self, app: App, pages: Pages, titles: Titles, post: Callable[[], object]) -> None:
        """`post` has a worker send the letters that are due."""
        self._app = app
        self._pages = pages
        self._titles = titles
        self._post = post

    def ask(self, request: Request) -> Response:
        """GET: what may be left, with a button for it and one for everything."""
        return self._with_claim(request, self._ask)

    async def act(self, request: Request) -> Response:
        """POST: leave, at once, as often as it is asked for; or take that back. No redirect."""
        form = await form_of(request)
        if form.get("List-Unsubscribe") == "One-Click":
            return await run_in_threadpool(self._with_claim, request, self._click)
        wish, undo = text_of(form, "leave"), text_of(form, "undo")
        if not (wish or undo):
            return await run_in_threadpool(self.ask, request)
        if is_foreign(request, self._app.settings.web.url):
            language = self._pages.language_of(request)
            return self._pages.page("link-foreign", 403, private=True, language=language)

        def answer(request: Request, claim: Claim) -> Response:
            if undo:
                return self._undo(request, claim, undo)
            scope = Scope() if wish == _EVERYTHING else self._app.leaving.scope(claim)
            return self._leave(request, claim, scope, PAGE)

        return await run_in_threadpool(self._with_claim, request, answer)

    def _with_claim(
        self, request: Request, answer: Callable[[Request, Claim], Response]
    ) -> Response:
        """The answer to a link of ours; else a page that says what kind of link it is."""
        language = self._pages.language_of(request)
        try:
            claim = self._app.leaving.claim(request.path_params["token"])
            # A letter's link has no mailing, but a reader.
            if claim.number == TEST_MAILING and not claim.subscriber:
                return self._pages.page("test-link", private=True, language=language)
            return answer(request, claim)
        except TokenError:
            return self._pages.page("broken-link", 404, private=True, language=language)

    def _ask(self, request: Request, claim: Claim) -> Response:
        one, scope = self._reader(claim), self._app.leaving.scope(claim)
        if one is None:
            return self._gone(request)
        named, everything = scope.of(one), Scope().of(one)
        names, more = self._titles.of(named), len(set(everything) - set(named))
        return self._page("unsubscribe", request, one, claim, names=names, more=more)

    def _click(self, request: Request, claim: Claim) -> Response:
        return self._leave(request, claim, self._app.leaving.scope(claim), ONE_CLICK)

    def _leave(self, request: Request, claim: Claim, scope: Scope, method: str) -> Response:
        try:
            left = self._app.leaving.leave(claim.subscriber, scope, act_of(request, method))
        except NotFoundError:
            return self._gone(request)
        if left.goodbye:
            self._post()
        one, names, more = self._reader(claim), self._titles.of(left.digests), len(left.kept)
        return self._page(
            "unsubscribed", request, one, claim, names=names, undo=left.undo, more=more
        )

    def _undo(self, request: Request, claim: Claim, token: str) -> Response:
        one, how = self._reader(claim), act_of(request, "undo")
        if one is None:
            return self._gone(request)
        try:
            restored = self._app.leaving.undo(claim.subscriber, token, how)
        except TokenError:
            return self._page("unsubscribe-late", request, one, claim)
        names = self._titles.of(restored)
        return self._page("unsubscribe-undone", request, one, claim, names=names)

    def _gone(self, request: Request) -> Response:
        """Nothing is kept of him, so nothing can be sent to him."""
        language = self._pages.language_of(request)
        return self._pages.page("erased", private=True, language=language)

    def _reader(self, claim: Claim) -> Subscriber | None:
        return next(iter(self._app.subscribers.get([claim.subscriber])), None)

    def _page(
        self, name: str, request: Request, one: Subscriber | None, claim: Claim, **values: object
    ) -> Response:
        return self._pages.page(
            name,
            private=True,
            language=self._pages.language_of(request, one.language if one else ""),
            view={
                "masked": masked(one.address) if one else "",
                "preferences": self._preferences(request, claim),
                **values,
            },
        )

    def _preferences(self, request: Request, claim: Claim) -> str:
        """The URL of his preferences: where he came from, or what the link's own mail says.

        An old mail's link doesn't open by a detour what the one beside it opens no more. Of what
        came in a mail of unknown age nothing is opened: he can have a link mailed to him.
        """
        preferences = self._app.preferences
        # As a path, in which logs leave tokens out.
        token = request.query_params.get("from", "").removeprefix("/preferences/")
        try:
            came = preferences.claim(token, Purpose.PREFERENCES)
        except TokenError:
            came = None
        if came and came.subscriber == claim.subscriber:
            return preferences.link(came.subscriber, came.number)
        mailed_at = self._app.leaving.mailed_at(claim)
        if mailed_at is None:
            return f"{self._app.settings.web.url}/preferences"
        return preferences.link(claim.subscriber, mailed_at)


def masked(address: str) -> str:
    """An address that its owner knows again, and nobody else: `w…@mail.example`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
