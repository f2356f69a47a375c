"""Tell a WebSub hub that a document has new bytes (W3C WebSub §5; the hubs' own publish call)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, build_opener

from syndicate.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Seconds that a hub may take: it only has to note what we say.
_TIMEOUT = 15.0


def ping(hub: str, topics: Sequence[str]) -> None:
    """Say which documents have changed; call it when they can be fetched, never before.

    Raises:
        HubError: the hub didn't take it; saying it again does no harm.
    """
    fields = [("hub.mode", "publish"), *(("hub.url", topic) for topic in topics)]
    request = Request(hub, urlencode(fields).encode(), method="POST")  # noqa: S310 - http(s), by settings
    try:
        with build_opener().open(request, timeout=_TIMEOUT):
            return
    except HTTPError as error:
        raise HubError(f"the hub {hub} says {error.code} {error.reason}") from error
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise HubError(f"can't reach the hub {hub}: {reason}; check [feeds] hub") from error
