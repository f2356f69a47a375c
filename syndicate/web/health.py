"""For those who watch over the web app: whether it lives, and whether it can serve.

One that lives but isn't ready gets no requests, and nobody restarts it: that wouldn't bring Redis
back. Feeds are served all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

from syndicate.store.client import AWAY

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.app import App

_NOT_KEPT = {"Cache-Control": "no-store"}


class Health:
    """The two answers: 200 and `ok`, or 503 and a line that says why not."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def lives(self, _request: Request) -> Response:
        """The process answers; it asks nobody."""
        return PlainTextResponse("ok\n", headers=_NOT_KEPT)

    def is_ready(self, _request: Request) -> Response:
        """Redis answers, and the folder of the feeds is there."""
        why = self._trouble()
        text, status = (f"{why}\n", 503) if why else ("ok\n", 200)
        return PlainTextResponse(text, status, headers=_NOT_KEPT)

    def _trouble(self) -> str:
        try:
            self._app.store.text.ping()
        # What it says names the network; strangers needn't know.
        except AWAY:
            return "Redis doesn't answer"
        return "" if self._app.settings.output.is_dir() else "there is no folder of feeds yet"
