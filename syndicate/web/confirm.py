"""The link of a confirmation: a page with a button, which alone confirms (STANDARDS 104)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from syndicate.errors import NotFoundError, TokenError
from syndicate.people.signup import Reply
from syndicate.subscribers.confirming import Standing
from syndicate.subscribers.model import Digest, Status
from syndicate.web.filled import NAME_LENGTH
from syndicate.web.forms import act_of, form_of, is_foreign, is_line, text_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.app import App
    from syndicate.subscribers.confirming import Question
    from syndicate.subscribers.tokens import Claim
    from syndicate.web.pages import Pages
    from syndicate.web.programs import Queue
    from syndicate.web.titles import Titles

#: Fields and bytes of the form: two hundred digests ticked beside.
_MOST_FIELDS, _MOST_BYTES = 300, 100_000


class Confirm:
    """The endpoint `/confirm/{token}`."""

    def __init__(self, app: App, pages: Pages, titles: Titles, queue: Queue) -> None:
        self._app = app
        self._pages = pages
        self._titles = titles
        self._queue = queue

    def ask(self, request: Request) -> Response:
        """GET: what was asked for, and a button; or why the link does nothing any more."""
        return self._with_claim(request, self._ask)

    async def act(self, request: Request) -> Response:
        """POST: confirm, or have a new link sent."""
        form = await form_of(request, _MOST_FIELDS, _MOST_BYTES)
        wish = text_of(form, "confirm")
        if not wish:
            return await run_in_threadpool(self.ask, request)
        if is_foreign(request, self._app.settings.web.url):
            language = self._pages.language_of(request)
            return self._pages.page("link-foreign", 403, private=True, language=language)

        def answer(request: Request, claim: Claim) -> Response:
            act = self._renew if wish == "again" else self._confirm
            return act(request, claim, form)

        return await run_in_threadpool(self._with_claim, request, answer)

    def _with_claim(
        self, request: Request, answer: Callable[[Request, Claim], Response]
    ) -> Response:
        """The answer to a link of ours; else a page that says what is amiss with it."""
        language = self._pages.language_of(request)
        try:
            return answer(request, self._app.signup.claim(request.path_params["token"]))
        except TokenError:
            return self._pages.page("broken-link", 404, private=True, language=language)
        except NotFoundError:
            return self._pages.page("confirm-forgotten", 404, private=True, language=language)

    def _ask(self, request: Request, claim: Claim) -> Response:
        question = self._app.signup.question(claim)
        if question.standing is not Standing.OPEN:
            return self._over(request, question)
        return self._page(
            "confirm",
            request,
            question,
            names=self._titles.of(question.named),
            since=self._titles.of(question.since),
            longest=NAME_LENGTH,
        )

    def _confirm(self, request: Request, claim: Claim, form: FormData) -> Response:
        name = text_of(form, "name")
        gets = self._app.signup.confirm(
            claim,
            set(map(Digest.parse, texts_of(form, "digest"))),
            # What is no name, and came from no field of ours, leaves his as it is.
            name if "name" in form and is_line(name, NAME_LENGTH) else None,
            act_of(request, "confirmation"),
        )
        question = self._app.signup.question(claim)
        if not gets:
            return self._over(request, question)
        self._queue.post()
        preferences = self._app.preferences.link(claim.subscriber)
        names = self._titles.of(gets)
        return self._page("confirmed", request, question, names=names, preferences=preferences)

    def _over(self, request: Request, question: Question) -> Response:
        """The link has done what it can."""
        return self._page(
            "confirm-over",
            request,
            question,
            410 if question.standing is Standing.EXPIRED else 200,
            expired=question.standing is Standing.EXPIRED,
            names=self._titles.of(question.reader.having(Status.ACTIVE)),
            can_be_renewed=question.can_be_renewed,
        )

    def _renew(self, request: Request, claim: Claim, _form: FormData) -> Response:
        """A new letter goes the way of a sign-up, and says as little about what becomes of it."""
        language = self._pages.language_of(request)
        if self._app.signup.renew(claim, act_of(request, "new link")) is not Reply.TAKEN:
            return self._pages.page("unavailable", 503, private=True, language=language)
        self._queue.admit()
        url = f"{self._app.settings.web.url}/subscribe/sent?lang={language}"
        return RedirectResponse(url, 303)

    def _page(
        self,
        name: str,
        request: Request,
        question: Question,
        status: int = 200,
        **values: object,
    ) -> Response:
        language = self._pages.language_of(request, question.reader.language)
        return self._pages.page(
            name,
            status,
            private=True,
            scripted=False,
            language=language,
            reader=question.reader,
            **values,
        )
