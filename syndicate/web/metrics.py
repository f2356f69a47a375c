"""`/metrics`, for Prometheus: for those who the settings say may read it, and nobody else."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import PlainTextResponse, Response

from syndicate.reports.metrics import exposition
from syndicate.web.proxies import address_of, is_within

if TYPE_CHECKING:
    from starlette.requests import Request

    from syndicate.app import App

_UNKEPT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class MetricsPage:
    """The page of one site."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._readers = [ip_network(each) for each in app.settings.web.metrics]

    def show(self, request: Request) -> Response:
        """GET: all of them, as they are now."""
        asking = address_of(request.client.host) if request.client else None
        if asking is None or not is_within(asking, self._readers):
            refusal = "not for this address; [web] metrics in syndicate.toml says for which\n"
            return PlainTextResponse(refusal, 403, _UNKEPT)
        return Response(exposition(self._app), headers=_UNKEPT, media_type=CONTENT_TYPE_LATEST)
