"""Which addresses may be spoken to on a stranger's word (STANDARDS S-9)."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from syndicate.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    #: From a host's name and a port to its addresses; raises OSError.
    Lookup = Callable[[str, int], Sequence[str]]

#: One's own networks: RFC 1918, RFC 6598 (CGNAT), loopback, and ULA (RFC 4193).
_OWN = tuple(
    map(
        ip_network,
        (
            *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8"),
            *("fc00::/7", "::1/128"),
        ),
    )
)
#: All that IPv6 has given out to the public (RFC 4291 §2.4).
_GLOBAL_UNICAST = ip_network("2000::/3")
#: An IPv4 address behind a translator (RFC 6052 §2.1).
_NAT64 = ip_network("64:ff9b::/96")


def lookup(host: str, port: int) -> list[str]:
    """The addresses that the system knows for a host; it may be an address itself.

    Raises:
        OSError: it knows none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def checked(host: str, port: int, find: Lookup, *, allow_private: bool) -> list[str]:
    """The addresses of a host, every one of which may be spoken to.

    Connect to these and to nothing else: the next look-up may say otherwise.

    Raises:
        FetchError: one of them may not.
        OSError: the host isn't known.
    """
    found = list(find(host, port))
    for address in found:
        if not is_allowed(address, allow_private=allow_private):
            hint = "" if allow_private else "; if it is in your own network, set allow_private"
            raise FetchError(f"{host} is at {address}, which is no public address{hint}")
    return found


def is_allowed(address: str, *, allow_private: bool) -> bool:
    """Whether it is a public address, or, where that is allowed, one of one's own networks.

    Link-local addresses never are: cloud machines tell their secrets there.
    """
    ip = _behind(ip_address(address))
    if any(ip.version == net.version and ip in net for net in _OWN):
        return allow_private
    if ip.is_multicast or ip.is_link_local or ip.is_reserved:
        return False
    return ip.is_global and (isinstance(ip, IPv4Address) or ip in _GLOBAL_UNICAST)


def _behind(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that a translator or a relay would pass the bytes on to, if any."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.sixtofour or ip
