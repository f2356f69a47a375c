"""DMARC (RFC 7489): that a sender's domain has a policy, and that our mail passes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.doctor.model import Finding, fail, ok, warn
from syndicate.doctor.tags import tags_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.doctor.spf import Texts

_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class Identities:
    """The domains that a message of ours speaks for."""

    #: Of its From.
    sender: str
    #: Of its envelope, which SPF is about.
    envelope: str
    #: Of its signature; empty: it has none.
    signer: str


def judge(identities: Identities, texts: Texts) -> Iterator[Finding]:
    """What is to be said of the DMARC of a sender's domain; raises what `texts` raises."""
    what, sender = f"DMARC of {identities.sender}", identities.sender
    place, records = _found(sender, texts)
    if not records:
        yield fail(
            what,
            f"{sender} has no DMARC record, which large providers want of who mails many",
            f'publish a TXT record at _dmarc.{sender}: "v=DMARC1; p=none; rua=mailto:…", and '
            "sharpen it once the reports are good",
        )
        return
    if len(records) > 1:
        yield fail(what, f"_dmarc.{place} has {len(records)} records, so none counts", "keep one")
        return
    tags = tags_of(records[0])
    policy = tags.get("sp" if place != sender and "sp" in tags else "p", "").lower()
    if policy not in _POLICIES:
        yield fail(
            what, f"_dmarc.{place}: no policy in {records[0]!r}", f"add p={'|'.join(_POLICIES)}"
        )
        return
    yield ok(what, f"p={policy}, at _dmarc.{place}")
    yield _alignment(identities, tags)


def _found(domain: str, texts: Texts) -> tuple[str, list[str]]:
    """The nearest domain from there up that has records, and these."""
    labels = domain.split(".")
    for place in (".".join(labels[start:]) for start in range(max(1, len(labels) - 1))):
        found = [text for text in texts(f"_dmarc.{place}") if text.startswith("v=DMARC1")]
        if found:
            return place, found
    return domain, []


def _alignment(identities: Identities, tags: dict[str, str]) -> Finding:
    """Whether SPF or DKIM speaks of the sender's domain: one of them is enough."""
    what, sender = "DMARC alignment", identities.sender
    by_dkim = _aligned(identities.signer, sender, tags.get("adkim", "r"))
    by_spf = _aligned(identities.envelope, sender, tags.get("aspf", "r"))
    said = f"From {sender}, signed by {identities.signer or 'nobody'}, sent by "
    said += identities.envelope
    if by_dkim and by_spf:
        return ok(what, said)
    if by_dkim:
        return warn(
            what, f"{said}: by DKIM alone", f"have [bounces] address in {sender}, or aspf=r"
        )
    if by_spf:
        return warn(
            what,
            f"{said}: by SPF alone, which a forwarder breaks",
            f"sign with a key of {sender} ([dkim])",
        )
    return fail(what, said, f"sign with a key of {sender} ([dkim] domain), or relax adkim and aspf")


def _aligned(domain: str, sender: str, mode: str) -> bool:
    """Relaxed, one may be below the other: which domains have one owner, DNS doesn't say."""
    if not domain or mode.lower() == "s":
        return domain == sender
    return domain == sender or domain.endswith(f".{sender}") or sender.endswith(f".{domain}")
