"""Imports in Redis: what was imported, and how far one is that isn't ended."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from syndicate.subscribers import record
from syndicate.subscribers.importing.decide import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from syndicate.store.client import Store


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: what is before this point is saved."""

    #: Records of the file, after its header.
    rows: int = 0
    #: Bytes of the file of rejected rows.
    rejected: int = 0
    counts: Counter[Outcome] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Import:
    """One that is under way."""

    #: What records of consent name it by.
    number: int
    began_at: datetime
    progress: Progress


class ImportStore:
    """The imports of one site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, name: str, now: datetime, facts: Mapping[str, str]) -> Import:
        """Begin the import of that name, or go on with it; `facts` are kept for ever.

        A name tells a file's contents and all that is said about them, so that an import goes on
        only as it began.
        """
        keys = self._store.keys
        number = self._store.text.hget(keys.open_imports, name)
        if number is None:
            number = str(self._store.text.incr(keys.import_seq))
            key, began = keys.imported_file(int(number)), str(record.stamp(now))
            pipe = self._store.text.pipeline()
            for fact, value in {**facts, "began": began}.items():
                pipe.hset(key, fact, value)
            pipe.hset(keys.open_imports, name, number)
            pipe.execute()
        found = self.facts(int(number))
        began_at = record.time_of(int(found["began"]))
        return Import(int(number), began_at, _progress(found.get("progress", "")))

    def reach(self, number: int, progress: Progress) -> None:
        """All before this point is saved."""
        key = self._store.keys.imported_file(number)
        self._store.text.hset(key, "progress", _written(progress))

    def end(self, name: str, number: int, now: datetime) -> None:
        """It is done: the next of that name begins anew."""
        keys = self._store.keys
        pipe = self._store.text.pipeline()
        pipe.hset(keys.imported_file(number), "ended", str(record.stamp(now)))
        pipe.hdel(keys.open_imports, name)
        pipe.execute()

    def facts(self, number: int) -> dict[str, str]:
        """What is kept of an import: file, by, consent, began, ended; nothing if there is none."""
        found = self._store.text.hgetall(self._store.keys.imported_file(number))
        return cast("dict[str, str]", found)


def _written(progress: Progress) -> str:
    return json.dumps([progress.rows, progress.rejected, progress.counts])


def _progress(text: str) -> Progress:
    if not text:
        return Progress()
    rows, rejected, counts = json.loads(text)
    return Progress(rows, rejected, Counter({Outcome(name): n for name, n in counts.items()}))
