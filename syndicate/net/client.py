"""A client that can be sent to any URL: guarded, and bounded in bytes and in time."""

from __future__ import annotations

import http.client
import ssl
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from syndicate.errors import FetchError
from syndicate.net import addresses
from syndicate.net.target import target
from syndicate.net.timed import Deadline, connect

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping
    from email.message import Message

    from syndicate.net.addresses import Lookup
    from syndicate.net.target import Target
    from syndicate.net.timed import Timed

    #: Takes the body of a good answer.
    _Take = Callable[[http.client.HTTPResponse], bytes]

#: How often one is sent elsewhere before one gives up.
MOST_REDIRECTS = 5
_PERMANENT = (301, 308)
_REDIRECTS = (*_PERMANENT, 302, 303, 307)
_GOOD = range(200, 300)
#: Bytes that are read at a time.
_CHUNK = 65_536
#: zlib's word for a gzip header around the data.
_GZIP = 31


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said in the end."""

    status: int
    headers: Message
    #: Decompressed; empty unless the status is 2xx.
    body: bytes
    #: The URL that it said it for.
    url: str
    #: Where permanent redirects alone led: the URL to ask from now on. Empty: the one asked.
    moved: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Asks as `agent`. It keeps no connection, cookie or credential.

    It speaks to public addresses, at port 80 or 443, unless the URL that it is given names another
    port, and to exactly those addresses that it has checked.
    """

    agent: str
    #: Whether the hosts may be in one's own network.
    allow_private: bool = False
    #: For everything together, but for the system's look-up of a name.
    seconds: float = 30.0
    #: Of a body, decompressed.
    max_bytes: int = 10_000_000
    lookup: Lookup = addresses.lookup

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """What is at the URL; redirects are followed, each checked like the first.

        Raises:
            FetchError: nothing that can be used came, or it may not be asked for.
        """
        return self._follow("GET", url, headers, self._body)

    def ask(self, method: str, url: str) -> Answer:
        """The same of a GET or HEAD, but for the body: that is left where it is.

        Raises:
            FetchError: as `get` does.
        """
        return self._follow(method, url, {}, _no_body)

    def _follow(self, method: str, url: str, headers: Mapping[str, str], take: _Take) -> Answer:
        deadline = Deadline(self.seconds)
        here = first = target(url)
        moved, lasting = "", True
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._ask(method, here, headers, take, deadline)
            location = answer.headers["Location"]
            if answer.status not in _REDIRECTS or not location:
                return replace(answer, moved=moved)
            here = here.follow(location)
            if not here.has_usual_port and (here.host, here.port) != (first.host, first.port):
                raise FetchError(f"it redirects to port {here.port} of {here.host}; name it as url")
            lasting = lasting and answer.status in _PERMANENT
            moved = here.url if lasting else moved
        raise FetchError(f"it redirects more than {MOST_REDIRECTS} times")

    def _ask(
        self,
        method: str,
        here: Target,
        headers: Mapping[str, str],
        take: _Take,
        deadline: Deadline,
    ) -> Answer:
        with _plainly(here, deadline):
            connection = self._connect(here, deadline)
            try:
                return self._exchange(connection, method, here, headers, take)
            finally:
                connection.hang_up()

    def _connect(self, here: Target, deadline: Deadline) -> Timed:
        allowed = addresses.checked(
            here.host, here.port, self.lookup, allow_private=self.allow_private
        )
        tls_name = here.host if here.scheme == "https" else ""
        return connect(allowed, here.port, deadline, tls_name=tls_name)

    def _exchange(
        self,
        connection: Timed,
        method: str,
        here: Target,
        headers: Mapping[str, str],
        take: _Take,
    ) -> Answer:
        speaker = http.client.HTTPConnection(here.host, here.port)
        # It has its connection already: what it would make itself could lead anywhere.
        speaker.sock = cast("socket.socket", connection)
        said = {
            **headers,
            "Host": here.authority,
            "User-Agent": self.agent,
            "Accept-Encoding": "gzip",
            "Connection": "close",
        }
        speaker.request(method, here.path, headers=said)
        with speaker.getresponse() as response:
            body = take(response) if response.status in _GOOD else b""
            return Answer(response.status, response.headers, body, here.url)

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip"):
            raise FetchError(f"it is encoded as {encoding[:40]!r}, which wasn't asked for")
        unpack = None if encoding == "identity" else zlib.decompressobj(_GZIP)
        expected, received, parts, size = response.length, 0, [], 0
        while chunk := response.read1(_CHUNK):
            received += len(chunk)
            # One byte more than allowed tells; a bomb is never unpacked whole.
            parts.append(unpack.decompress(chunk, self.max_bytes + 1 - size) if unpack else chunk)
            size += len(parts[-1])
            if size > self.max_bytes:
                raise FetchError(f"it is larger than max_bytes ({self.max_bytes})")
        if received < (expected or 0) or (unpack and received and not unpack.eof):
            raise FetchError(f"it broke off after {received} bytes")
        return b"".join(parts)


def _no_body(response: http.client.HTTPResponse) -> bytes:
    del response
    return b""


@contextmanager
def _plainly(here: Target, deadline: Deadline) -> Iterator[None]:
    """Every way in which a server can fail, in a line."""
    try:
        yield
    except TimeoutError as error:
        raise FetchError(f"{here.host} took longer than {deadline.seconds:g} s") from error
    except ssl.SSLCertVerificationError as error:
        raise FetchError(f"the certificate of {here.host}: {error.verify_message}") from error
    except zlib.error as error:
        raise FetchError(f"{here.host} sent broken gzip") from error
    except http.client.HTTPException as error:
        said = str(error) or type(error).__name__
        raise FetchError(
            f"{here.host} speaks no HTTP that is understood: {said[:200]!r}"
        ) from error
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FetchError(f"can't reach {here.host}: {reason}") from error
