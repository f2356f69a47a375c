"""All subscribers as a table, one a row: for a spreadsheet, and for an import elsewhere.

It is no backup: links in mails name people by number, and whoever is imported gets a new one.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, TextIO

from syndicate.subscribers import record
from syndicate.subscribers.importing import ours
from syndicate.subscribers.importing.formats import OWN
from syndicate.subscribers.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from syndicate.subscribers.model import Subscriber

    #: Gives those who are to be exported, as often as it is asked.
    Source = Callable[[], Iterable[Subscriber]]

#: What every export has; behind them stand the fields of one's own, such as `own:city`.
COLUMNS = (
    *("address", "name", "language", "zone", "status", "subscriptions"),
    *("together", "paused_until", "suppressed", "created", "confirmed"),
)


def write_csv(source: Source, file: TextIO) -> int:
    """Write them as CSV; how many there were.

    They are gone through twice, first for the names of their own fields. A name that comes up only
    in between has no column.
    """
    own = sorted({name for one in source() for name in one.fields})
    sheet, done = csv.writer(file), 0
    sheet.writerow([*COLUMNS, *(f"{OWN}{name}" for name in own)])
    for done, one in enumerate(source(), 1):  # noqa: B007 - it is told in the end
        sheet.writerow(row(one, own))
    return done


def write_json(source: Source, file: TextIO) -> int:
    """Write them as JSON lines; how many there were."""
    done = 0
    for done, one in enumerate(source(), 1):  # noqa: B007 - it is told in the end
        file.write(f"{record.encode(_values(one))}\n")
    return done


def row(one: Subscriber, own: Sequence[str]) -> list[str]:
    """A subscriber's row; `own` are the fields that have a column."""
    cells = [*_cells(one), *(one.fields.get(name, "") for name in own)]
    return list(map(ours.harmless, cells))


def _cells(one: Subscriber) -> list[str]:
    agreed = [one.subscriptions[digest].since for digest in one.having(Status.ACTIVE)]
    return [
        one.address,
        one.name,
        one.language,
        one.zone,
        one.status.value,
        ours.written_subscriptions(one.subscriptions),
        ours.written_together(one.together),
        ours.written_time(one.paused_until),
        ours.written_suppression(one.suppression),
        ours.written_time(one.created_at),
        ours.written_time(min(agreed, default=None)),
    ]


def _values(one: Subscriber) -> dict[str, object]:
    """The same, in the shapes that JSON has."""
    texts = dict(zip(COLUMNS, _cells(one), strict=True))
    return {
        **{name: text or None for name, text in texts.items()},
        "subscriptions": [
            {**digest._asdict(), "state": how.state, "since": ours.written_time(how.since)}
            for digest, how in sorted(one.subscriptions.items())
        ],
        "together": one.together,
        "suppressed": one.suppression,
        "fields": one.fields,
    }
