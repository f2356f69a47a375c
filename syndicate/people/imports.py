"""Lists of subscribers, taken in: looked at first, then row by row, and never twice.

A file is read as a stream. Its rows go by in batches, each looked up and saved in a few round
trips; what is before the last saved batch is noted, so that the same import goes on there. What a
row does is decided anew each time it goes by, and is nothing the second time.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, cast

from syndicate.delivery.letters import Letter
from syndicate.digests.letters import Kind
from syndicate.errors import ImportFileError
from syndicate.subscribers.importing import rejected
from syndicate.subscribers.importing.columns import Columns, columns_of
from syndicate.subscribers.importing.decide import Outcome
from syndicate.subscribers.importing.entry import RowError
from syndicate.subscribers.importing.formats import Field
from syndicate.subscribers.importing.intake import Asking, Intake
from syndicate.subscribers.importing.rejected import Rejected
from syndicate.subscribers.importing.rows import Choices, Rows
from syndicate.subscribers.importing.store import Import, ImportStore, Progress
from syndicate.subscribers.importing.table import Shape, look, records
from syndicate.subscribers.model import Digest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from syndicate.settings import Settings
    from syndicate.store.client import Store
    from syndicate.stores import Stores
    from syndicate.subscribers.importing.entry import Entry
    from syndicate.subscribers.importing.intake import Taken
    from syndicate.subscribers.importing.table import Record

#: Rows that are looked up and saved together: what a socket holds of them, so that Redis is saving
#: some while others are read.
_BATCH = 512
#: Rows that a person is shown: of the beginning, and of each outcome.
SHOWN = 3
#: Between an import and the first of its letters: by then the record is there that it is about.
_PAUSE = timedelta(minutes=2)
#: Any of these says of a row when its person agreed.
_CONSENT = (Field.CREATED, Field.CONFIRMED, Field.SUBSCRIPTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person says about a file."""

    #: What those are subscribed to whose row says nothing of it.
    categories: Sequence[str] = ()
    cadences: Sequence[str] = ()
    #: Column → field, where the columns don't speak for themselves.
    columns: Mapping[str, str] = field(default_factory=dict)
    #: List or tag → category.
    lists: Mapping[str, str] = field(default_factory=dict)
    #: Where those agreed whose row doesn't say so.
    consent: str = ""
    #: How many of the unconfirmed are asked in an hour; 0: they are left out.
    letters: int = 0
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A file that was looked at: what an import of it would read."""

    path: Path
    shape: Shape
    columns: Columns
    rows: Rows
    wishes: Wishes
    #: What it is resumed by: the same contents, and the same wishes.
    name: str
    #: The first records.
    first: tuple[Record, ...]


@dataclass(slots=True)
class Report:
    """What became of the rows of a file."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    #: Some of each outcome.
    examples: dict[Outcome, list[str]] = field(default_factory=dict)
    #: Where the rejected rows are; None: there are none, or none was written.
    rejected: Path | None = None
    #: At which row it went on; 0: it began.
    resumed_at: int = 0


class _Batch(NamedTuple):
    """Rows that were read."""

    #: Records of the file up to its end, and the last line.
    rows: int
    line: int
    now: datetime
    entries: list[Entry]
    rejected: list[Rejected]


