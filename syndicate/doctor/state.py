"""What lies about in the store: records that don't agree, categories without posts, idle work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.delivery.model import MailingState
from syndicate.doctor.model import Finding, fail, ok, warn
from syndicate.errors import BusyError
from syndicate.posts.series import Kind
from syndicate.store.keys import WHOLE_SITE
from syndicate.store.life import Life
from syndicate.subscribers.verify import Verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from syndicate.delivery.model import Mailing
    from syndicate.settings import Settings
    from syndicate.store.client import Store
    from syndicate.stores import Stores

#: Sweeps after which somebody should have taken up what is due.
_SWEEPS = 3
#: Names in a line before it says "and … more".
_NAMES = 5


def look(
    settings: Settings,
    store: Store,
    stores: Stores,
    now: datetime,
    progress: Callable[[int, int], object],
) -> Iterator[Finding]:
    """What is to be said of a site's state."""
    yield life(Life(store, settings.state_folder, lambda: now).standing())
    yield _subscribers(store, stores, now, progress)
    yield empty(_categories_without_posts(store, stores))
    yield from _mailings(settings, store, stores, now)


def life(why_not: str) -> Finding:
    """What is to be said of a state by which nothing is sent for that reason; empty: for none."""
    if why_not:
        return fail("sending", why_not, "`syndicate unlock` shows what would go out, and lets it")
    return ok("sending", "it is the state that mail goes out by")


def _subscribers(
    store: Store, stores: Stores, now: datetime, progress: Callable[[int, int], object]
) -> Finding:
    check = Verify(store, stores.subscribers, stores.suppressions)
    try:
        faults = [fault.what for fault in check.run(now, progress=progress)]
    except BusyError as error:
        return warn("subscribers", str(error), "look again when it has ended")
    if faults:
        remedy = "`syndicate subscribers verify --repair` mends it"
        return fail("subscribers", _some(faults), remedy)
    return ok("subscribers", "their records and all that follows from them agree")


def _categories_without_posts(store: Store, stores: Stores) -> list[str]:
    names = [name for name in stores.categories.all(Kind.CATEGORY) if name != WHOLE_SITE]
    pipe = store.text.pipeline(transaction=False)
    for name in names:
        pipe.exists(store.keys.log(name))
    return [name for name, there in zip(names, pipe.execute(), strict=True) if not there]


def empty(names: list[str]) -> Finding:
    """What is to be said of categories without posts."""
    if not names:
        return ok("categories", "each has posts")
    return warn(
        "categories",
        f"no posts in {_some(names)}",
        "if its posts say another name now, say so by `formerly` under [[categories]]",
    )


def _mailings(settings: Settings, store: Store, stores: Stores, now: datetime) -> Iterator[Finding]:
    mailings = stores.ledger.several(stores.ledger.active())
    pipe = store.text.pipeline(transaction=False)
    for mailing in mailings:
        pipe.zrange(store.keys.part(mailing.id, "due"), 0, 0, withscores=True)
    firsts = [rows[0][1] if rows else None for rows in pipe.execute()]
    patience = _SWEEPS * settings.delivery.sweep
    idle = [
        said
        for mailing, first in zip(mailings, firsts, strict=True)
        if (said := waits(mailing, first, now.timestamp() - patience))
    ]
    left = stores.editions.without_mailing()
    if idle:
        yield fail("mailings", _some(idle), "see that workers run: `syndicate status`")
    else:
        yield ok("mailings", f"{len(mailings)} under way, none of them idle")
    old = [
        n for n in left if stores.editions.get(n).cut_at.timestamp() < now.timestamp() - patience
    ]
    if old:
        yield fail(
            "editions",
            f"cut and not ordered: {_some(list(map(str, old)))}",
            "see that workers run: the next sweep orders them",
        )


def waits(mailing: Mailing, first: float | None, before: float) -> str:
    """Whom nobody works on, though something was to be done `before` that second; else empty.

    `first` is when its first chunk is due, or its worker counts as dead.
    """
    if mailing.state is MailingState.PAUSED:
        return ""
    unplanned = mailing.state in (MailingState.ORDERED, MailingState.PLANNING)
    if unplanned and not first and mailing.ordered_at.timestamp() < before:
        why = f" ({mailing.trouble})" if mailing.trouble else ""
        return f"m{mailing.id} was ordered and never planned{why}"
    if first is not None and first < before:
        return f"m{mailing.id} waits for a worker"
    return ""


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more
