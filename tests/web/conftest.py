"""A browser without a network: requests go straight into the site's app."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import lxml.html
import pytest
import uvicorn

from syndicate.web.programs import Queue
from syndicate.web.site import make_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lxml import etree
    from starlette.types import ASGIApp, Message

    from syndicate.app import App

FORM = "application/x-www-form-urlencoded"
#: A site without workers.
NO_QUEUE = Queue(
    sync=lambda _sources: None, pull=lambda: None, post=lambda: None, admit=lambda: None
)


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

    def find(self, xpath: str) -> list[etree._Element]:
        """The elements of the page at a path."""
        assert self["content-type"] == "text/html; charset=utf-8"
        page = lxml.html.document_fromstring(self.body)
        return cast("list[etree._Element]", page.xpath(xpath))

    def links(self, xpath: str = "//a") -> list[str]:
        """Where the links at a path lead to."""
        return [str(element.get("href")) for element in self.find(xpath)]


class Browser:
    """Asks an ASGI app."""

    def __init__(self, site: ASGIApp) -> None:
        self._site = site

    def __call__(
        self, method: str, path: str, body: Sequence[bytes] = (b"",), **sent: str
    ) -> Answer:
        """One request; its body comes in parts, `content_type='…'` is a header.

        A body without parts is that of a client that went away.
        """
        return asyncio.run(self._ask(method, path, list(body), sent))

    async def _ask(
        self, method: str, path: str, parts: list[bytes], sent: dict[str, str]
    ) -> Answer:
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
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
        return self("GET", path, (b"",), **sent)

    def post(self, path: str, *body: bytes, content_type: str = FORM) -> Answer:
        return self("POST", path, body, content_type=content_type)


@contextmanager
def served(app: App, queue: Queue = NO_QUEUE, port: int = 0) -> Iterator[int]:
    """The app under a real uvicorn; yields its port, any that is free for 0."""
    listener = socket.create_server(("127.0.0.1", port))
    # As uvicorn has it where it listens itself: no part of an answer waits for the one before.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        make_site(app, queue),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def open_browser() -> Callable[[App], Browser]:
    return lambda app: Browser(make_site(app, NO_QUEUE))


@pytest.fixture
def browser(app: App, open_browser: Callable[[App], Browser]) -> Browser:
    return open_browser(app)
