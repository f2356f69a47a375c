"""What became of all messages of a mailing, and having those tried again that didn't arrive."""

from __future__ import annotations

import csv
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, TextIO

from syndicate.delivery.fate import KEPT_DAYS, again_at, fate_of, is_kept, when
from syndicate.delivery.history import History
from syndicate.delivery.model import MailingState, State
from syndicate.errors import StateError
from syndicate.running.redaction import redacted
from syndicate.subscribers.address import domain_of
from syndicate.subscribers.importing.ours import harmless, written_time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from syndicate.app import App
    from syndicate.delivery.history import Reopened, Trace
    from syndicate.delivery.model import Mailing

#: Rows whose addresses are looked up in one round trip.
_PAGE = 1000
#: Deliveries of a mailing that are looked at to be counted by domain: a second's work.
_LOOKED_AT = 5000
#: Columns of an export; with addresses, theirs is the second.
COLUMNS = ("subscriber", "state", "first", "last", "again", "tries", "relays", "reply")
ADDRESS = "address"


def export(
    app: App,
    mailing: Mailing,
    file: TextIO,
    *,
    addresses: bool,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> int:
    """Write what became of every delivery as CSV, one a row; how many there were.

    Only those that are planned are known. A cell that a spreadsheet would take for a formula begins
    with an apostrophe. Memory doesn't grow with the audience.

    Of one that isn't kept there are none.
    """
    sheet, done = csv.writer(file), 0
    columns = list(COLUMNS)
    if addresses:
        columns.insert(1, ADDRESS)
    sheet.writerow(columns)
    rows = _rows(app, mailing)
    while page := list(islice(rows, _PAGE)):
        sheet.writerows(_with_addresses(app, page) if addresses else page)
        done += len(page)
        progress(done, mailing.audience)
    return done


def _rows(app: App, mailing: Mailing) -> Iterator[list[object]]:
    """A row for each delivery; those of a chunk that are plainly sent differ in nothing else."""
    span, plain = None, list[object]()
    for trace in History(app.store).all(mailing, app.clock()):
        if not trace.sent or trace.outcome:
            yield [trace.subscriber, *_cells(trace, mailing)]
            continue
        if not plain or trace.span is not span:
            span, plain = trace.span, _cells(trace, mailing)
        yield [trace.subscriber, *plain]


def _cells(trace: Trace, mailing: Mailing) -> list[object]:
    fate, outcome = fate_of(trace, mailing.state), trace.outcome
    first, last, relays = when(trace, fate, mailing)
    return [
        fate.value,
        written_time(first),
        written_time(last),
        written_time(again_at(trace, mailing)),
        outcome.attempts if outcome else 0,
        " ".join(relays),
        harmless(redacted(outcome.reply)) if outcome else "",
    ]


def _with_addresses(app: App, rows: Sequence[list[object]]) -> Iterator[list[object]]:
    """With where it went to, as it is by now; of whom was erased nothing is known."""
    known = app.subscribers.recipients([int(str(row[0])) for row in rows])
    for subscriber, *cells in rows:
        found = known.get(int(str(subscriber)))
        yield [subscriber, harmless(found.address) if found else "", *cells]


def by_domain(app: App, mailings: Iterable[int]) -> dict[tuple[str, str], int]:
    """How many deliveries that aren't plainly sent are in which state, by their readers' domains.

    Of very many, some. Success is a bit, and bits have no domains.
    """
    counts = Counter[tuple[str, str]]()
    for mailing in mailings:
        found = History(app.store).exceptions(mailing, _LOOKED_AT)
        known = app.subscribers.recipients(list(found))
        for subscriber, outcome in found.items():
            if subscriber in known and outcome.state is not State.SENT:
                counts[domain_of(known[subscriber].address), outcome.state.value] += 1
    return dict(counts)


def try_again(app: App, mailing: Mailing, states: Collection[State]) -> Reopened:
    """Have what became of that be tried again: failed, uncertain or parked deliveries.

    They have all their time once more; readers who left meanwhile get nothing. What is uncertain or
    parked may then arrive twice.

    Raises:
        StateError: it was cancelled, or nothing but counts is kept of it any more.
    """
    if mailing.state is MailingState.CANCELLED:
        raise StateError(f"mailing {mailing.id} was cancelled; nothing of it goes out any more")
    require_kept(app, mailing)
    return History(app.store).reopen(mailing.id, states, app.clock())


def require_kept(app: App, mailing: Mailing) -> None:
    """See that more than the counts is known of a mailing.

    Raises:
        StateError: it ended too long ago.
    """
    if not is_kept(mailing, app.clock()):
        raise StateError(
            f"mailing {mailing.id} ended more than {KEPT_DAYS} days ago: only its counts are kept"
        )
