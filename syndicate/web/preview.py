"""The next edition of a digest as a page with views, for this machine alone."""

from __future__ import annotations

from email.utils import parseaddr
from enum import StrEnum
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from syndicate.digests.fit import HTML_LIMIT
from syndicate.digests.lint.frame import preheader
from syndicate.digests.lint.letter import Letter
from syndicate.web.pages import Pages, framed, plain

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.reports.forecast import Forecast
    from syndicate.settings import Settings

#: Who else claims to be this server is a page elsewhere whose name was made to lead here.
HOSTS = ["127.0.0.1", "localhost"]
_DARK = "(prefers-color-scheme: dark)"
_POLICY = "Content-Security-Policy"


class View(StrEnum):
    """A tab; the value is its path."""

    DESKTOP = "desktop"
    PHONE = "phone"
    DARK = "dark"
    PHONE_DARK = "phone-dark"
    NO_IMAGES = "no-images"
    TEXT = "text"
    SOURCE = "source"
    LINT = "lint"


#: Those that show the HTML in a frame.
_FRAMED = (View.DESKTOP, View.PHONE, View.DARK, View.PHONE_DARK, View.NO_IMAGES)


class _Preview:
    """The pages of one forecast."""

    def __init__(self, settings: Settings, forecast: Forecast) -> None:
        self._pages = Pages(settings)
        self._forecast = forecast
        self._letter = Letter.of(forecast.message)
        name, address = parseaddr(settings.mail.sender)
        self._sender = name or address

    def page(self, request: Request) -> Response:
        """A tab."""
        view = _view(request)
        said = {
            View.TEXT: self._letter.content("text/plain"),
            View.SOURCE: self._forecast.message.decode("ascii", "replace"),
        }
        page = self._pages.page(
            "preview",
            private=True,
            view=view,
            framed=view in _FRAMED,
            said=said.get(view, ""),
            forecast=self._forecast,
            sender=self._sender,
            preheader=preheader(self._letter),
            limit=HTML_LIMIT,
        )
        page.headers[_POLICY] += "; frame-src 'self'"
        return page

    def mail(self, request: Request) -> Response:
        """The HTML alone, as one view has it."""
        view = _view(request)
        html = as_seen(self._letter.content("text/html"), dark=view in (View.DARK, View.PHONE_DARK))
        response = framed(html, private=True)
        if view is View.NO_IMAGES:
            # Of two policies the browser keeps both.
            response.headers.append(_POLICY, "img-src 'none'")
        return response

    def file(self, _request: Request) -> Response:
        """The message as a file, for a mail program to open."""
        response = plain(self._forecast.message)
        response.headers["Content-Type"] = "message/rfc822"
        response.headers["Content-Disposition"] = 'attachment; filename="digest.eml"'
        return response


def as_seen(html: str, *, dark: bool) -> str:
    """The document as a program in the light or in the dark shows it, whatever this one is in.

    Its links open beside it.
    """
    html = html.replace(_DARK, "all" if dark else "not all")
    return html.replace("<head>", '<head><base target="_blank">', 1)


def make_preview(settings: Settings, forecast: Forecast) -> Starlette:
    """The ASGI app of one preview; it reads nothing more, and changes nothing."""
    made = _Preview(settings, forecast)
    routes = [
        Route("/", made.page),
        *(Route(f"/{view}", made.page) for view in View),
        *(Route(f"/mail/{view}", made.mail) for view in _FRAMED),
        Route("/digest.eml", made.file),
    ]
    guard = Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)
    return Starlette(routes=routes, middleware=[guard])


def _view(request: Request) -> View:
    return View(request.url.path.rpartition("/")[2] or View.DESKTOP)
