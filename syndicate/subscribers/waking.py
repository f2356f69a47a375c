"""What becomes of subscribers by itself: pauses end, and who never confirmed is forgotten."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from syndicate.errors import NotFoundError
from syndicate.subscribers import changes

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.subscribers.store import SubscriberStore

#: Subscribers of one call: a second's work. The next call goes on.
_MOST = 1000
#: What the record of consent says of it.
_HOW = {"method": "time"}


def wake(subscribers: SubscriberStore, now: datetime) -> int:
    """Do what is due; to how many. Call it every minute, from anywhere."""
    done = 0
    for subscriber in subscribers.due(now, _MOST):
        try:
            before, after = subscribers.alter(subscriber, partial(changes.wake, now=now), now, _HOW)
        except NotFoundError:  # erased since
            continue
        done += before != after
    return done
