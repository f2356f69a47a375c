"""This machine's clock against others'."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from syndicate.doctor.model import Finding, fail, ok, warn
from syndicate.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from syndicate.net.client import Client

#: Seconds. Leases last some: machines that differ by more take each other for dead.
_WRONG = 5.0
_OFF = 1.0
#: Seconds. An HTTP Date has no fractions, and took its time to come.
_FAR = 60.0


def against_redis(ahead: float) -> Finding:
    """What is to be said of a Redis that is so many seconds ahead of us."""
    said = f"Redis's clock is {abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} ours"
    if abs(ahead) > _OFF:
        level = fail if abs(ahead) > _WRONG else warn
        return level("against Redis", said, "let a time service (NTP) set the clocks of both")
    return ok("against Redis", "within a second")


def against_web(url: str, client: Client, clock: Callable[[], datetime]) -> Finding | None:
    """The same by the Date of the site's web server; None where there is none to be had."""
    try:
        date = client.ask("HEAD", url).headers["Date"]
        theirs = parsedate_to_datetime(date) if date else None
    except (FetchError, ValueError):
        return None
    # A Date without a zone has no meaning.
    if theirs is None or theirs.tzinfo is None:
        return None
    ahead = (theirs - clock()).total_seconds()
    what, said = "against the web", f"{url} says {theirs:%Y-%m-%d %H:%M:%S}"
    if abs(ahead) > _FAR:
        return fail(
            what,
            f"{said}, {abs(ahead):,.0f} s {'ahead of' if ahead > 0 else 'behind'} us",
            "let a time service (NTP) set this machine's clock: mail would bear a wrong date",
        )
    return ok(what, said)
