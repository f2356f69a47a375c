"""The web app of a site: its published documents, and behind them its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from syndicate.settings import OUTBOX
from syndicate.store.client import AWAY
from syndicate.web.documents import Documents
from syndicate.web.editions import Editions
from syndicate.web.outbox import Outbox
from syndicate.web.pages import Pages
from syndicate.web.programs import make_programs
from syndicate.web.unsubscribe import Unsubscribe

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from syndicate.app import App
    from syndicate.web.programs import Queue

#: Seconds after which a browser or a scanner may ask again while Redis is away.
_RETRY_AFTER = "30"


def make_site(app: App, queue: Queue) -> ASGIApp:
    """The ASGI app of one site."""
    pages = Pages(app.settings)
    unsubscribe, captured = Unsubscribe(app, pages), Outbox(app, pages)

    def help_page(_request: Request) -> Response:
        return pages.page("help")

    def healthy(_request: Request) -> Response:
        try:
            app.posts.imported()
        except AWAY as error:
            return PlainTextResponse(f"Redis is away: {error}\n", 503)
        return PlainTextResponse("ok\n")

    def unavailable(_request: Request, _error: Exception) -> Response:
        page = pages.page("unavailable", 503)
        page.headers["Retry-After"] = _RETRY_AFTER
        return page

    has_outbox = app.settings.mail.relay == OUTBOX
    routes = [
        Mount("/api", make_programs(app, queue)),
        Route("/editions/{edition:int}", Editions(app, pages).show),
        Route("/help", help_page),
        Route("/healthz", healthy),
        Route("/u/{token}", unsubscribe.ask, methods=["GET"]),
        Route("/u/{token}", unsubscribe.leave, methods=["POST"]),
    ]
    if has_outbox:
        routes[:0] = [
            Route("/outbox", captured.index),
            Route("/outbox/{number:int}/{view}", captured.show),
        ]
    starlette = Starlette(routes=routes, exception_handlers=dict.fromkeys(AWAY, unavailable))
    # Documents come first, for they are most of what is asked for; they need no Redis and go on
    # without.
    feeds, web = app.settings.feeds, app.settings.web
    return Documents(app.settings.output, starlette, base=web.url, hub=feeds.hub)
