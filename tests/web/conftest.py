"""A browser without a network: requests go straight into the site's app."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lxml.html
import pytest

from syndicate.web.site import make_site

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lxml import etree
    from starlette.applications import Starlette
    from starlette.types import Message

    from syndicate.app import App

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    status: int
    #: Names in lower case; a name may be there more than once.
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __getitem__(self, name: str) -> str:
        """A header that is there at most once."""
        found = [value for header, value in self.headers if header == name]
        assert len(found) <= 1, f"{name} is there {len(found)} times"
        return found[0] if found else ""

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def page(self) -> etree._Element:
        assert self["content-type"] == "text/html; charset=utf-8"
        return lxml.html.document_fromstring(self.body)


class Browser:
    """Asks an ASGI app."""

    def __init__(self, site: Starlette) -> None:
        self._site = site

    def __call__(
        self, method: str, path: str, body: bytes | Sequence[bytes] = b"", **sent: str
    ) -> Answer:
        """One request; its body comes in parts, `content_type='…'` is a header."""
        parts = [body] if isinstance(body, bytes) else list(body)
        return asyncio.run(self._ask(method, path, parts, sent))

    async def _ask(
        self, method: str, path: str, parts: list[bytes], sent: dict[str, str]
    ) -> Answer:
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "root_path": "",
            "headers": [
                (name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()
            ],
        }
        messages: list[Message] = []

        async def receive() -> Message:
            if not parts:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message: Message) -> None:
            messages.append(message)

        await self._site(scope, receive, send)
        start, *rest = messages
        return Answer(
            start["status"],
            tuple((name.decode(), value.decode()) for name, value in start["headers"]),
            b"".join(message.get("body", b"") for message in rest),
        )

    def get(self, path: str, **sent: str) -> Answer:
        return self("GET", path, **sent)

    def post(self, path: str, body: bytes | Sequence[bytes], content_type: str = FORM) -> Answer:
        return self("POST", path, body, content_type=content_type)


@pytest.fixture
def open_browser() -> Callable[[App], Browser]:
    return lambda app: Browser(make_site(app))


@pytest.fixture
def browser(app: App, open_browser: Callable[[App], Browser]) -> Browser:
    return open_browser(app)
