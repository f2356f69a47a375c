"""A URL taken apart for a request."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

import idna

from syndicate.errors import FetchError

_PORTS = {"http": 80, "https": 443}
#: Characters. No server takes a longer one.
_LONGEST = 8_000
#: All ASCII that isn't a space or a control character: what is encoded stays so.
_ASCII = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask, and for what. A user's name or password in the URL is left out."""

    scheme: str
    #: In ASCII: a name as DNS has it, or an address without brackets.
    host: str
    port: int
    #: With the query, in ASCII; begins with a slash.
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says (RFC 9110 §7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.has_usual_port else f"{host}:{self.port}"

    @property
    def has_usual_port(self) -> bool:
        """Whether the port is that of the scheme."""
        return self.port == _PORTS[self.scheme]

    @property
    def url(self) -> str:
        """The same as a URL."""
        return f"{self.scheme}://{self.authority}{self.path}"

    def follow(self, location: str) -> Target:
        """Where a redirect leads to (RFC 9110 §10.2.2).

        Raises:
            FetchError: it is no http(s) URL.
        """
        try:
            return target(urljoin(self.url, location.strip()))
        except ValueError as error:
            raise FetchError(f"it redirects to {location[:200]!r}, which is no URL") from error


def target(url: str) -> Target:
    """The parts of an absolute http(s) URL.

    Raises:
        FetchError: it is none.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if parts.scheme not in _PORTS or not host or len(url) > _LONGEST:
            raise ValueError("no http(s) URL")  # noqa: TRY301 - said as every other fault is
        if not host.isascii():
            host = idna.encode(host, uts46=True).decode()
    except ValueError as error:
        raise FetchError(f"{url[:200]!r} is no absolute http(s) URL: {error}") from error
    path = quote(parts.path or "/", _ASCII)
    query = f"?{quote(parts.query, _ASCII)}" if parts.query else ""
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], path + query)
