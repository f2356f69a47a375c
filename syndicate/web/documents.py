"""The published documents over HTTP, with exact validators (RFC 9110 §8.8 and §13)."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import time
from dataclasses import dataclass
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response

from syndicate.feeds import opml, pages
from syndicate.feeds.files import MOVED
from syndicate.feeds.model import FRESH_FOR, Format

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

#: Shared caches may hand out an old copy for ten minutes while they fetch the new one, and for a
#: day while we are down: a reader would rather have yesterday's feed than an error.
_CACHE_CONTROL = f"public, max-age={FRESH_FOR}, stale-while-revalidate=600, stale-if-error=86400"
#: What a browser opens runs no script but ours, loads nothing from elsewhere and stands in nobody's
#: frame.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_METHODS = ("GET", "HEAD")
#: A document of an archive, below the folder of its feed.
_ARCHIVE = re.compile(r"(?P<feed>.*)/archive/[0-9]{1,9}(?:-[0-9]{1,9})?/(?P<document>[^/]*)")
_FEEDS = frozenset(Format)
#: All that is served, by its name: what lies beside it is nobody's business.
_TYPES = {
    **{kind.value: kind.media_type for kind in Format},
    **pages.MEDIA_TYPES,
    opml.FILE_NAME: opml.MEDIA_TYPE,
}
#: 128 bits: two contents never share a tag.
_TAG_DIGITS = 32
#: An entity-tag's opaque part, RFC 9110 §8.8.3. What `W/` stands before it or not, weak
#: comparison doesn't see.
_TAG = re.compile(r'"([\x21\x23-\x7e\x80-\xff]*)"')
#: What the system says of a path that names no file.
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP)


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a document, as its validators tell it from all others."""

    #: Nanoseconds since 1970.
    mtime_ns: int
    #: Bytes.
    size: int
    #: A hash of the content, without quotes: strong.
    tag: str

    def is_of(self, about: os.stat_result) -> bool:
        """Whether the file is still in this state; `files.write_if_changed` moves its time."""
        return (self.mtime_ns, self.size) == (about.st_mtime_ns, about.st_size)

    @property
    def etag(self) -> str:
        """The tag as a header has it."""
        return f'"{self.tag}"'

    @property
    def modified(self) -> int:
        """Seconds since 1970, for HTTP knows no less."""
        return self.mtime_ns // 1_000_000_000


class Documents:
    """An ASGI app that serves the feeds below `root`, and nothing else that lies there."""

    def __init__(
        self, root: Path, now: Callable[[], float] = time.time, *, base: str = "", hub: str = ""
    ) -> None:
        """`hub` is the WebSub hub that feeds name, and `base` what their URLs begin with."""
        self._root = root
        self._now = now
        self._base, self._hub = base, hub
        #: No more than there are documents: only a file that was there gets in.
        self._versions: dict[Path, Version] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            response = await self._respond(scope)
        except FileNotFoundError:
            response = redirect(self._root, _below(scope)) or PlainTextResponse("Not Found", 404)
        await response(scope, receive, send)

    async def _respond(self, scope: Scope) -> Response:
        path = locate(self._root, _below(scope))
        # Looked up on the event loop: the system has it in memory, and a thread would cost more.
        about = _look(path)
        if scope.get("method") not in _METHODS:
            return PlainTextResponse("Method Not Allowed", 405, {"Allow": ", ".join(_METHODS)})
        headers, is_head = Headers(scope=scope), scope["method"] == "HEAD"
        known = self._versions.get(path)
        if known and known.is_of(about) and (is_head or unchanged(headers, known)):
            # Most requests: those who poll have the document already.
            version, data = known, b""
        else:
            # The disk may be slow, and a hash takes a while: not on the event loop.
            version, data = await to_thread.run_sync(_read, path, known)
            self._versions[path] = version
        if unchanged(headers, version):
            return Response(status_code=304, headers=_always(version))
        return Response(b"" if is_head else data, headers=self._whole(path, version))

    def _whole(self, path: Path, version: Version) -> dict[str, str]:
        # A clock set back must not make a document come from the future (RFC 9110 §8.8.2.1).
        modified = min(version.modified, self._now())
        return {
            **_always(version),
            "Content-Type": f"{_TYPES[path.name]}; charset=utf-8",
            "Content-Length": str(version.size),
            "Last-Modified": formatdate(modified, usegmt=True),
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            **self._links(path),
        }

    def _links(self, path: Path) -> dict[str, str]:
        """Where to subscribe to a feed's changes, and as what (W3C WebSub §4)."""
        if not self._hub or path.name not in _FEEDS:
            return {}
        topic = f"{self._base}/{quote(path.relative_to(self._root).as_posix())}"
        return {"Link": f'<{self._hub}>; rel="hub", <{topic}>; rel="self"'}


