"""What programs speak to, below `/api`: each endpoint is there if the settings have a secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from syndicate.web.api import Api
from syndicate.web.hook import Hook
from syndicate.web.wire import handlers

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.app import App


@dataclass(frozen=True, slots=True)
class Queue:
    """Has workers do at once what they would come to in a minute; neither call raises."""

    #: Take in these sources.
    sync: Callable[[list[str]], object]
    #: Follow the pushes that are noted.
    pull: Callable[[], object]
    #: Send the letters that are due.
    post: Callable[[], object]
    #: Look at the sign-ups that wait.
    admit: Callable[[], object]


def make_programs(app: App, queue: Queue) -> Starlette:
    """The ASGI app of what programs speak to."""
    routes = []
    if app.settings.api.tokens:
        api = Api(app, queue.sync)
        routes += [
            Route("/posts", api.add, methods=["POST"]),
            Route("/posts/{key}", api.change, methods=["PUT", "DELETE"]),
        ]
    if app.settings.hook.secret.get_secret_value():
        routes.append(Route("/hooks/push", Hook(app, queue.pull).hear, methods=["POST"]))
    programs = Starlette(routes=routes, exception_handlers=handlers())
    # A redirect would name the host that the request names.
    programs.router.redirect_slashes = False
    return programs
