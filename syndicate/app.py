"""The composition root: from Settings to everything else, built once and handed in.

Its verbs are the steps of the way of the data: sync → publish, and tick → cut → order → plan →
deliver. Each is idempotent: the queue is a hint, Redis is the truth, and `sweep` finds in it what
the queue forgot.
"""

from __future__ import annotations

import difflib
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from syndicate import __version__
from syndicate.delivery import outbox
from syndicate.delivery.model import MailingState
from syndicate.delivery.prepare import Postmaster
from syndicate.delivery.send import Job, Sender
from syndicate.delivery.smtp import Connection, Relay
from syndicate.delivery.store import Ledger
from syndicate.digests.message import MessageTemplate
from syndicate.digests.model import Edition
from syndicate.digests.store import MOST_POSTS, EditionStore
from syndicate.errors import (
    MessageError,
    NotFoundError,
    PublishError,
    StoreError,
    SyndicateError,
)
from syndicate.feeds.publisher import Publisher
from syndicate.feeds.store import FeedStore
from syndicate.posts.ingest import Sync
from syndicate.posts.sources import Sources
from syndicate.posts.store import PostStore, newest_first
from syndicate.schedules.model import Verdict, due
from syndicate.schedules.store import ScheduleStore
from syndicate.settings import OUTBOX
from syndicate.store import client, embedded
from syndicate.store.keys import INDEX
from syndicate.subscribers.model import Digest, Status, parse_address
from syndicate.subscribers.store import SubscriberStore
from syndicate.subscribers.tokens import Claim, Purpose, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from syndicate.digests.model import Composed
    from syndicate.feeds.publish import Published
    from syndicate.posts.ingest import Progress, Report
    from syndicate.posts.store import Category
    from syndicate.settings import Cadence, Settings
    from syndicate.store.client import Store

_log = structlog.get_logger()

#: Due chunks that one sweep hands out per mailing: enough for every worker until the next.
_SWEEP_CHUNKS = 100
#: Messages whose template a process keeps ready: the chunks of a mailing come close together.
_JOBS = 8
#: Posts in a preview when nothing is pending: enough to judge the looks by.
_PREVIEWED = 5
#: The mailing that a test message counts as: none.
_TEST = 0


def wall_clock() -> datetime:
    """The time, aware, in UTC: the one clock of the program, handed to all that ask for it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Work that a sweep found lying about: mailings to plan, and (mailing, chunk) to deliver.

    `hub` says whether the hub has something to hear.
    """

    plan: list[int] = field(default_factory=list)
    deliver: list[tuple[int, int]] = field(default_factory=list)
    hub: bool = False


