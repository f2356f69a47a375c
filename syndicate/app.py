"""The composition root: from Settings to everything else, built once and handed in.

Its verbs are the steps of the way of the data: sync → publish, and tick → cut → order → plan →
deliver. Each is idempotent: the queue is a hint, Redis is the truth, and `sweep` finds in it what
the queue forgot.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import structlog

from syndicate import __version__
from syndicate.delivery.alarm import Alarm
from syndicate.delivery.courier import Courier
from syndicate.delivery.letters import Letter
from syndicate.delivery.mailing_keys import MailingKeys
from syndicate.delivery.model import MailingState
from syndicate.delivery.planner import Planner
from syndicate.delivery.pool import Pool
from syndicate.delivery.prepare import Postmaster, signers
from syndicate.delivery.relays import opening, trial
from syndicate.delivery.relays.roads import Roads
from syndicate.delivery.relays.singly import Singly
from syndicate.delivery.relays.store import RelayStore
from syndicate.delivery.secretary import Secretary
from syndicate.delivery.send import Sender
from syndicate.delivery.turn import Terms
from syndicate.desk.desk import Desk
from syndicate.desk.jobs import Jobs
from syndicate.digests import letters
from syndicate.errors import (
    MessageError,
    PublishError,
    StateError,
    StoreError,
    SyndicateError,
)
from syndicate.feeds.publisher import Publisher
from syndicate.people.bounces import Bounces
from syndicate.people.erasure import Erasure
from syndicate.people.imports import Imports
from syndicate.people.leaving import Leaving
from syndicate.people.preferences import Preferences
from syndicate.people.signup import Signup
from syndicate.posts.inbound import checkout
from syndicate.posts.inbound.checkout import Pushes
from syndicate.posts.inbound.inbox import Inbox
from syndicate.posts.ingest import Sync
from syndicate.posts.series import Kind
from syndicate.posts.sources import Sources
from syndicate.schedules.scope import Scope
from syndicate.store import client, embedded
from syndicate.store.keys import INDEX
from syndicate.store.life import Life
from syndicate.store.locks import LONG_ENOUGH
from syndicate.store.pulse import Pulse
from syndicate.stores import Stores
from syndicate.subscribers.limits import Limits
from syndicate.subscribers.model import Digest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from syndicate.delivery.job import Job
    from syndicate.delivery.maildir import Maildir
    from syndicate.delivery.model import Mailing
    from syndicate.delivery.smtp import Connection
    from syndicate.feeds.publish import Published
    from syndicate.posts.ingest import Progress, Report
    from syndicate.posts.remote.fetch import Fetched
    from syndicate.settings import Settings
    from syndicate.settings.key import Key, Keyring
    from syndicate.store.client import Store

_log = structlog.get_logger()

#: Due chunks that one sweep hands out per mailing: enough for every worker until the next.
_SWEEP_CHUNKS = 100
#: Messages whose template a process keeps ready: the chunks of a mailing come close together.
_JOBS = 8


def wall_clock() -> datetime:
    """The time, aware, in UTC: the one clock of the program, handed to all that ask for it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Work that a sweep found lying about: mailings to plan, and (mailing, chunk) to deliver.

    `hub` says whether the hub has something to hear, `pull` whether the site's folder is behind,
    `letters` whether one is due, `signups` whether one is to be looked at.
    """

    plan: list[int] = field(default_factory=list)
    deliver: list[tuple[int, int]] = field(default_factory=list)
    hub: bool = False
    pull: bool = False
    letters: bool = False
    signups: bool = False


class App:
    """One site's service: every verb that a worker, a page or a command calls."""

    def __init__(
        self, settings: Settings, store: Store, clock: Callable[[], datetime] = wall_clock
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.store = store
        self.pulse = Pulse(store)
        self.life = Life(store, settings.state_folder, clock)
        stores = Stores.of(settings, store)
        self.posts = stores.posts
        self.categories = stores.categories
        self.pending = stores.pending
        self.feeds = stores.feeds
        self.editions = stores.editions
        self.subscribers = stores.subscribers
        self.suppressions = stores.suppressions
        self.erasure = Erasure(settings, store, stores, clock)
        self.schedules = stores.schedules
        self._pauses = stores.pauses
        self.ledger = stores.ledger
        self.kept = stores.kept
        self.inbox = Inbox(settings, store, self.posts)
        self.pushes = Pushes(store)
        self._key_file = settings.key_file(clock)
        # A key that can't be had is told at the start.
        self._key_file.ring()
        mailing_keys = MailingKeys(self.ledger, self._key_file.ring)
        self.postmaster = Postmaster(settings, mailing_keys.of, signers(settings))
        self.publisher = Publisher(
            settings, self.feeds, self.posts, self.categories, self.postmaster.category_title
        )
        self.desk = Desk(settings, clock, stores, self.postmaster)
        self._alarm = Alarm(store, self.ledger, stores.bounces, settings.delivery)
        self.roads = Roads(
            settings.roads,
            settings.site.zone,
            RelayStore(store),
            partial(opening.connect, settings),
            clock,
        )
        self._planner = Planner(store, clock)
        self._ways = Pool(self.roads.open, lambda name: self.roads.relay(name).messages)
        self.letters = stores.letters
        secretary = Secretary(
            settings=settings,
            subscribers=stores.subscribers,
            categories=stores.categories,
            editions=stores.editions,
            postmaster=self.postmaster,
            moves=stores.moves,
            key=lambda: self.key,
        )
        self.leaving = Leaving(stores, self.desk, lambda: self.keyring, self.post_letter, clock)
        self.bounces = Bounces(settings, store, stores, self.leaving, lambda: self.keyring, clock)
        self._sender = Sender(
            *(self.ledger, self.subscribers.recipients, self._ways, self.roads),
            Terms(settings.delivery, clock, self.bounces.refused, alive=self.life.require),
        )
        self.preferences = Preferences(
            settings, stores, Limits(store, lambda: self.key), lambda: self.keyring, clock
        )
        self.imports = Imports(settings, store, stores, clock)
        self.signup = Signup(settings, store, stores, lambda: self.keyring, clock)
        self._courier = Courier(
            *(self.letters, secretary, partial(Singly, self.roads, clock)),
            Terms(settings.delivery, clock, self.bounces.refused, self._stops_letters),
        )
        jobs = Jobs(settings, stores, self.desk, self.postmaster)
        # By when it was begun anew, too: from then on it has another end.
        self._job = lru_cache(_JOBS)(lambda mailing, _again_at: jobs.of(mailing))

    @property
    def keyring(self) -> Keyring:
        """The keys that links may be signed with, as they are now."""
        return self._key_file.ring()

    @property
    def key(self) -> Key:
        """The key that signs new links."""
        return self.keyring.current

    def retire_key(self, name: str, *, early: bool = False) -> None:
        """Forget a signing key that no mailing on its way was begun with.

        Raises:
            NotFoundError: no such key.
            StateError: it is in use, or was not long ago and it isn't to be `early`.
        """
        for mailing in map(self.ledger.get, self.ledger.active()):
            if mailing.key is not None and f"{mailing.key:02x}" == name:
                raise StateError(
                    f"key {name} signs mailing {mailing.id}, which is on its way; wait until "
                    "it has ended, or cancel it"
                )
        self._key_file.retire(name, early=early)

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
        with self.store.lock("pull") as renew:
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
        with self.store.lock("fetch") as renew:
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
            self.schedules.rename(Scope(*before), Scope(*after))
        self.schedules.rename(Scope(category=old), Scope(category=new))
        self.categories.rename(old, new)
        _log.info("category renamed", old=old, new=new)

    def publish(
        self, progress: Progress = lambda _done, _all: None, *, whole: bool = False
    ) -> list[Published]:
        """Write every feed that changed; returns what was written.

        `whole` has their archives looked for too, as `Publisher.publish` says.

        A feed whose documents would break their standards stays as it was, and dirty; the others
        don't wait for it.

        Raises:
            BusyError: another is publishing, and for long; it sees to all that is there now.
            SettingsError: the output folder can't be written.
        """
        written: list[Published] = []
        kept: dict[str, int] = {}
        # One that ends just now may not have seen what is new: it is waited for.
        with self.store.lock("publish", LONG_ENOUGH) as renew:
            while dirty := {n: s for n, s in self.feeds.dirty().items() if kept.get(n) != s}:
                if INDEX in dirty:
                    self.publisher.publish_index(dirty.pop(INDEX))
                expected = len(written) + self.publisher.expected(dirty)
                for name, step in self.publisher.publish(dirty, whole=whole):
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
        by_mail = str(self.settings.signup.open)
        return "\n".join((__version__, str(self.settings.captures), by_mail, *texts))

    # Delivery

    def tick(self) -> list[int]:
        """Cut and order what is due; returns the mailings.

        Raises:
            LockedError: by this state nothing is sent; so do `plan`, `deliver`, `send_letters`.
        """
        self.life.require()
        mailings = self.desk.tick()
        self.pulse.beat("tick", self.clock())
        return mailings

    def plan(self, mailing: int) -> Iterator[int]:
        """Build the message, freeze the audience, and yield each chunk as soon as it is made.

        Repeating it goes on where it stopped; a mailing that is planned yields nothing.
        """
        self.life.require()
        ordered = self.ledger.get(mailing)
        if ordered.state not in (MailingState.ORDERED, MailingState.PLANNING):
            return
        if self.desk.pauses.stops(ordered):
            return
        try:
            job = self._prepared(ordered)
        except MessageError as error:
            self.ledger.move(mailing, MailingState.CANCELLED, str(error), self.clock())
            _log.warning("mailing cancelled", mailing=mailing, reason=str(error))
            return
        # What was in its way, such as a broken template, is mended.
        self.ledger.set_trouble(mailing, "")
        if not ordered.together:
            (edition,), (digest,) = ordered.editions, job.digests
            self.editions.show(edition, digest)
        yield from self._planner.plan(ordered, job.digests, job.timing)
        edition_ids = " ".join(map(str, ordered.editions))
        _log.info("mailing planned", mailing=mailing, edition=edition_ids)

    def deliver(
        self, mailing: int, chunk: int, stopping: Callable[[], bool] = lambda: False
    ) -> bool:
        """Send what is open of a chunk; False if it wasn't our turn.

        When `stopping` says so, each connection ends the message in hand and begins no other.
        """
        self.life.require()
        # What is kept of a mailing for its workers isn't made anew when it has ended.
        found = self.ledger.get(mailing)
        if found.state.ended:
            return False
        job = self._prepared(found)
        # Its signs of life may learn that Redis was put back meanwhile.
        return self._sender.deliver(job, chunk, lambda: stopping() or self.life.is_locked)

    def close(self) -> None:
        """Say goodbye to the relays."""
        self._ways.close()
        self.roads.close()

    def _prepared(self, mailing: Mailing) -> Job:
        """The job of a mailing; what stands in its way is told as its trouble, too."""
        try:
            return self._job(mailing.id, mailing.again_at)
        except SyndicateError as error:
            self.ledger.set_trouble(mailing.id, str(error))
            raise

    def sweep(self) -> Dispatch:
        """The work that nobody holds: what a lost task or a dead worker left."""
        self.erasure.sweep()
        work = Dispatch(
            hub=bool(self.feeds.topics()),
            pull=bool(self.pushes.waiting()),
            signups=self.signup.waits(),
        )
        self.desk.pauses.enforce()
        if self.life.may_send():
            work = replace(work, letters=self.letters.is_due(self.clock()))
            self.desk.orders.leftovers()
            self._sweep_mailings(work)
        self.pulse.beat("sweep", self.clock())
        return work

    def _sweep_mailings(self, work: Dispatch) -> None:
        for mailing in self.ledger.active():
            found = self.ledger.get(mailing)
            if self._alarm.watch(found, self.clock()):
                continue
            if found.state in (MailingState.ORDERED, MailingState.PLANNING):
                work.plan.append(mailing)
            due_now = self.ledger.due(mailing, self.clock(), _SWEEP_CHUNKS)
            work.deliver.extend((mailing, chunk) for chunk in due_now)

    def post_letter(
        self,
        kind: letters.Kind,
        subscriber: int,
        digests: Collection[Digest] = (),
        *,
        asked_at: datetime | None = None,
        act: str = "",
    ) -> int:
        """Have a subscriber get a letter about these digests; its id, or 0 for one unwanted here.

        `asked_at` (None: now) stamps its link; a move's goes to where `Moves` has it that he wanted
        at that second. Of several about one `act`, whose name holds nothing of a person, one goes
        out. Whoever posts it has the task `post` sent.
        """
        mail = self.settings.mail
        wanted = {letters.Kind.WELCOME: mail.welcome, letters.Kind.GOODBYE: mail.goodbye}
        if not wanted.get(kind, True):
            return 0
        letter = Letter(
            kind=kind,
            subscriber=subscriber,
            asked_at=asked_at or self.clock(),
            digests=tuple(digests),
        )
        return self.letters.post(letter, act)

    def send_letters(self) -> int:
        """Send every letter that is due; how many a relay took."""
        self.life.require()
        return self._courier.send_all()

    def _stops_letters(self) -> bool:
        """Whether no other letter is to be begun; asked before each."""
        return self._pauses.stops_letters() or not self.life.may_send()

    def connect(self) -> Connection | Maildir:
        """A connection to the first relay.

        Raises:
            RelayError: there is none to be had.
        """
        return opening.connect(self.settings, self.settings.roads[0])

    def try_relay(self, name: str, to: str = "") -> dict[str, str]:
        """Connect to a relay and tell what it offers, by what each is called; limits don't count.

        With `to` a test message goes out to that address, too.

        Raises:
            DeliveryError: it can't be had, or didn't take the message.
            NotFoundError: no such relay.
        """
        relay = self.roads.relay(name)
        with opening.connect(self.settings, relay) as connection:
            found = trial.findings(relay, connection)
            if to:
                sender = self.postmaster.sender
                found["message"] = trial.send(connection, relay, sender, to, self.clock())
        return found


@contextmanager
def connected(
    settings: Settings, *, may_start_redis: bool = False, any_schema: bool = False
) -> Iterator[Store]:
    """The store of a site, with Redis at hand for as long as the block lasts.

    Without a configured Redis the embedded one is used; it is started if nobody has and if
    `may_start_redis` says so. Only what restores or migrates the state takes `any_schema`.

    Raises:
        StoreError: no Redis, it can't be reached, or its state has another schema.
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
        store = client.connect(url, settings.redis.prefix, any_schema=any_schema)
        stack.callback(store.close)
        with client.speaking_plainly(url):
            yield store


@contextmanager
def opened(settings: Settings, *, may_start_redis: bool = False) -> Iterator[App]:
    """The service of a site, on a store as `connected` gives it.

    Raises:
        StoreError: no Redis, or it can't be reached.
    """
    with connected(settings, may_start_redis=may_start_redis) as store:
        app = App(settings, store)
        try:
            yield app
        finally:
            app.close()
