"""What the settings must say before mail goes out to strangers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syndicate.delivery.prepare import signers
from syndicate.doctor.model import Finding, fail, ok, warn
from syndicate.errors import SettingsError
from syndicate.settings.relays import OUTBOX, is_local

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syndicate.settings import Settings

#: Bits of a file's mode that let others than its owner read it.
_OTHERS = 0o077


def leaves(settings: Settings) -> bool:
    """Whether any mail leaves this machine: by a relay that is neither captured nor a folder."""
    return any(relay.url != OUTBOX and not relay.folder for relay in settings.roads)


def judge(settings: Settings) -> Iterator[Finding]:
    """What is to be said of a site's settings."""
    yield _postal_address(settings)
    yield _web_url(settings)
    yield _sender(settings)
    yield _secret(settings)
    yield from _private(settings)


def _postal_address(settings: Settings) -> Finding:
    if settings.mail.postal_address:
        return ok("postal address", " ".join(settings.mail.postal_address.split()))
    return fail(
        "postal address", "none is set, so no mail is built", "set postal_address under [mail]"
    )


def _web_url(settings: Settings) -> Finding:
    parts = urlsplit(settings.web.url)
    if parts.scheme == "https" and not is_local(parts.hostname or ""):
        return ok("web address", settings.web.url)
    return (fail if leaves(settings) else warn)(
        "web address",
        f"{settings.web.url}: readers can't leave with one click by it (RFC 8058 wants https)",
        "set the public https URL of the web app as url under [web]",
    )


def _sender(settings: Settings) -> Finding:
    sender = settings.mail.sender
    if "@localhost" not in sender:
        return ok("sender", sender)
    remedy = "set from under [mail] to an address of your domain"
    return (fail if leaves(settings) else warn)("sender", f"{sender} is nobody's", remedy)


def _secret(settings: Settings) -> Finding:
    if settings.secret.get_secret_value():
        return ok("signing key", "SYNDICATE_SECRET")
    path = settings.state_folder / "secret.key"
    if _is_open(path):
        return fail("signing key", f"{path} can be read by others", f"chmod 600 {path}")
    if settings.redis.url:
        return warn(
            "signing key",
            f"{path}, which no other machine has",
            "set the same SYNDICATE_SECRET everywhere, if several machines serve this site",
        )
    return ok("signing key", str(path))


def _private(settings: Settings) -> Iterator[Finding]:
    """The keys and passwords in files: that they can be read, by us alone."""
    try:
        found = signers(settings)
    except SettingsError as error:
        yield fail("DKIM keys", str(error), "mend [dkim], or make new keys")
    else:
        if not found and leaves(settings):
            yield fail(
                "DKIM keys", "none: large providers refuse unsigned bulk mail", "name one in [dkim]"
            )
    files = [settings.dkim.key_file, settings.dkim.ed25519.key_file]
    files += [relay.password_file for relay in settings.roads]
    for path in (settings.folder / file for file in files if file):
        if _is_open(path):
            yield warn("private files", f"{path} can be read by others", f"chmod 600 {path}")


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        # It isn't there; who needs it says so.
        return False