class App:
    """One site's service: every verb that a worker, a page or a command calls."""

    def __init__(
        self, settings: Settings, store: Store, clock: Callable[[], datetime] = wall_clock
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.store = store
        self.posts = PostStore(store, [cadence.name for cadence in settings.cadences])
        self.feeds = FeedStore(store)
        self.editions = EditionStore(store)
        self.subscribers = SubscriberStore(store)
        self.schedules = ScheduleStore(store)
        self.ledger = Ledger(store)
        self.key = settings.signing_key()
        self.postmaster = Postmaster(settings, self.key)
        self.publisher = Publisher(settings, self.feeds, self.posts, self.postmaster.category_title)
        self._sender = Sender(
            self.ledger, self.subscribers.addresses, self.connect, settings.delivery, clock
        )
        self._job = lru_cache(_JOBS)(self._prepare)

    # Posts and feeds

    def sync(
        self,
        *,
        only: Collection[str] | None = None,
        announce: bool | None = None,
        progress: Progress = lambda _done, _all: None,
    ) -> Report:
        """Take in what changed among the site's files, or among `only` these of them.

        Raises:
            BusyError: another sync is under way.
        """
        sync = Sync(self.settings, self.posts, Sources(self.settings))
        with self.store.lock("sync") as renew:

            def step(done: int, total: int) -> None:
                renew()
                progress(done, total)

            # The first sync is of all files, whoever asks for a few.
            if only is not None and not self.posts.imported():
                only = None
            report = sync.run(self.clock(), only=only, announce=announce, progress=step)
        if self.feeds.is_other_version(self._feeds_version()):
            self.republish()
        for problem in report.problems:
            _log.warning("post", problem=str(problem))
        _log.info(
            "sync",
            found=report.found,
            new=report.new,
            rewritten=report.rewritten,
            vanished=report.vanished,
            withdrawn=report.withdrawn,
            problems=len(report.problems),
        )
        return report

    def publish(self, progress: Progress = lambda _done, _all: None) -> list[Published]:
        """Write every feed that changed; returns what was written.

        A feed whose documents would break their standards stays as it was, and dirty; the others
        don't wait for it.

        Raises:
            BusyError: another process is publishing; it sees to all that is there now.
            SettingsError: the output folder can't be written.
        """
        written: list[Published] = []
        kept: dict[str, int] = {}
        with self.store.lock("publish") as renew:
            while dirty := {n: s for n, s in self.feeds.dirty().items() if kept.get(n) != s}:
                for done, (name, sequence) in enumerate(sorted(dirty.items()), 1):
                    renew()
                    try:
                        if name == INDEX:
                            self.publisher.publish_index(sequence)
                        else:
                            written.append(self.publisher.publish(name, sequence))
                    except PublishError as error:
                        kept[name] = sequence
                        _log.error("feed kept as it was", feed=name, reason=str(error))
                    progress(done, len(dirty))
        _log.info("publish", feeds=len(written), changed=sum(len(p.changed) for p in written))
        return written

    def tell_hub(self) -> None:
        """Tell the WebSub hub of every document that it hasn't heard of.

        Raises:
            HubError: it didn't take it; the next sweep tries again.
        """
        while told := self.publisher.tell_hub():
            _log.info("hub", told=told)

    def republish(self) -> None:
        """Have every feed built anew at the next `publish`."""
        self.feeds.mark_dirty([INDEX, *self.posts.categories()])

    def _feeds_version(self) -> str:
        """Changes with everything but posts that a feed is made of."""
        parts = [self.settings.site, self.settings.feeds, self.settings.web]
        parts += self.settings.categories
        texts = (part.model_dump_json() for part in parts)
        return "\n".join((__version__, self.settings.mail.relay, *texts))

    # Digests

    def tick(self) -> list[int]:
        """Cut and order what is due; returns the mailings.

        Slots are claimed after their editions are cut: a crash in between cuts nothing twice, for
        an edition is cut once a slot.
        """
        mailings = []
        for cadence in self.settings.cadences:
            now = self.clock()
            last = self.schedules.last(cadence.name)
            if last is None:
                self.schedules.claim(cadence.name, None, now)
                continue
            zone = ZoneInfo(cadence.timezone or self.settings.site.timezone)
            slot = due(cadence.cron, zone, last, now, timedelta(hours=cadence.grace))
            if slot is None:
                continue
            held = slot.verdict is Verdict.HOLD
            if not held:
                mailings += self._run_slot(cadence, slot.name)
            if self.schedules.claim(cadence.name, last, slot.moment, hold=held):
                _log.info("slot", cadence=cadence.name, slot=slot.name, verdict=slot.verdict)
        return mailings

    def _run_slot(self, cadence: Cadence, slot: str) -> list[int]:
        cut = (
            self.editions.cut(cadence.name, category, slot, self.clock())
            for category in self.posts.pending(cadence.name)
        )
        return [self.order(edition) for edition in cut if edition]

    def cut(self, cadence: str, category: str) -> Edition | None:
        """Cut an edition by hand, now; None if nothing is pending.

        Raises:
            NotFoundError: no such category.
            SettingsError: no such cadence, or nothing can be mailed for want of a postal address.
        """
        self.settings.cadence(cadence)
        self.require_category(category)
        self.postmaster.require_postal_address()
        slot = f"by-hand-{uuid.uuid4().hex}"
        edition = self.editions.cut(cadence, category, slot, self.clock())
        return self.editions.get(edition) if edition else None

    def order(self, edition: int) -> int:
        """Order the mailing of an edition; however often, it is one."""
        return self.ledger.order(edition, self.clock())

    def compose(self, edition: Edition) -> Composed:
        """An edition as it reads now: with its posts as corrected, without those withdrawn.

        Raises:
            MessageError: none of its posts is left.
        """
        posts = self.posts.get(edition.posts)
        category = self.posts.category(edition.category)
        return self.postmaster.compose(edition, category, newest_first(posts))

    def preview(self, cadence: str, category: str) -> tuple[Edition, Composed]:
        """The next edition as it would be if it were cut now; the newest posts if none waits.

        Raises:
            NotFoundError: no such category.
            SettingsError: no such cadence.
        """
        self.settings.cadence(cadence)
        record = self.require_category(category)
        waiting = self.posts.pending_posts(cadence, category, MOST_POSTS)
        posts = newest_first(waiting) or self.posts.latest(category, _PREVIEWED)
        edition = Edition(
            id=0,
            category=category,
            cadence=cadence,
            number=self.editions.next_number(cadence, category),
            slot="preview",
            cut_at=self.clock(),
            posts=tuple(waiting),
        )
        return edition, self.postmaster.compose(edition, record, posts)

    def send_test(self, cadence: str, category: str, address: str) -> str:
        """Send the preview of a digest to one address; returns what the relay said.

        Nothing is cut, and no subscriber gets it.

        Raises:
            AddressError: mail can't be sent there.
            DeliveryError: the relay didn't take it.
        """
        recipient = parse_address(address)
        edition, composed = self.preview(cadence, category)
        composed = replace(composed, subject=f"[Test] {composed.subject}")
        record = self.posts.category(category)
        template = self.postmaster.template(_TEST, edition, record, composed)
        message = self.postmaster.messages(_TEST, template)(0, recipient)
        with self.connect() as connection:
            return connection.send(self.postmaster.sender, recipient, message)

    def require_category(self, name: str) -> Category:
        """The category of that name.

        Raises:
            NotFoundError: there is none; names one that is close.
        """
        category = self.posts.category(name) if name else None
        if category is None:
            raise NotFoundError(f"no category {name!r}{self._near(name)}")
        return category

    def _near(self, name: str) -> str:
        known = {each.casefold(): each for each in self.posts.categories() if each}
        near = difflib.get_close_matches(name.casefold(), known, n=1)
        return f"; did you mean {known[near[0]]!r}?" if near else "; `syndicate sync` reads them"

    # Delivery

    def plan(self, mailing: int) -> Iterator[int]:
        """Build the message, freeze the audience, and yield each chunk as soon as it is made.

        Repeating it goes on where it stopped; a mailing that is planned yields nothing.
        """
        if self.ledger.get(mailing).state not in (MailingState.ORDERED, MailingState.PLANNING):
            return
        try:
            job = self._job(mailing)
        except MessageError as error:
            self.ledger.cancel(mailing, str(error), self.clock())
            _log.warning("mailing cancelled", mailing=mailing, reason=str(error))
            return
        except SyndicateError as error:
            self.ledger.set_trouble(mailing, str(error))
            raise
        self.ledger.freeze(mailing, job.digests)
        while (chunk := self.ledger.plan_chunk(mailing, self.clock())) is not None:
            yield chunk

    def deliver(self, mailing: int, chunk: int) -> bool:
        """Send what is open of a chunk; False if it wasn't our turn."""
        return self._sender.deliver(self._job(mailing), chunk)

    def sweep(self) -> Dispatch:
        """The work that nobody holds: what a lost task or a dead worker left."""
        work = Dispatch(hub=bool(self.feeds.topics()))
        for edition in self.editions.without_mailing():
            self.order(edition)
        for mailing in self.ledger.active():
            if self.ledger.get(mailing).state in (MailingState.ORDERED, MailingState.PLANNING):
                work.plan.append(mailing)
            due_now = self.ledger.due(mailing, self.clock(), _SWEEP_CHUNKS)
            work.deliver.extend((mailing, chunk) for chunk in due_now)
        return work

    def connect(self) -> Connection:
        """A connection to the relay.

        Raises:
            RelayError: there is none to be had.
        """
        mail, limits = self.settings.mail, self.settings.delivery
        url = outbox.url(self.settings.state_folder) if mail.relay == OUTBOX else mail.relay
        password = mail.password.get_secret_value()
        return Connection(Relay.parse(url, password, limits.final_dot))

    def _prepare(self, mailing: int) -> Job:
        """What the deliveries of a mailing share; its message is composed by the first to ask."""
        ordered = self.ledger.get(mailing)
        (edition,) = (self.editions.get(edition) for edition in ordered.editions)
        kept = self.ledger.template(mailing)
        if kept is None:
            category = self.posts.category(edition.category)
            template = self.postmaster.template(mailing, edition, category, self.compose(edition))
            kept = self.ledger.keep_template(mailing, template.dumps())
        return Job(
            mailing=mailing,
            digests=(Digest(edition.cadence, edition.category),),
            sender=self.postmaster.sender,
            expires=ordered.ordered_at.timestamp() + self.settings.delivery.expiry,
            message=self.postmaster.messages(mailing, MessageTemplate.loads(kept)),
        )

    # Subscribers

    def unsubscribe(self, token: str, how: dict[str, str]) -> tuple[Digest, ...]:
        """Leave the digests of the mailing that a link came in.

        Raises:
            TokenError: the link is none of ours.
        """
        claim = verify(self.key, token, Purpose.UNSUBSCRIBE)
        digests = self.digests_of(claim)
        self.subscribers.change(claim.subscriber, digests, Status.LEFT, self.clock(), how)
        return digests

    def digests_of(self, claim: Claim) -> tuple[Digest, ...]:
        """The digests that a link is about; none for the link of a test."""
        try:
            editions = self.ledger.get(claim.mailing).editions
        except NotFoundError:
            return ()
        cut = (self.editions.get(edition) for edition in editions)
        return tuple(Digest(edition.cadence, edition.category) for edition in cut)


@contextmanager
def opened(settings: Settings, *, may_start_redis: bool = False) -> Iterator[App]:
    """The service of a site, with Redis at hand for as long as the block lasts.

    Without a configured Redis the embedded one is used; it is started if nobody has and if
    `may_start_redis` says so.

    Raises:
        StoreError: no Redis, or it can't be reached.
    """
    with ExitStack() as stack:
        url, folder = settings.redis.url, settings.state_folder
        if not url:
            url = embedded.url_of(folder)
            if not embedded.is_running(folder):
                if not may_start_redis:
                    raise StoreError(
                        f"no Redis is running for {folder}; start `syndicate up`, or name a "
                        "server in [redis] url"
                    )
                stack.enter_context(embedded.EmbeddedServer(folder))
        store = client.connect(url, settings.redis.prefix)
        stack.callback(store.close)
        with client.speaking_plainly(url):
            yield App(settings, store)
