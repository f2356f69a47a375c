"""The web app of a site: its published documents, and behind them its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from syndicate.store.client import AWAY
from syndicate.web.archive import Archive
from syndicate.web.confirm import Confirm
from syndicate.web.documents import Documents
from syndicate.web.editions import Editions
from syndicate.web.health import Health
from syndicate.web.links import LostLink, Move
from syndicate.web.metrics import MetricsPage
from syndicate.web.outbox import Outbox
from syndicate.web.pages import Pages
from syndicate.web.preferences import PreferencePages
from syndicate.web.programs import make_programs
from syndicate.web.proxies import Proxied
from syndicate.web.subscribe import Subscribe
from syndicate.web.titles import Titles
from syndicate.web.unsubscribe import Unsubscribe

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from syndicate.app import App
    from syndicate.web.programs import Queue

#: Seconds after which a browser or a scanner may ask again while Redis is away.
_RETRY_AFTER = "30"


def make_site(app: App, queue: Queue) -> ASGIApp:
    """The ASGI app of one site."""
    pages = Pages(app.settings)
    titles = Titles(app.categories, app.postmaster)
    unsubscribe = Unsubscribe(app, pages, titles, queue.post)
    preferences = PreferencePages(app, pages, queue)
    lost, move = LostLink(app, pages, queue), Move(app, pages)
    confirm = Confirm(app, pages, titles, queue)
    subscribe = Subscribe(app, pages, queue.admit)
    captured = Outbox(app, pages)
    health = Health(app)
    archive = Archive(app, pages)

    def help_page(request: Request) -> Response:
        return pages.page("help", language=pages.language_of(request))

    def unavailable(_request: Request, _error: Exception) -> Response:
        page = pages.page("unavailable", 503)
        page.headers["Retry-After"] = _RETRY_AFTER
        return page

    has_outbox = app.settings.captures
    routes = [
        Mount("/api", make_programs(app, queue)),
        Route("/confirm/{token}", confirm.ask, methods=["GET"]),
        Route("/confirm/{token}", confirm.act, methods=["POST"]),
        Route("/digests/{cadence}", archive.of_cadence),
        Route("/digests/{cadence}/{slug}", archive.of_digest),
        Route("/editions/{edition:int}", Editions(app, pages).show),
        Route("/help", help_page),
        Route("/healthz", health.lives),
        Route("/metrics", MetricsPage(app).show),
        Route("/move/{token}", move.show, methods=["GET"]),
        Route("/move/{token}", move.act, methods=["POST"]),
        Route("/preferences", lost.show, methods=["GET"]),
        Route("/preferences", lost.ask, methods=["POST"]),
        Route("/preferences/{token}", preferences.show, methods=["GET"]),
        Route("/preferences/{token}", preferences.change, methods=["POST"]),
        Route("/preferences/{token}/data.json", preferences.data),
        Route("/preferences/{token}/erase", preferences.ask_erasure, methods=["GET"]),
        Route("/preferences/{token}/erase", preferences.erase, methods=["POST"]),
        Route("/readyz", health.is_ready),
        Route("/scripts/{name}", pages.script),
        Route("/u/{token}", unsubscribe.ask, methods=["GET"]),
        Route("/u/{token}", unsubscribe.act, methods=["POST"]),
    ]
    if app.settings.signup.open:
        routes += [
            Route("/subscribe", subscribe.show, methods=["GET"]),
            Route("/subscribe", subscribe.post, methods=["POST"]),
            Route("/subscribe/sent", subscribe.sent),
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
    return Documents(app.settings.output, Proxied(starlette, web), base=web.url, hub=feeds.hub)
