"""The published documents over HTTP: what most requests are for, and so before all else.

`deploy/nginx.conf` has nginx serve the same files with the same headers; what is changed here has
to be changed there.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from anyio import to_thread
from starlette.responses import PlainTextResponse

from syndicate.feeds.files import GZIPPED
from syndicate.feeds.model import FRESH_FOR, Format
from syndicate.web.locate import ARCHIVE, TYPES, locate, look
from syndicate.web.moved import redirect
from syndicate.web.negotiation import Version, accepts_gzip, unchanged, wish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

#: Shared caches may hand out an old copy for ten minutes while they fetch the new one, and for a
#: day while we are down: a reader would rather have yesterday's feed than an error.
_LIVE = f"public, max-age={FRESH_FOR}, stale-while-revalidate=600, stale-if-error=86400"
#: A sealed archive is never written again; but what was erased from its site, and so moved, has to
#: leave caches within a day.
_SEALED = "public, max-age=86400, stale-if-error=86400, immutable"
#: What a browser opens runs no script but ours, loads nothing from elsewhere and stands in nobody's
#: frame.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_METHODS = ("GET", "HEAD")
_FEEDS = frozenset(Format)
#: Documents whose places and headers a process keeps ready: a few kilobytes each.
_KEPT = 4096
_Headers = list[tuple[bytes, bytes]]


class _Place(NamedTuple):
    """Where a document is, and where it is compressed if it is."""

    document: Path
    gzipped: Path


class _Told(NamedTuple):
    """What is said of a document in one state and one encoding."""

    version: Version
    whole: _Headers
    #: What a 304 repeats of it (RFC 9110 §15.4.5).
    unchanged: _Headers


class Documents:
    """An ASGI app that serves the documents below `root`, and leaves the rest to another app.

    Nothing is remembered that a look at the file doesn't confirm: what is written is served at
    once.
    """

    def __init__(
        self,
        root: Path,
        otherwise: ASGIApp,
        now: Callable[[], float] = time.time,
        *,
        base: str = "",
        hub: str = "",
    ) -> None:
        """`hub` is the WebSub hub that feeds name, and `base` what their URLs begin with."""
        self._root = root
        self._otherwise = otherwise
        self._now = now
        self._base, self._hub = base, hub
        self._place = lru_cache(_KEPT)(self._locate)
        self._told = lru_cache(_KEPT)(self._tell)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._otherwise(scope, receive, send)
            return
        below = scope["path"].removeprefix(scope.get("root_path", ""))
        try:
            await self._answer(self._place(below), scope, receive, send)
        except FileNotFoundError:
            answer = redirect(self._root, below) or self._otherwise
            await answer(scope, receive, send)

    async def _answer(self, place: _Place, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the document, or that it hasn't changed.

        Raises:
            FileNotFoundError: there is none; nothing was sent.
        """
        asked = wish(scope["headers"])
        # Looked up on the event loop: the system has it in memory, and a thread would cost more.
        file, about = _choose(place, gzip=accepts_gzip(asked.encodings))
        if scope["method"] not in _METHODS:
            refusal = PlainTextResponse("Method Not Allowed", 405, {"Allow": ", ".join(_METHODS)})
            await refusal(scope, receive, send)
            return
        told, body = self._told(file, about.st_mtime_ns, about.st_size), b""
        status, headers = 304, told.unchanged
        if not unchanged(asked, told.version):
            if scope["method"] == "GET":
                # The disk may be slow: not on the event loop.
                file, about, body = await to_thread.run_sync(_read, file, place.document)
                told = self._told(file, about.st_mtime_ns, about.st_size)
            status, headers = 200, told.whole
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _locate(self, url_path: str) -> _Place:
        path = locate(self._root, url_path)
        return _Place(path, path.with_name(path.name + GZIPPED))

    def _tell(self, file: Path, mtime_ns: int, size: int) -> _Told:
        """The headers of a document that is this file, with that time and length."""
        version, gzipped = Version.of(mtime_ns, size, self._now()), file.suffix == GZIPPED
        path = file.with_suffix("") if gzipped else file
        sealed = ARCHIVE.fullmatch(f"/{path.relative_to(self._root).as_posix()}")
        repeated = [
            (b"etag", version.etag),
            (b"last-modified", version.last_modified),
            (b"cache-control", (_SEALED if sealed else _LIVE).encode()),
            (b"vary", b"Accept-Encoding"),
        ]
        whole = [
            *repeated,
            (b"content-type", f"{TYPES[path.name]}; charset=utf-8".encode()),
            (b"content-length", b"%d" % size),
            (b"content-security-policy", _POLICY.encode()),
            (b"x-content-type-options", b"nosniff"),
            *([(b"content-encoding", b"gzip")] if gzipped else []),
            *self._links(path),
        ]
        return _Told(version, whole, repeated)

    def _links(self, path: Path) -> _Headers:
        """Where to subscribe to a feed's changes, and as what (W3C WebSub §4)."""
        if not self._hub or path.name not in _FEEDS:
            return []
        topic = f"{self._base}/{quote(path.relative_to(self._root).as_posix())}"
        return [(b"link", f'<{self._hub}>; rel="hub", <{topic}>; rel="self"'.encode())]


def _choose(place: _Place, *, gzip: bool) -> tuple[Path, os.stat_result]:
    """The file to send, and what the system knows of it: the compressed one if it is of that time.

    Raises:
        FileNotFoundError: there is no such document.
    """
    about = look(place.document)
    if gzip:
        with suppress(FileNotFoundError):
            sibling = look(place.gzipped)
            if sibling.st_mtime_ns == about.st_mtime_ns:
                return place.gzipped, sibling
    return place.document, about


def _read(chosen: Path, document: Path) -> tuple[Path, os.stat_result, bytes]:
    """The chosen file as it is now; the document, should its compressed sibling be gone by now."""
    for path in dict.fromkeys((chosen, document)):
        with suppress(FileNotFoundError), path.open("rb") as file:
            return path, os.fstat(file.fileno()), file.read()
    raise FileNotFoundError(document)
