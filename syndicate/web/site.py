"""The web app of a site: its pages, and behind them its published documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from syndicate.digests import slots
from syndicate.errors import MessageError, NotFoundError
from syndicate.settings import OUTBOX
from syndicate.store.client import AWAY
from syndicate.web.documents import Documents
from syndicate.web.outbox import Outbox
from syndicate.web.pages import Pages, framed
from syndicate.web.unsubscribe import Unsubscribe

if TYPE_CHECKING:
    from starlette.requests import Request

    from syndicate.app import App

#: Seconds after which a browser or a scanner may ask again while Redis is away.
_RETRY_AFTER = "30"


def make_site(app: App) -> Starlette:
    """The ASGI app of one site."""
    pages = Pages(app.settings)
    unsubscribe, captured = Unsubscribe(app, pages), Outbox(app, pages)

    def edition(request: Request) -> Response:
        try:
            found = app.editions.get(request.path_params["edition"])
            html = app.compose(found).html
        except (NotFoundError, MessageError):
            return pages.page("not-found", 404)
        # Nobody's edition: its way out leads to where the mail's own link is explained.
        return framed(html.replace(slots.UNSUBSCRIBE_HREF, f'href="{app.settings.web.url}/help"'))

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

    settings = app.settings
    documents = Documents(settings.output, base=settings.web.url, hub=settings.feeds.hub)
    has_outbox = app.settings.mail.relay == OUTBOX
    routes = [
        Route("/editions/{edition:int}", edition),
        Route("/help", help_page),
        Route("/healthz", healthy),
        Route("/u/{token}", unsubscribe.ask, methods=["GET"]),
        Route("/u/{token}", unsubscribe.leave, methods=["POST"]),
        Mount("/", documents),
    ]
    if has_outbox:
        routes[:0] = [
            Route("/outbox", captured.index),
            Route("/outbox/{number:int}/{view}", captured.show),
        ]
    # Feeds need no Redis and go on.
    return Starlette(routes=routes, exception_handlers=dict.fromkeys(AWAY, unavailable))
