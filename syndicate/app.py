"""The composition root: from Settings to everything else, built once and handed in.

Its verbs are the steps of the way of the data: sync → publish, and tick → cut → order → plan →
deliver. Each is idempotent: the queue is a hint, Redis is the truth, and `sweep` finds in it what
the queue forgot.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog

from syndicate import __version__
from syndicate.delivery import outbox
from syndicate.delivery.model import MailingState
from syndicate.delivery.prepare import Postmaster, signers
from syndicate.delivery.send import Sender
from syndicate.delivery.smtp import Connection, Relay
from syndicate.desk import Desk
from syndicate.errors import (
    MessageError,
    NotFoundError,
    PublishError,
    StoreError,
    SyndicateError,
)
from syndicate.feeds.publisher import Publisher
from syndicate.jobs import Jobs
from syndicate.posts.inbound import checkout
from syndicate.posts.inbound.checkout import Pushes
from syndicate.posts.inbound.inbox import Inbox
from syndicate.posts.ingest import Sync
from syndicate.posts.series import Kind
from syndicate.posts.sources import Sources
from syndicate.settings import OUTBOX
from syndicate.store import client, embedded
from syndicate.store.keys import INDEX
from syndicate.stores import Stores
from syndicate.subscribers.model import Digest, Status
from syndicate.subscribers.tokens import Claim, Purpose, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from syndicate.feeds.publish import Published
    from syndicate.posts.ingest import Progress, Report
    from syndicate.posts.remote.fetch import Fetched
    from syndicate.settings import Settings
    from syndicate.store.client import Store

_log = structlog.get_logger()

#: Due chunks that one sweep hands out per mailing: enough for every worker until the next.
_SWEEP_CHUNKS = 100
#: Messages whose template a process keeps ready: the chunks of a mailing come close together.
_JOBS = 8
#: Seconds after which a fetch that told nothing is dead: a feed may take half a minute to come,
#: and the largest some seconds to be read, beside seven others.
_FETCH_LOCK = 300.0


def wall_clock() -> datetime:
    """The time, aware, in UTC: the one clock of the program, handed to all that ask for it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Work that a sweep found lying about: mailings to plan, and (mailing, chunk) to deliver.

    `hub` says whether the hub has something to hear, `pull` whether the site's folder is behind.
    """

    plan: list[int] = field(default_factory=list)
    deliver: list[tuple[int, int]] = field(default_factory=list)
    hub: bool = False
    pull: bool = False


class App:
    """One site's service: every verb that a worker, a page or a command calls."""

    def __init__(
        self, settings: Settings, store: Store, clock: Callable[[], datetime] = wall_clock
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.store = store
        stores = Stores.of(settings, store)
        self.posts = stores.posts
        self.categories = stores.categories
        self.pending = stores.pending
        self.feeds = stores.feeds
        self.editions = stores.editions
        self.subscribers = stores.subscribers
        self.schedules = stores.schedules
        self.ledger = stores.ledger
        self.inbox = Inbox(settings, store, self.posts)
        self.pushes = Pushes(store)
        self.key = settings.signing_key()
        self.postmaster = Postmaster(settings, self.key, signers(settings))
        self.publisher = Publisher(
            settings, self.feeds, self.posts, self.categories, self.postmaster.category_title
        )
        self.desk = Desk(settings, clock, stores, self.postmaster)
        self._sender = Sender(
            self.ledger, self.subscribers.recipients, self.connect, settings.delivery, clock
        )
        self._job = lru_cache(_JOBS)(Jobs(settings, stores, self.desk, self.postmaster).of)

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
        sync = Sync(self.settings, self.posts, self.categories, Sources(self.settings))
        with self.store.lock("sync") as renew:

            def step(done: int, total: int) -> None:
                renew()
                progress(done, total)

            for old, new in self.settings.renamed.items():
                self._rename(old, new)
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

    def pull(self) -> None:
        """Bring the site's folder up to all that was pushed; what fails stays to be done.

        Raises:
            BusyError: another process is at it; it sees to all that is there now.
            PullError: git says why.
        """
        with self.store.lock("pull", 2 * checkout.LONGEST) as renew:
            while calls := self.pushes.waiting():
                renew()
                if self.settings.hook.pull:
                    checkout.pull(self.settings.folder)
                self.pushes.settle(calls)
                _log.info("pull", pushes=len(calls))

    def fetch(self, names: Collection[str] | None = None) -> tuple[list[Fetched], Report | None]:
        """Ask the remote feeds that are due, or these now, and take in what came.

        Raises:
            BusyError: another process is fetching, or syncing; what came is in its files.
            NotFoundError: no such remote.
        """
        # They bring HTTP and a parser, which nothing else needs.
        from syndicate.posts.remote.fetch import Fetcher  # noqa: PLC0415 - see above
        from syndicate.posts.remote.store import RemoteStore  # noqa: PLC0415 - see above

        fetcher = Fetcher(self.settings, RemoteStore(self.store), self.clock)
        remotes = fetcher.due() if names is None else fetcher.named(names)
        came = []
        with self.store.lock("fetch", _FETCH_LOCK) as renew:
            for fetched in fetcher.fetch(remotes):
                renew()
                came.append(fetched)
                for problem in fetched.problems:
                    _log.warning("remote", problem=str(problem))
                new, changed = len(fetched.new), len(fetched.changed)
                _log.info("fetch", remote=fetched.name, new=new, changed=changed)
        sources = [source for fetched in came for source in (*fetched.new, *fetched.changed)]
        return came, self.sync(only=sources) if sources else None

    def _rename(self, old: str, new: str) -> None:
        """Have a category go on under another name: its feed, its digests, its subscriptions.

        What was begun and not ended is ended by a repetition, for the old record goes last.
        """
        if self.categories.get(old) is None:
            return
        for cadence in self.settings.cadences:
            self.editions.rename(cadence.name, old, new)
            before, after = Digest(cadence.name, old), Digest(cadence.name, new)
            self.subscribers.rename(before, after, self.clock())
        self.categories.rename(old, new)
        _log.info("category renamed", old=old, new=new)

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
                if INDEX in dirty:
                    self.publisher.publish_index(dirty.pop(INDEX))
                expected = len(written) + self.publisher.expected(dirty)
                for name, step in self.publisher.publish(dirty):
                    renew()
                    if isinstance(step, PublishError):
                        kept[name] = dirty[name]
                        _log.error("feed kept as it was", feed=name, reason=str(step))
                    else:
                        written.append(step)
                    progress(len(written), max(len(written), expected))
        _log.info("publish", changed=sum(len(step.changed) for step in written))
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
        kinds = (self.categories.all(kind) for kind in Kind if kind is not Kind.SITE)
        self.feeds.mark_dirty([INDEX, *(name for known in kinds for name in known)])

    def _feeds_version(self) -> str:
        """Changes with everything but posts that a feed is made of."""
        parts = [self.settings.site, self.settings.feeds, self.settings.web]
        parts += self.settings.categories
        texts = (part.model_dump_json() for part in parts)
        return "\n".join((__version__, self.settings.mail.relay, *texts))

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
            self.ledger.move(mailing, MailingState.CANCELLED, str(error), self.clock())
            _log.warning("mailing cancelled", mailing=mailing, reason=str(error))
            return
        except SyndicateError as error:
            self.ledger.set_trouble(mailing, str(error))
            raise
        # What was in its way, such as a broken template, is mended.
        self.ledger.set_trouble(mailing, "")
        self.ledger.freeze(self.ledger.get(mailing), job.digests)
        while (chunk := self.ledger.plan_chunk(mailing, self.clock())) is not None:
            yield chunk

    def deliver(self, mailing: int, chunk: int) -> bool:
        """Send what is open of a chunk; False if it wasn't our turn."""
        return self._sender.deliver(self._job(mailing), chunk)

    def sweep(self) -> Dispatch:
        """The work that nobody holds: what a lost task or a dead worker left."""
        work = Dispatch(hub=bool(self.feeds.topics()), pull=bool(self.pushes.waiting()))
        self.desk.orders.leftovers()
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
        """The digests that a link is about; none for the link of a test.

        One in a mail of all in one is about everything that he gets of its cadence.
        """
        try:
            mailing = self.ledger.get(claim.mailing)
        except NotFoundError:
            return ()
        edition = self.editions.get(mailing.editions[0])
        if not mailing.together:
            return (self.desk.digest_of(edition),)
        found = self.subscribers.get([claim.subscriber])
        return found[0].active(edition.cadence) if found else ()


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
