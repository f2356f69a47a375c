"""All that a site keeps in Redis, by what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self

from syndicate.delivery.bounces.store import BounceStore
from syndicate.delivery.kept import Kept
from syndicate.delivery.letters import Letters
from syndicate.delivery.store import Ledger
from syndicate.digests.store import EditionStore
from syndicate.feeds.store import FeedStore
from syndicate.posts.categories import CategoryStore
from syndicate.posts.pending import PendingStore
from syndicate.posts.series import quiet_feeds
from syndicate.posts.store import PostStore
from syndicate.schedules.pauses import PauseStore
from syndicate.schedules.store import ScheduleStore
from syndicate.subscribers.moves import Moves
from syndicate.subscribers.signups import Signups
from syndicate.subscribers.store import SubscriberStore
from syndicate.subscribers.suppressions import Suppressions

if TYPE_CHECKING:
    from syndicate.settings import Settings
    from syndicate.store.client import Store


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of one site."""

    posts: PostStore
    categories: CategoryStore
    pending: PendingStore
    feeds: FeedStore
    editions: EditionStore
    subscribers: SubscriberStore
    suppressions: Suppressions
    moves: Moves
    signups: Signups
    schedules: ScheduleStore
    pauses: PauseStore
    ledger: Ledger
    letters: Letters
    bounces: BounceStore
    kept: Kept

    @classmethod
    def of(cls, settings: Settings, store: Store) -> Self:
        """Those of the site that the settings are of."""
        cadences = [cadence.name for cadence in settings.cadences]
        subscribers = SubscriberStore(store)
        posts = PostStore(store, cadences, partial(quiet_feeds, settings))
        return cls(
            posts=posts,
            categories=CategoryStore(store, posts, cadences),
            pending=PendingStore(store, posts),
            feeds=FeedStore(store),
            editions=EditionStore(store),
            subscribers=subscribers,
            suppressions=Suppressions(store, subscribers),
            moves=Moves(store),
            signups=Signups(store),
            schedules=ScheduleStore(store),
            pauses=PauseStore(store),
            ledger=Ledger(store),
            letters=Letters(store),
            bounces=BounceStore(store),
            kept=Kept(store),
        )
