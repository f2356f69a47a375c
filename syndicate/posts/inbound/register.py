"""Which key stands for which post that was handed in.

It stands in Redis, so that a repetition costs no search, and in the front matter of the post's
file, from which the record is made again should Redis lose it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from syndicate.errors import PostError
from syndicate.posts.faults import Faults
from syndicate.posts.inbound.draft import HANDED_IN
from syndicate.posts.matter import dates, front_matter

if TYPE_CHECKING:
    from syndicate.posts.source import Site
    from syndicate.settings import Settings
    from syndicate.store.client import Store

#: The field of the record that says that the site's files were looked through. No key is empty.
_COMPLETE = ""


class State(StrEnum):
    """How far the file of a post has come."""

    #: Its file is about to be there: a crash may have come before.
    BEGUN = "begun"
    WRITTEN = "written"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is remembered of a key."""

    source: str
    #: Of the draft that was handed in last.
    digest: str
    #: ISO 8601, with a zone.
    date: str
    state: State

    @property
    def moment(self) -> datetime:
        """The post's date, aware."""
        return datetime.fromisoformat(self.date)


class Register:
    """The keys of one site."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._folder = settings.folder
        self._zone = settings.site.zone
        self._store = store

    def entry(self, key: str, site: Site) -> Entry | None:
        """What the key stands for; None if it is free."""
        name = self._store.keys.handed_in
        found, complete = self._store.text.hmget(name, [key, _COMPLETE])
        if found is None and complete is None:
            self._gather(site)
            found = self._store.text.hget(name, key)
        if found is None:
            return None
        values = json.loads(found)
        entry = Entry(**{**values, "state": State(values["state"])})
        if entry.state is not State.BEGUN:
            return entry
        mark = self._mark(entry.source)
        return replace(entry, state=State.WRITTEN) if mark and mark[0] == key else None

    def remember(self, key: str, entry: Entry) -> None:
        """This is what the key stands for now."""
        self._store.text.hset(self._store.keys.handed_in, key, json.dumps(asdict(entry)))

    def forget(self, key: str) -> None:
        """The key is free."""
        self._store.text.hdel(self._store.keys.handed_in, key)

    def _gather(self, site: Site) -> None:
        """Read from the site's files which keys they were handed in under."""
        pipe = self._store.text.pipeline()
        for found in site.scan():
            mark = self._mark(found.source)
            if mark:
                key, entry = mark
                text = json.dumps(asdict(entry))
                pipe.hsetnx(self._store.keys.handed_in, key, text)
        pipe.hset(self._store.keys.handed_in, _COMPLETE, "1")
        pipe.execute()

    def _mark(self, source: str) -> tuple[str, Entry] | None:
        """The key that a file was handed in under, and what it says of it; None for others."""
        try:
            text = (self._folder / source).read_text(encoding="utf-8")
            if f"\n{HANDED_IN}:" not in text:
                return None
            matter = front_matter.split(text, Faults(source))
            mark = matter.values[HANDED_IN]
            date = dates.parse(matter.entries["date"].text, self._zone)
            taken_back = matter.values.get("published") is False
            state = State.WITHDRAWN if taken_back else State.WRITTEN
            return str(mark["key"]), Entry(source, str(mark["digest"]), date.isoformat(), state)
        except (OSError, ValueError, KeyError, TypeError, PostError):
            # Somebody else's file, or one that was changed by hand beyond recognition.
            return None
