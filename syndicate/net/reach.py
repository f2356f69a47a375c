"""Whether URLs lead anywhere: each is asked once, some at a time, and none for long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from syndicate.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syndicate.net.client import Client

#: Asked at the same time: a courtesy to a site whose own links most of them are.
_AT_ONCE = 8
#: Where HEAD may be what a server objects to, and not the URL: it is asked once more, by GET.
_OBJECTIONS = range(400, 600)


def reach(client: Client, urls: Iterable[str], seconds: float) -> dict[str, int | str]:
    """Of each URL that was asked the status that it ended in, or in words why there is none.

    After `seconds` no more are asked; one that is being asked takes as long as the client lets it.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = {url: pool.submit(_ask, client, url) for url in dict.fromkeys(urls)}
        wait(asked.values(), timeout=seconds)
        for one in asked.values():
            one.cancel()
    return {url: one.result() for url, one in asked.items() if not one.cancelled()}


def _ask(client: Client, url: str) -> int | str:
    try:
        status = client.ask("HEAD", url).status
    except FetchError as error:
        return str(error)
    if status not in _OBJECTIONS:
        return status
    try:
        return client.ask("GET", url).status
    except FetchError as error:
        return str(error)