class Imports:
    """Imports into one site."""

    def __init__(
        self, settings: Settings, store: Store, stores: Stores, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._store = store
        self._stores = stores
        self._clock = clock
        self._imports = ImportStore(store)

    def look(self, path: Path, wishes: Wishes) -> Plan:
        """Look at a file, and at what is said about it.

        Raises:
            ImportFileError: it can't be read, or it isn't clear what it says.
            NotFoundError: there is no such category.
            SettingsError: there is no such cadence.
        """
        shape = look(path, wishes.encoding)
        columns = columns_of(shape.header, wishes.columns)
        if not columns.has(*_CONSENT) and not wishes.consent:
            raise ImportFileError(
                "no column says when these people agreed; say where they did: --consent TEXT"
            )
        first = tuple(islice(records(path, shape), SHOWN))
        rows = Rows(columns, self._choices(path, wishes))
        said = json.dumps([shape.digest, asdict(wishes)], sort_keys=True, default=list)
        name = hashlib.sha256(said.encode()).hexdigest()
        return Plan(path, shape, columns, rows, wishes, name, first)

    def run(self, plan: Plan, by: str, move: Callable[[int, int], None]) -> Report:
        """Take a file in, or go on where it stopped. `by` is who wants it.

        Raises:
            BusyError: another import is under way.
        """
        with self._store.lock("import") as renew:
            facts = {"file": plan.path.name, "sha256": plan.shape.digest, "by": by}
            facts["consent"] = plan.wishes.consent
            job = self._imports.open(plan.name, self._clock(), facts)
            report = Report(Counter(job.progress.counts), resumed_at=job.progress.rows)
            written = job.progress.rejected
            intake = self._intake(plan, job)
            for batch, taken in _through(intake.take, self._batches(plan, job.progress.rows)):
                renew()
                _count(report, batch, taken)
                written = rejected.append(plan.path, plan.shape.header, batch.rejected, written)
                self._imports.reach(job.number, Progress(batch.rows, written, report.counts))
                move(batch.line, plan.shape.lines)
            self._imports.end(plan.name, job.number, self._clock())
        report.rejected = rejected.path_of(plan.path) if written else None
        return report

    def rehearse(self, plan: Plan, move: Callable[[int, int], None]) -> Report:
        """What an import would do; it changes nothing.

        It remembers eight bytes of each address, to tell those that are there twice.
        """
        report, seen = Report(), set[int]()
        intake = Intake(self._stores.subscribers, self._stores.suppressions, 0, self._asking(plan))
        for batch, taken in _through(intake.rehearse, self._batches(plan, 0)):
            _count(report, batch, [(e, _unless_seen(e, found, seen)) for e, found in taken])
            move(batch.line, plan.shape.lines)
        return report

    def facts(self, number: int) -> dict[str, str]:
        """What records of consent mean that name an import: its file, where its people agreed."""
        known = self._imports.facts(number)
        return {name: known[name] for name in ("file", "consent", "by") if known.get(name)}

    def _choices(self, path: Path, wishes: Wishes) -> Choices:
        cadences = [self._settings.cadence(name).name for name in wishes.cadences]
        require = self._stores.categories.require
        return Choices(
            digests=_digests(cadences, [require(name).name for name in wishes.categories]),
            lists={
                name.casefold(): _digests(cadences, [require(category).name])
                for name, category in wishes.lists.items()
            },
            categories=self._stores.categories.all().keys(),
            cadences={cadence.name for cadence in self._settings.cadences},
            consent=bool(wishes.consent),
            file=path.name,
        )

    def _intake(self, plan: Plan, job: Import) -> Intake:
        stores = self._stores
        return Intake(stores.subscribers, stores.suppressions, job.number, self._asking(plan, job))

    def _asking(self, plan: Plan, job: Import | None = None) -> Asking | None:
        """After those that an import asked before it was stopped, and never at once."""
        if not plan.wishes.letters:
            return None
        gap, start = timedelta(hours=1) / plan.wishes.letters, self._clock() + _PAUSE
        if job:
            asked = job.progress.counts[Outcome.ASKED]
            start = max(start, job.began_at + _PAUSE + asked * gap)
        return Asking(self._ask, start, gap)

    def _ask(self, subscriber: int, digests: Sequence[Digest], at: datetime) -> None:
        letter = Letter(
            kind=Kind.CONFIRM, subscriber=subscriber, asked_at=at, digests=tuple(digests)
        )
        self._stores.letters.post(letter)

    def _batches(self, plan: Plan, done: int) -> Iterator[_Batch]:
        """The rows after so many."""
        rows = islice(records(plan.path, plan.shape), done, None)
        while some := list(islice(rows, _BATCH)):
            now, bad = self._clock(), list[Rejected]()
            done += len(some)
            entries = list(_entries(plan.rows, some, now, bad))
            yield _Batch(done, some[-1].line, now, entries, bad)


def _entries(
    rows: Rows, some: Sequence[Record], now: datetime, bad: list[Rejected]
) -> Iterator[Entry]:
    for record in some:
        try:
            yield rows.read(record, now)
        except RowError as error:
            bad.append(Rejected(record.line, record.cells, str(error)))


def _through(
    take: Callable[[Iterable[tuple[Sequence[Entry], datetime]]], Iterator[Taken]],
    batches: Iterable[_Batch],
) -> Iterator[tuple[_Batch, Taken]]:
    """Each batch with what became of it: of those that are taken, some may have been read ahead."""
    read: deque[_Batch] = deque()

    def entries() -> Iterator[tuple[Sequence[Entry], datetime]]:
        for batch in batches:
            read.append(batch)
            yield batch.entries, batch.now

    with closing(cast("Generator[Taken]", take(entries()))) as results:
        for taken in results:
            yield read.popleft(), taken


def _unless_seen(entry: Entry, outcome: Outcome, seen: set[int]) -> Outcome:
    digest = hash(entry.key)
    if digest in seen:
        return Outcome.UNCHANGED
    seen.add(digest)
    return outcome


def _count(report: Report, batch: _Batch, taken: Taken) -> None:
    """Add a batch to the report, once it is saved."""
    new = Counter(outcome for _, outcome in taken)
    for outcome in new:
        lines = (f"line {entry.line}: {entry.address}" for entry, o in taken if o is outcome)
        _show(report, outcome, lines)
    if batch.rejected:
        new[Outcome.REJECTED] = len(batch.rejected)
        _show(report, Outcome.REJECTED, (f"line {r.line}: {r.reason}" for r in batch.rejected))
    report.counts.update(new)


def _show(report: Report, outcome: Outcome, lines: Iterator[str]) -> None:
    some = report.examples.setdefault(outcome, [])
    some += islice(lines, SHOWN - len(some))


def _digests(cadences: Sequence[str], categories: Sequence[str]) -> tuple[Digest, ...]:
    return tuple(Digest(cadence, category) for category in categories for cadence in cadences)
