"""The page of a subscriber's preferences: `/preferences/{token}`, and what stands below it.

GET and HEAD change nothing. Each button posts one form, which is one change with its consent; then
the browser is sent back to the page, so that reloading it posts nothing.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from syndicate.chrome import chrome
from syndicate.errors import AddressError, NotFoundError, TokenError
from syndicate.people.preferences import Edit
from syndicate.subscribers.address import lookup_key, parse_address
from syndicate.subscribers.signups import SignUp
from syndicate.subscribers.tokens import Purpose
from syndicate.web.about import About
from syndicate.web.choice import Posted
from syndicate.web.forms import act_of, form_of, is_foreign, text_of
from syndicate.web.pages import PRIVATE, back
from syndicate.web.preferences_view import PreferencesView, Typed
from syndicate.web.unsubscribe import masked

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import FormData
    from starlette.requests import Request

    from syndicate.app import App
    from syndicate.chrome import Chrome
    from syndicate.subscribers.model import Subscriber
    from syndicate.web.pages import Pages
    from syndicate.web.programs import Queue

    #: What a button does, and for whom.
    Act = Callable[[Request, Subscriber, FormData], Response]

#: Fields and bytes of the form with the digests: two hundred categories at some cadences, each with
#: a name of up to 200 characters.
_MOST_FIELDS, _MOST_BYTES = 5_000, 1_000_000
#: By what the record of consent knows a change that was made here.
METHOD = "preferences"


#: A page that nothing was typed into.
_NOTHING = Typed()


class PreferencePages:
    """The pages of those who have a link to their preferences."""

    def __init__(self, app: App, pages: Pages, queue: Queue) -> None:
        self._app = app
        self._pages = pages
        self._view = PreferencesView(app)
        self._queue = queue
        self._acts: dict[str, Act] = {
            "digests": self._save_digests,
            "search": self._search,
            "about": self._save_about,
            "pause": self._pause,
            "resume": self._resume,
            "move": self._move,
        }

    # What stands there

    def show(self, request: Request) -> Response:
        """GET: all that can be changed."""
        return self._for_reader(request, lambda one: self._page(request, one))

    def data(self, request: Request) -> Response:
        """GET `data.json`: all that is kept of him, as a file."""
        return self._for_reader(request, self._file)

    def ask_erasure(self, request: Request) -> Response:
        """GET `erase`: what would be erased, and a button."""

        def ask(one: Subscriber) -> Response:
            view = {"masked": masked(one.address), "token": request.path_params["token"]}
            return self._told(request, "erase", own=one.language, view=view)

        return self._for_reader(request, ask)

    # What is done there

    async def change(self, request: Request) -> Response:
        """POST: what the button says."""
        form = await form_of(request, _MOST_FIELDS, _MOST_BYTES)
        return await run_in_threadpool(self._change, request, form)

    async def erase(self, request: Request) -> Response:
        """POST `erase`: what the button says."""
        form = await form_of(request)
        return await run_in_threadpool(self._erase, request, form)

    def _change(self, request: Request, form: FormData) -> Response:
        wish = text_of(form, "do")
        if self._is_foreign(request):
            return self._told(request, "link-foreign", 403)
        act = self._acts.get(wish, self._look)
        return self._for_reader(
            request,
            lambda one: act(request, one, form),
            self._renew if wish == "renew" else self._expired,
        )

    def _look(self, request: Request, one: Subscriber, _form: FormData) -> Response:
        """No button of ours was pressed."""
        return self._page(request, one)

    def _save_digests(self, request: Request, one: Subscriber, form: FormData) -> Response:
        posted = self._posted(form)
        joined = posted.joined([cadence.name for cadence in self._app.settings.cadences])
        known = self._app.categories.known({digest.category for digest in joined})
        edit = Edit(
            join=frozenset(digest for digest in joined if digest.category in known),
            leave=posted.left,
            together=posted.now.differs(posted.before),
        )
        return self._edit(request, one, edit, "digests")

    def _search(self, request: Request, one: Subscriber, form: FormData) -> Response:
        return self._page(request, one, Typed(posted=self._posted(form)))

    def _save_about(self, request: Request, one: Subscriber, form: FormData) -> Response:
        names, words = self._app.preferences.own_fields, self._words(request, one)
        now, before = About.posted(form, names), About.posted(form, names, "was-")
        if faults := now.faults(before, words):
            return self._page(request, one, Typed(about=now, before=before, faults=faults))
        return self._edit(request, one, now.edit(before, words.language), "about")

    def _edit(self, request: Request, one: Subscriber, edit: Edit, saved: str) -> Response:
        self._app.preferences.edit(one.id, edit, act_of(request, METHOD))
        return back(f"?saved={saved}")

    def _pause(self, request: Request, one: Subscriber, form: FormData) -> Response:
        said = text_of(form, "until")
        try:
            until = self._app.preferences.pause_end(one, date.fromisoformat(said))
        except ValueError:
            until = None
        if until is None:
            fault = self._words(request, one).gettext(
                "Please choose a day after today, within a year."
            )
            return self._page(request, one, Typed(until=said, faults={"until": fault}))
        self._app.preferences.pause(one.id, until, act_of(request, METHOD))
        return back("?saved=pause")

    def _resume(self, request: Request, one: Subscriber, _form: FormData) -> Response:
        self._app.preferences.pause(one.id, None, act_of(request, METHOD))
        return back("?saved=resume")

    def _move(self, request: Request, one: Subscriber, form: FormData) -> Response:
        said, words = text_of(form, "address"), self._words(request, one)
        fault = self._address_fault(one, said, words)
        if not fault and not self._app.preferences.ask_to_move(one.id, parse_address(said)):
            fault = words.gettext("You gave too many addresses today. Please try again tomorrow.")
        if fault:
            return self._page(request, one, Typed(address=said, faults={"address": fault}))
        self._queue.post()
        return back("?saved=move")

    def _address_fault(self, one: Subscriber, said: str, words: Chrome) -> str:
        """Why an address can't be his new one, as far as he may know; empty: it can."""
        try:
            address = parse_address(said)
        except AddressError:
            return words.gettext("Please give a whole e-mail address, such as name@example.com.")
        if lookup_key(address) == lookup_key(one.address):
            return words.gettext("You get your mail at this address already.")
        refused = self._app.signup.refusal(address)
        return words.gettext("This address can’t be used here.") if refused else ""

    def _renew(self, request: Request, one: Subscriber) -> Response:
        """Send him a new link, once a day, as whoever lost his."""
        how, now = act_of(request, "link"), self._app.clock()
        self._app.signup.ask(SignUp(address=one.address, digests=(), at=now, how=how))
        self._queue.admit()
        return self._told(request, "link-sent", own=one.language)

    def _erase(self, request: Request, form: FormData) -> Response:
        if text_of(form, "do") != "erase":
            return self.ask_erasure(request)
        if self._is_foreign(request):
            return self._told(request, "link-foreign", 403)

        def erased(one: Subscriber) -> Response:
            self._app.erasure.erase(one.id, act_of(request, METHOD))
            return self._told(request, "erased", own=one.language)

        return self._for_reader(request, erased)

    # Answers

    def _for_reader(
        self,
        request: Request,
        answer: Callable[[Subscriber], Response],
        expired: Callable[[Request, Subscriber], Response] | None = None,
    ) -> Response:
        """The answer to whose link it is; else a page that says what kind of link it is."""
        preferences = self._app.preferences
        try:
            claim = preferences.claim(request.path_params["token"], Purpose.PREFERENCES)
            if not claim.subscriber:
                return self._told(request, "test-link")
            one = preferences.reader(claim)
            if claim.is_expired(self._app.clock()):
                return (expired or self._expired)(request, one)
            return answer(one)
        except TokenError:
            return self._told(request, "broken-link", 404)
        except NotFoundError:
            return self._told(request, "erased", 410)

    def _expired(self, request: Request, one: Subscriber) -> Response:
        return self._told(request, "preferences-expired", 410, own=one.language)

    def _page(self, request: Request, one: Subscriber, typed: Typed = _NOTHING) -> Response:
        said = request.query_params.get("saved", "")
        saved = said if said in self._acts else ""
        language = self._pages.language_of(request, one.language)
        view = self._view.of(one, language, typed)
        return self._pages.page(
            "preferences",
            422 if typed.faults else 200,
            private=True,
            scripted=True,
            language=language,
            view=view | {"token": request.path_params["token"], "saved": saved},
        )

    def _told(
        self, request: Request, name: str, status: int = 200, *, own: str = "", view: object = None
    ) -> Response:
        language = self._pages.language_of(request, own)
        return self._pages.page(name, status, private=True, language=language, view=view)

    def _file(self, one: Subscriber) -> Response:
        record = self._app.erasure.record_of(one)
        body = json.dumps(record, ensure_ascii=False, indent=2)
        headers = PRIVATE | {"Content-Disposition": 'attachment; filename="my-data.json"'}
        return Response(body, headers=headers, media_type="application/json")

    def _posted(self, form: FormData) -> Posted:
        cadences = [cadence.name for cadence in self._app.settings.cadences]
        return Posted.of(form, cadences, self._app.settings.renamed)

    def _words(self, request: Request, one: Subscriber) -> Chrome:
        return chrome(self._pages.language_of(request, one.language))

    def _is_foreign(self, request: Request) -> bool:
        return is_foreign(request, self._app.settings.web.url)
