"""Hosts in DNS: where mail to us goes, and what name a relay of ours has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.doctor.model import Finding, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.doctor.resolver import Resolver


def reachable(domain: str, why: str, resolver: Resolver) -> Iterator[Finding]:
    """Whether mail to a domain arrives somewhere (RFC 5321 §5.1), and `why` it should.

    Raises:
        DnsError: nobody can say.
    """
    what = f"MX of {domain}"
    hosts = resolver.exchanges(domain)
    if hosts == ["."]:
        yield fail(
            what, f"{domain} takes no mail (RFC 7505), and {why}", "give it an MX, or use another"
        )
        return
    if not hosts and not resolver.addresses(domain):
        yield fail(
            what,
            f"{domain} has neither MX nor A, and {why}; many refuse mail from such a domain",
            f"publish an MX record at {domain}",
        )
        return
    lost = [host for host in hosts if not resolver.addresses(host)]
    if lost:
        level = fail if len(lost) == len(hosts) else warn
        yield level(what, f"{', '.join(lost)} has no address", "give it an A record, or drop it")
    else:
        yield ok(what, ", ".join(hosts) or "none, but an A record, which does")


def reverse(host: str, resolver: Resolver) -> Iterator[Finding]:
    """Whether the addresses of a relay of ours lead back to a name that leads to them.

    Raises:
        DnsError: nobody can say.
    """
    what, addresses = f"PTR of {host}", resolver.addresses(host)
    if not addresses:
        yield warn(what, f"{host} has no address in DNS", f"publish an A record at {host}")
    for address in addresses:
        names = resolver.names(address)
        back = [name for name in names if address in resolver.addresses(name)]
        if back:
            yield ok(what, f"{address} is {back[0]}, and the other way round")
        else:
            said = f"{address} is {names[0]}, which isn't it" if names else f"{address} has none"
            remedy = f"have who gave you the address point its PTR to {host}"
            yield fail(what, f"{said}; large providers refuse its mail", remedy)
