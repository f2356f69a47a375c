"""Asks the remote feeds, and keeps what comes as files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from syndicate import __version__
from syndicate.errors import FetchError, NotFoundError
from syndicate.net import addresses
from syndicate.net.client import Client
from syndicate.posts.model import Problem, Severity
from syndicate.posts.remote import state as states
from syndicate.posts.remote.files import SCHEME, Files
from syndicate.posts.remote.parse import parse
from syndicate.posts.remote.settle import settled, with_addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import datetime

    from syndicate.net.addresses import Lookup
    from syndicate.net.client import Answer
    from syndicate.posts.remote.state import State
    from syndicate.posts.remote.store import RemoteStore
    from syndicate.settings import Settings
    from syndicate.settings.remote import Remote

#: Feeds that are asked at a time: one that drips must not hold up the others.
_AT_ONCE = 8
#: Answers that ask for patience (RFC 6585 §4, RFC 9110 §15.6.4).
_PATIENCE = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of asking one remote."""

    name: str
    #: Entries in the document; none if it was unchanged or didn't come.
    entries: int = 0
    #: Sources of entries seen for the first time, and of those that read otherwise now.
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    #: It said that nothing has changed (304).
    unchanged: bool = False
    #: The new ones are an archive, which isn't mailed.
    archive: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether there was nothing to be had."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)


class Fetcher:
    """Asks the remotes of one site. Two at a time would do no harm, but the work twice."""

    def __init__(
        self,
        settings: Settings,
        store: RemoteStore,
        clock: Callable[[], datetime],
        lookup: Lookup = addresses.lookup,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._lookup = lookup
        self._agent = f"syndicate/{__version__} (+{settings.site.url})"

    def due(self) -> list[Remote]:
        """The remotes whose time has come."""
        now = self._clock()
        remotes = self._settings.remotes
        return [one for one in remotes if self._store.get(one.name, one.url).is_due(now)]

    def named(self, names: Collection[str]) -> list[Remote]:
        """The remotes of these names, or all if there are none, due or not.

        Raises:
            NotFoundError: one of them isn't in the settings.
        """
        known = {remote.name: remote for remote in self._settings.remotes}
        for name in names:
            if name not in known:
                there = ", ".join(known) or "none"
                raise NotFoundError(
                    f"no remote {name!r}; [[remotes]] in syndicate.toml has {there}"
                )
        return [known[name] for name in names or known]

    def fetch(self, remotes: Iterable[Remote]) -> Iterator[Fetched]:
        """Ask these, some at a time; each one's entries are in their files when it is told.

        Raises:
            SettingsError: the state folder can't be written.
        """
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            yield from pool.map(self._fetch, remotes)

    def _fetch(self, remote: Remote) -> Fetched:
        state = self._store.get(remote.name, remote.url)
        try:
            answer = self._client(remote).get(state.address or remote.url, state.question())
            now, every = self._clock(), timedelta(minutes=remote.every)
            if answer.status == HTTPStatus.NOT_MODIFIED:
                self._store.put(remote.name, states.unchanged(state, answer.headers, every, now))
                return Fetched(name=remote.name, unchanged=True)
            if answer.status == HTTPStatus.OK:
                return self._take(remote, state, answer, now)
            return self._refused(remote, state, answer, now)
        except FetchError as error:
            return self._failed(remote, state, str(error))

    def _client(self, remote: Remote) -> Client:
        return Client(
            agent=self._agent,
            allow_private=remote.allow_private,
            max_bytes=remote.max_bytes,
            lookup=self._lookup,
        )

    def _take(self, remote: Remote, state: State, answer: Answer, now: datetime) -> Fetched:
        kind = answer.headers.get("Content-Type", "")
        document = parse(answer.body, kind, answer.url)
        files = Files(self._settings, remote.name)
        new, changed = [], []
        for entry in with_addresses(document, answer.url):
            kept = files.get(entry)
            made = settled(entry, kept, now, archive=not state.known)
            if kept is None:
                new.append(files.put(made))
            elif made != kept:
                changed.append(files.put(made))
        told = states.taken(state, answer.headers, document.fresh_for, answer.moved)
        every = timedelta(minutes=remote.every)
        self._store.put(remote.name, states.unchanged(told, answer.headers, every, now))
        moved = [f"has moved to {answer.moved}; put that as its url"] if answer.moved else []
        return Fetched(
            name=remote.name,
            entries=len(document.entries),
            new=tuple(new),
            changed=tuple(changed),
            archive=not state.known,
            problems=tuple(_warning(remote, reason) for reason in (*moved, *document.mended)),
        )

    def _refused(self, remote: Remote, state: State, answer: Answer, now: datetime) -> Fetched:
        if answer.status == HTTPStatus.GONE:
            reason = "is gone for good (410) and won't be asked again; take it out of the settings"
            self._store.put(remote.name, states.vanished(state, reason))
            return Fetched(name=remote.name, problems=(Problem(_called(remote), reason),))
        wait = states.retry_after(answer.headers, now) if answer.status in _PATIENCE else None
        return self._failed(remote, state, f"answers {_words(answer.status)}", wait)

    def _failed(
        self, remote: Remote, state: State, reason: str, wait: timedelta | None = None
    ) -> Fetched:
        every = timedelta(minutes=remote.every)
        later = states.failed(state, reason, every, self._clock(), wait or timedelta())
        self._store.put(remote.name, later)
        return Fetched(name=remote.name, problems=(Problem(_called(remote), reason),))


def _called(remote: Remote) -> str:
    return f"{SCHEME}{remote.name}"


def _warning(remote: Remote, reason: str) -> Problem:
    return Problem(_called(remote), reason, severity=Severity.WARNING)


def _words(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
