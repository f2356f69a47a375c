"""What DNS says of the domains that our mail speaks for."""

from __future__ import annotations

from email.utils import parseaddr
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import idna

from syndicate.delivery.prepare import signers
from syndicate.doctor import dkim, dmarc, hosts, spf
from syndicate.doctor.demands import leaves
from syndicate.doctor.model import warn
from syndicate.doctor.resolver import DnsError
from syndicate.errors import SettingsError
from syndicate.settings.relays import is_local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from syndicate.doctor.model import Finding
    from syndicate.doctor.resolver import Resolver
    from syndicate.settings import Settings


def look(settings: Settings, resolver: Resolver) -> Iterator[Finding]:
    """What is to be said of a site's sender in DNS; where it can't be asked, that."""
    if not leaves(settings):
        yield warn(
            "sender's domain",
            "not asked: all mail is captured, none leaves this machine",
            "name a relay in [mail] relay, once real mail is to go out",
        )
        return
    for what, look_at in _checks(settings, resolver):
        try:
            yield from look_at()
        except DnsError as error:
            yield warn(
                what, f"can't ask: {error}", "look again where DNS answers, or name a --resolver"
            )


def _checks(
    settings: Settings, resolver: Resolver
) -> Iterator[tuple[str, Callable[[], Iterable[Finding]]]]:
    """What is looked at, and how."""
    sender = _domain(settings.mail.sender)
    envelope = _domain(settings.bounces.address) or sender
    yield "DKIM", partial(_keys, settings, resolver)
    for domain in dict.fromkeys((envelope, sender)):
        yield f"SPF of {domain}", partial(spf.judge, domain, resolver.texts)
    signer = settings.dkim.domain_of(settings.mail.sender) if settings.dkim.selector else ""
    identities = dmarc.Identities(sender, envelope, signer)
    yield f"DMARC of {sender}", partial(dmarc.judge, identities, resolver.texts)
    uses = {envelope: "bounces come back there", sender: "answers go there"}
    for domain, why in uses.items():
        yield f"MX of {domain}", partial(hosts.reachable, domain, why, resolver)
    for host in _ours(settings, sender):
        yield f"PTR of {host}", partial(hosts.reverse, host, resolver)


def _keys(settings: Settings, resolver: Resolver) -> Iterator[Finding]:
    try:
        found = signers(settings)
    except SettingsError as error:
        yield warn("DKIM", f"can't compare: {error}", "mend [dkim] first")
        return
    for signer in found:
        yield dkim.judge(signer, resolver.texts(dkim.place_of(signer)))


def _ours(settings: Settings, sender: str) -> Iterator[str]:
    """The relays whose PTR is our business: on this machine, or below the sender's domain."""
    for relay in settings.roads:
        host = urlsplit(relay.url).hostname or ""
        name = relay.ehlo if is_local(host) else host
        if name and (name == sender or name.endswith(f".{sender}") or name == relay.ehlo):
            yield name


def _domain(address: str) -> str:
    """The domain of `user@host` or `Name <user@host>`, as DNS has it; empty for none."""
    if not address:
        return ""
    host = parseaddr(address)[1].rpartition("@")[2]
    return idna.encode(host, uts46=True).decode()