def locate(root: Path, url_path: str) -> Path:
    """The document that a decoded URL path names, a folder's page for the folder; nothing else.

    A path goes down only: no segment is empty or begins with a dot. What a link inside `root`
    points to, the operator wanted there.

    Raises:
        FileNotFoundError: it names none.
    """
    *folders, name = url_path.removeprefix("/").split("/")
    name = name or pages.PAGE
    if name not in _TYPES or any(not part or part.startswith(".") for part in folders):
        raise FileNotFoundError(url_path)
    return root.joinpath(*folders, name)


def redirect(root: Path, url_path: str) -> Response | None:
    """Where to go for an archive that isn't there: issued anew elsewhere, or not sealed yet.

    What a sealed archive says of the next one must be true for ever, so it names it before there is
    one; until then that address leads to the live document.
    """
    match = _ARCHIVE.fullmatch(url_path)
    if not match or (match["document"] or pages.PAGE) not in _TYPES:
        return None
    try:
        folder = locate(root, url_path).parent
        live = locate(root, f"{match['feed']}/{match['document']}")
        if (folder / MOVED).is_file():
            name = (folder / MOVED).read_text(encoding="utf-8")
            return _see(f"../{name}/{match['document']}", 301)
        if not folder.exists() and _look(live):
            return _see(f"../../{match['document']}", 307)
    except (OSError, ValueError):
        return None
    return None


def _see(place: str, status: int) -> Response:
    return Response(
        status_code=status,
        headers={"Location": place, "Cache-Control": f"public, max-age={FRESH_FOR}"},
    )


def _below(scope: Scope) -> str:
    """The decoded path below where the app is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def unchanged(headers: Headers, version: Version) -> bool:
    """Whether the client has this version: If-None-Match says, or else If-Modified-Since.

    RFC 9110 §13.2.2 gives the order, §13.1.2 weak comparison, §13.1.3 that a date which is none
    counts for nothing.
    """
    tags = headers.getlist("if-none-match")
    if tags:
        listed = ",".join(tags)
        return listed.strip() == "*" or version.tag in _TAG.findall(listed)
    since = _seconds(headers.get("if-modified-since", ""))
    return since is not None and version.modified <= since


def _seconds(http_date: str) -> float | None:
    """Seconds since 1970, from any of the three forms of RFC 9110 §5.6.7."""
    try:
        date = parsedate_to_datetime(http_date)
        # asctime's form names no zone and means UTC.
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _always(version: Version) -> dict[str, str]:
    """What a 304 repeats of the 200 (RFC 9110 §15.4.5)."""
    return {"ETag": version.etag, "Cache-Control": _CACHE_CONTROL, "Vary": "Accept-Encoding"}


def _look(path: Path) -> os.stat_result:
    """What the system knows of the document; FileNotFoundError if there's none."""
    try:
        about = path.stat()
    except ValueError as error:  # a NUL, or half a surrogate pair
        raise FileNotFoundError(path) from error
    except OSError as error:
        if error.errno in _ABSENT:
            raise FileNotFoundError(path) from error
        raise
    if not stat.S_ISREG(about.st_mode):
        raise FileNotFoundError(path)
    return about


def _read(path: Path, known: Version | None) -> tuple[Version, bytes]:
    """The document and its version, of one and the same file; hashed if it isn't the known one."""
    with path.open("rb") as file:
        about, data = os.fstat(file.fileno()), file.read()
    if known is None or not known.is_of(about):
        tag = hashlib.sha256(data).hexdigest()[:_TAG_DIGITS]
        known = Version(about.st_mtime_ns, about.st_size, tag)
    return known, data
