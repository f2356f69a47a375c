"""Who asks: the one who is connected, or whom a proxy of ours says that it asks for.

Anybody can send the headers by which proxies name their clients. So only what a proxy that the
settings name has added counts: names are read from the last to the first, for as long as the one
who added them is such a proxy.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from ipaddress import IPv4Address, IPv4Network, IPv6Network

    from starlette.types import ASGIApp, Receive, Scope, Send

    from syndicate.settings.web import Web

#: Names of a header that are looked at: nobody stands behind more proxies of his own.
_MOST = 10
#: Characters of one: an IPv6 address with zone, brackets and port.
_LONGEST = 100
#: `for=192.0.2.43` or `for="[2001:db8::17]:4711"` (RFC 7239 §4).
_FOR = re.compile(r'(?:^|;)[ \t]*for=(?:"([^"]*)"|([^;"]*))', re.IGNORECASE)
#: An address as both headers have it: in brackets if a port may follow (RFC 7239 §6).
_NODE = re.compile(
    r"\[([0-9a-f:.]+)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+)(?::\d{1,5})?|([0-9a-f:.]+)"
)


class Proxied:
    """An ASGI app whose `scope["client"]` is who asks."""

    def __init__(self, app: ASGIApp, web: Web) -> None:
        self._app = app
        self._trusted = [ip_network(each) for each in web.proxies]
        self._header = web.forwarded.lower().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http" and scope.get("client"):
            said = [
                value.decode("latin-1") for name, value in scope["headers"] if name == self._header
            ]
            host, port = scope["client"]
            asking = self._asking(host, ",".join(said))
            scope = {**scope, "client": (asking, port if asking == host else 0)}
        await self._app(scope, receive, send)

    def _asking(self, peer: str, said: str) -> str:
        address = address_of(peer)
        for name in reversed(list(_names(said))):
            if address is None or not is_within(address, self._trusted):
                break
            before = address_of(name)
            if before is None:
                # A name that is none: all we know is the proxy that wrote it.
                break
            address = before
        return str(address) if address else peer


def _names(said: str) -> Iterator[str]:
    """The last ones of a list of clients, in either header's form."""
    for part in said.rsplit(",", _MOST)[-_MOST:]:
        match = _FOR.search(part[:_LONGEST])
        yield ((match[1] or match[2] or "") if match else part).strip()


def address_of(name: str) -> IPv4Address | IPv6Address | None:
    """The address that a name of either header is, an IPv4 one as such; None: it is none."""
    match = _NODE.fullmatch(name[:_LONGEST].lower())
    try:
        found = ip_address(match[1] or match[2] or match[3]) if match else None
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def is_within(
    address: IPv4Address | IPv6Address, networks: Iterable[IPv4Network | IPv6Network]
) -> bool:
    """Whether an address is in one of these."""
    return any(address in network for network in networks)
