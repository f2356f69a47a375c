"""A real HTTP server that answers as a test tells it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.conftest import serving

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from email.message import Message


@dataclass
class Page:
    """What a path answers with."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    #: Called with what writes to the client, instead of sending all that is above.
    raw: Callable[[Callable[[bytes], object]], object] | None = None
    #: Whether HEAD is answered by 405.
    no_head: bool = False


@dataclass
class Server:
    """Its pages by path, and what it was asked."""

    url: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, Message]] = field(default_factory=list)


@contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server on 127.0.0.1, perhaps with TLS, for as long as the block lasts."""
    found = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            self.headers["X-Method"] = self.command
            found.asked.append((self.path, self.headers))
            page = found.pages.get(self.path.partition("?")[0], Page(status=404))
            if self.command == "HEAD" and page.no_head:
                page = Page(status=405)
            if page.raw:
                page.raw(self.wfile.write)
                return
            etag = page.headers.get("ETag")
            same = page.status == 200 and etag and self.headers["If-None-Match"] == etag
            self.send_response(304 if same else page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            body = b"" if same else page.body
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """A test is quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        found.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
        with serving(server):
            yield found
