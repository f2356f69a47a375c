"""The page to subscribe on, and the address that forms elsewhere post to.

Everybody gets the same answer at the same cost (STANDARDS S-2): what is refused here can be seen
without asking who it is about, and what becomes of the rest a worker decides.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from syndicate.chrome import chrome
from syndicate.people.signup import Reply
from syndicate.subscribers.address import parse_address
from syndicate.subscribers.limits import next_hour
from syndicate.subscribers.signups import SignUp
from syndicate.web import stamps
from syndicate.web.filled import TRAP, Filled, digests_of, faults
from syndicate.web.forms import act_of, form_of
from syndicate.web.listing import FEW, Group, by_slug, grouped, listed, matching
from syndicate.web.stamps import Stamp
from syndicate.web.wire import refused, told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.app import App
    from syndicate.subscribers.model import Digest
    from syndicate.web.listing import Listed
    from syndicate.web.pages import Pages

#: Fields and bytes of the form: who ticks all of two thousand is to be told that it is too much.
_MOST_FIELDS, _MOST_BYTES = 3000, 500_000
#: Hex digits of a text's version.
_VERSION = 12
#: What the record of consent calls our own form, and one that doesn't say what it is called.
_OURS, _THEIRS = "page", "embedded"
#: The form says when it was made, and speaks the reader's language: no cache has it for another.
_FRESH = {"Cache-Control": "private, no-cache", "Vary": "Accept-Language"}
#: Seconds after which to try again where too many sign-ups wait.
_SOON = "60"


class Subscribe:
    """The endpoints `/subscribe` and `/subscribe/sent`."""

    def __init__(self, app: App, pages: Pages, admit: Callable[[], object]) -> None:
        """`admit` has a worker look at the sign-ups that wait."""
        self._app = app
        self._pages = pages
        self._admit = admit
        self._cadences = [cadence.name for cadence in app.settings.cadences]

    # What is shown

    def show(self, request: Request) -> Response:
        """GET: the form, filled in as the link says; `?q=` shows what it finds."""
        said = Filled.of(request.query_params)
        # A URL is kept in many places: no address belongs into it.
        wishes = Filled(categories=said.categories, cadences=said.cadences, query=said.query)
        response = self._form(request, wishes, self._listed())
        response.headers.update(_FRESH)
        return response

    def sent(self, request: Request) -> Response:
        """Where everybody is sent who subscribed: it can be loaded again without harm."""
        language = self._pages.language_of(request)
        return self._pages.page("subscribe-sent", private=True, language=language)

    def _form(
        self,
        request: Request,
        filled: Filled,
        rows: list[Listed],
        wrong: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        language = self._pages.language_of(request)
        text = self._text(language)
        before = stamps.read(self._app.keyring, filled.stamp)
        stamp = Stamp(before.made_at if before else self._app.clock(), _version(text))
        # What is ticked is in sight, and goes on being posted, whatever is looked for.
        many = len(rows) > FEW
        apart = [each for each in rows if many and each.slug in filled.categories]
        others = [each for each in matching(rows, filled.query) if each not in apart]
        return self._pages.page(
            "subscribe",
            status,
            private=request.method == "POST",
            scripted=True,
            language=language,
            filled=filled,
            wrong=wrong or {},
            apart=apart,
            groups=self._groups(others, filled.query, language),
            named=any(each.group for each in rows),
            many=many,
            cadences=self._cadences,
            ticked=filled.cadences or self._cadences[:1],
            consent=text,
            stamp=stamps.write(self._app.key, stamp),
            trap=TRAP,
            privacy=self._app.settings.signup.privacy,
            address=f"{self._app.settings.web.url}/subscribe",
        )

    def _groups(self, rows: list[Listed], query: str, language: str) -> list[Group]:
        if query:
            return [Group("", rows)] if rows else []
        order = dict.fromkeys(text.group for text in self._app.settings.categories if text.group)
        return grouped(rows, list(order), chrome(language).locale)

    def _listed(self) -> list[Listed]:
        return listed(self._app.settings, self._app.postmaster, self._app.categories.all())

    def _text(self, language: str) -> str:
        """What they consent to who press the button."""
        line = chrome(language).gettext(
            "You will get one mail with a link. Only when you confirm there, %(site)s keeps your "
            "address to send you what you chose, and every mail has a link that ends it."
        )
        return line % {"site": chrome(language).isolated(self._app.settings.site.title)}

    # What is posted

    async def post(self, request: Request) -> Response:
        """POST: take a sign-up in, or show the form again with what is wrong."""
        form = await form_of(request, _MOST_FIELDS, _MOST_BYTES)
        return await run_in_threadpool(self._take, request, Filled.of(form))

    def _take(self, request: Request, filled: Filled) -> Response:
        rows = self._listed()
        if filled.looks_for_something:
            return self._form(request, filled, rows)
        stamp = stamps.read(self._app.keyring, filled.stamp)
        if stamp is None and not filled.cadences:
            filled = replace(filled, cadences=tuple(self._cadences[:1]))
        digests = digests_of(filled, by_slug(rows), self._cadences)
        now, words = self._app.clock(), chrome(self._pages.language_of(request))
        wrong = faults(
            filled,
            digests,
            (now - stamp.made_at).total_seconds() if stamp else None,
            words,
            self._app.signup.refusal,
            self._app.settings.signup.fill_time,
        )
        if wrong:
            return self._refuse(request, filled, rows, wrong, 422)
        reply = self._app.signup.ask(self._sign_up(request, filled, digests, stamp))
        if reply is Reply.TOO_MANY:
            line = words.gettext("Too many people signed up from your network. Try again later.")
            response = self._refuse(request, filled, rows, {"form": line}, 429)
            response.headers["Retry-After"] = str(int((next_hour(now) - now).total_seconds()))
            return response
        if reply is Reply.FULL:
            return self._busy(request)
        self._admit()
        return self._thank(request)

    def _sign_up(
        self, request: Request, filled: Filled, digests: list[Digest], stamp: Stamp | None
    ) -> SignUp:
        language, now = self._pages.language_of(request), self._app.clock()
        how = act_of(request, "form")
        how |= {"form": _OURS if stamp else filled.form or _THEIRS, "asked": now.isoformat()}
        if stamp:
            how["text"] = stamp.version
            text = self._text(language)
            # Who answers a form of before an upgrade was not the first to read it, but for a few.
            if stamp.version == _version(text):
                self._app.signup.keep_text(stamp.version, text)
        return SignUp(
            address=parse_address(filled.address),
            digests=tuple(digests),
            at=now,
            name=filled.name,
            language="" if language == self._app.settings.site.language else language,
            how=how,
        )

    # What is answered

    def _thank(self, request: Request) -> Response:
        language = self._pages.language_of(request)
        if _wants_json(request):
            line = chrome(language).gettext("Look into your mailbox")
            return told(202, {"state": "accepted", "message": line}, self._leave(request))
        query = urlencode({"lang": language})
        return RedirectResponse(f"{self._app.settings.web.url}/subscribe/sent?{query}", 303)

    def _refuse(
        self,
        request: Request,
        filled: Filled,
        rows: list[Listed],
        wrong: Mapping[str, str],
        status: int,
    ) -> Response:
        if _wants_json(request):
            return refused(status, wrong.items(), self._leave(request))
        return self._form(request, filled, rows, wrong, status)

    def _busy(self, request: Request) -> Response:
        headers, language = {"Retry-After": _SOON}, self._pages.language_of(request)
        if _wants_json(request):
            line = chrome(language).gettext(
                "This page can’t be shown right now. Please try again in a minute."
            )
            return refused(503, [("", line)], headers | self._leave(request))
        response = self._pages.page("unavailable", 503, private=True, language=language)
        response.headers.update(headers)
        return response

    def _leave(self, request: Request) -> dict[str, str]:
        """Has a script of the site's own pages read the answer; no other's."""
        origin = request.headers.get("origin", "")
        allowed = origin in self._app.settings.signup.origins
        return {"Vary": "Accept, Origin"} | (
            {"Access-Control-Allow-Origin": origin} if allowed else {}
        )


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_VERSION]
