"""Web editions: an edition as it was mailed, and above it what has changed since."""

from __future__ import annotations

import hashlib
import re
import threading
from typing import TYPE_CHECKING

from syndicate.chrome import chrome
from syndicate.delivery.model import MailingState
from syndicate.digests import slots
from syndicate.errors import MessageError, NotFoundError, TemplateError
from syndicate.reports.preview import TEST_EDITION
from syndicate.web.pages import framed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.app import App
    from syndicate.digests.model import Edition
    from syndicate.posts.model import Post
    from syndicate.web.pages import Pages

#: Seconds for which a copy may be shown: a correction is on the web five minutes later.
_CACHED = "public, max-age=300"
_HEAD_END = re.compile(r"</head>", re.IGNORECASE)
_BODY = re.compile(r"<body[^>]*>", re.IGNORECASE)


class Editions:
    """Shows the editions of one site."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app = app
        self._pages = pages
        #: Inlining CSS isn't done by two threads at a time.
        self._composing = threading.Lock()

    def show(self, request: Request) -> Response:
        """`/editions/N`."""
        try:
            number = request.path_params["edition"]
            if number == TEST_EDITION:
                return self._pages.page("editions/test", private=True)
            edition = self._app.editions.get(number)
            if not is_out(self._app, edition):
                # Its number can be guessed; `syndicate digest preview` shows it to its makers.
                return self._pages.page("not-found", 404)
            html = self._html(edition)
        except (NotFoundError, MessageError):
            return self._pages.page("not-found", 404)
        except TemplateError:
            # Its line is for those who can mend it: the mailing's trouble says it.
            return self._pages.page("unavailable", 503)
        return tagged(request, html)

    def _html(self, edition: Edition) -> str:
        with self._composing:
            html = self._app.desk.compose(edition).html
        settings = self._app.settings
        # Nobody's edition: its links lead to where the mail's own ones are explained.
        html = slots.leading_to(html, f'href="{settings.web.url}/help"')
        category = self._app.categories.get(self._app.desk.digest_of(edition).category)
        masthead = self._app.postmaster.masthead(edition, category)
        head = self._pages.render("editions/head", url=masthead.web_url)
        html = _HEAD_END.sub(lambda end: head + end[0], html, count=1)
        notes = self._notes(edition, masthead.language)
        return _BODY.sub(lambda begin: begin[0] + notes, html, count=1) if notes else html

    def _notes(self, edition: Edition, language: str) -> str:
        """What was corrected or withdrawn since it was mailed; empty if nothing was."""
        since = self._mailed(edition)
        if since is None:
            return ""
        posts = list(self._app.posts.get(edition.posts).values())
        corrected = [self._note(post, language) for post in posts if post.updated > since]
        withdrawn = len(edition.posts) - len(posts)
        if not corrected and not withdrawn:
            return ""
        words = chrome(language)
        gone = words.ngettext(
            "%(num)s post was withdrawn after this edition was sent.",
            "%(num)s posts were withdrawn after this edition was sent.",
            withdrawn,
        )
        return self._pages.render(
            "editions/notes",
            language=language,
            direction=words.direction,
            corrected=corrected,
            withdrawn=gone % {"num": withdrawn} if withdrawn else "",
        )

    def _note(self, post: Post, language: str) -> dict[str, object]:
        words = chrome(language)
        day = words.moment(post.updated, self._app.settings.site.zone)
        return {"post": post, "line": words.gettext("Corrected on %(day)s") % {"day": day}}

    def _mailed(self, edition: Edition) -> datetime | None:
        """From when on its mail says what it says; None before."""
        mailings: Sequence[int] = self._app.editions.mailings_of(edition.id)
        times = [
            mailing.ordered_at
            for mailing in map(self._app.ledger.get, mailings)
            if mailing.state is not MailingState.ORDERED
        ]
        return min(times, default=None)


def is_out(app: App, edition: Edition) -> bool:
    """Whether it went out, be it to nobody; what was stopped before doesn't count."""
    return any(
        mailing.sent or mailing.state not in (MailingState.ORDERED, MailingState.CANCELLED)
        for mailing in map(app.ledger.get, app.editions.mailings_of(edition.id))
    )


def tagged(request: Request, html: str) -> Response:
    """A page that may be kept for a while, and is asked for anew by its tag."""
    response = framed(html)
    etag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    response.headers.update({"Cache-Control": _CACHED, "ETag": etag})
    asked = request.headers.get("if-none-match", "")
    if asked == "*" or etag in (tag.strip().removeprefix("W/") for tag in asked.split(",")):
        response.status_code = 304
        response.body = b""
        del response.headers["Content-Length"]
    return response
