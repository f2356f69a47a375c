"""`[web]`: the web app."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from syndicate.settings.checks import absolute_url, network
from syndicate.settings.section import Section


class Web(Section):
    """The web app."""

    #: The address that it listens on.
    host: str = "127.0.0.1"
    #: The port of that.
    port: int = Field(default=8000, ge=1, le=65535)
    #: What links in feeds and mails begin with; the Host header is never believed. Empty: the host
    #: and port above, which do for one machine.
    url: str = ""
    #: Addresses or networks of the proxies before it: who asks is whom they name, not they. A
    #: machine's own proxy is among them, for nobody else speaks from that address.
    proxies: tuple[str, ...] = ("127.0.0.0/8", "::1")
    #: The header by which they name him; each must set it, whatever it was sent.
    forwarded: Literal["X-Forwarded-For", "Forwarded"] = "X-Forwarded-For"

    #: Addresses or networks that may read `/metrics`; empty: nobody.
    metrics: tuple[str, ...] = ("127.0.0.0/8", "::1")

    @field_validator("proxies", "metrics")
    @classmethod
    def _check_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(network, value))

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str, info: ValidationInfo) -> str:
        # What is missing here was wrong, and is told of by itself.
        host, port = info.data.get("host", "localhost"), info.data.get("port", 80)
        return absolute_url(value or f"http://{f'[{host}]' if ':' in host else host}:{port}")
