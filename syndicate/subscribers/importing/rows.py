"""From a record of a file to what it says of a person. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from syndicate.errors import AddressError
from syndicate.subscribers.address import lookup_key, parse_address
from syndicate.subscribers.importing import ours, values
from syndicate.subscribers.importing.entry import Entry, RowError
from syndicate.subscribers.importing.formats import OWN, STATUSES, SUPPRESSING, Fate, Field
from syndicate.subscribers.model import Reason, Status, Subscription, Suppression

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from syndicate.subscribers.importing.columns import Columns
    from syndicate.subscribers.importing.table import Record
    from syndicate.subscribers.model import Digest

    #: What the columns of a row say, by their fields; what is empty is left out.
    Said = Mapping[str, str]

#: Cells of tags that are remembered.
_KNOWN = 4096
#: What a row's person is to be → the state of his subscriptions.
_STATES = {Fate.ACTIVE: Status.ACTIVE, Fate.PENDING: Status.PENDING, Fate.LEFT: Status.LEFT}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person decides about the rows of a file."""

    #: What those are subscribed to whose row says nothing of it.
    digests: tuple[Digest, ...]
    #: The same for a list or a tag, by its name without case.
    lists: Mapping[str, tuple[Digest, ...]]
    #: Categories and cadences that there are.
    categories: Collection[str]
    cadences: Collection[str]
    #: Whether it is said where those agreed whose row doesn't.
    consent: bool
    #: What a suppression that a row tells of has as its source.
    file: str


class Rows:
    """Reads the records of one file."""

    def __init__(self, columns: Columns, choices: Choices) -> None:
        self._choices = choices
        self._width = len(columns.header)
        # The last that says something wins: of two columns for one field it is the first.
        places = [n for n, said in enumerate(columns.says) if said != Field.NOTHING][::-1]
        self._names = [str(columns.says[place]) for place in places]
        # Twice the last: a single place would give no tuple.
        self._pick = itemgetter(*places, places[-1])
        self._own = [name for name in self._names if name.startswith(OWN)]
        self._confirms = columns.has(Field.CONFIRMED)
        self._clean: Callable[[str], str] = ours.restored if columns.is_ours else str.strip
        # The same few tags stand in most rows.
        self._digests_of = lru_cache(_KNOWN)(self._listed)
        self._person = self._ours if columns.is_ours else self._foreign

    def read(self, record: Record, now: datetime) -> Entry:
        """What a record says.

        Raises:
            RowError: it can't be imported.
        """
        if record.broken:
            raise RowError(record.broken)
        if len(record.cells) != self._width:
            raise RowError(f"has {len(record.cells)} cells, and the header {self._width}")
        cells = map(self._clean, self._pick(record.cells))
        said = {name: cell for name, cell in zip(self._names, cells, strict=False) if cell}
        try:
            address = parse_address(said.get("address", ""))
            return self._person(record.line, address, said, now)
        except (AddressError, ValueError) as error:
            raise RowError(str(error)) from error

    def _ours(self, line: int, address: str, said: Said, now: datetime) -> Entry:
        """Of a row that we exported."""
        subscriptions = _cell(ours.read_subscriptions, Field.SUBSCRIPTIONS, said)
        for digest in subscriptions:
            self._check(digest)
        paused = _cell(ours.read_time, Field.PAUSED, said) if Field.PAUSED in said else None
        created = ours.read_time(said["created"]) if "created" in said else now
        return Entry(
            line,
            address,
            lookup_key(address),
            subscriptions,
            created_at=min(created, now),
            consent={},
            **self._known(said),
            together=_cell(ours.read_together, Field.TOGETHER, said),
            paused_until=paused,
            suppression=_cell(ours.read_suppression, Field.SUPPRESSED, said),
        )

    def _foreign(self, line: int, address: str, said: Said, now: datetime) -> Entry:
        """Of a row of another program."""
        signed_up = values.time(said["created"], now) if "created" in said else None
        confirmed = values.time(said["confirmed"], now) if "confirmed" in said else None
        fate, reason = self._fate(said, confirmed)
        since = confirmed or signed_up
        if not (since or self._choices.consent) and fate is Fate.ACTIVE:
            raise RowError("doesn't say when he agreed; say where these people did with --consent")
        return Entry(
            line,
            address,
            lookup_key(address),
            self._subscriptions(said, fate, since or now),
            created_at=signed_up or since or now,
            consent=_consent(signed_up, confirmed, said.get("ip", "")),
            **self._known(said),
            suppression=Suppression(reason, self._choices.file, now) if reason else None,
        )

    def _fate(self, said: Said, confirmed: datetime | None) -> tuple[Fate, Reason | None]:
        """The gravest of what its columns say, and why he is suppressed, if he is."""
        if reason := _reason(said):
            return Fate.SUPPRESSED, reason
        word = said.get("status", "active").lower()
        if word not in STATUSES:
            raise RowError(
                f"status {word[:40]!r} is none of {', '.join([*STATUSES, *SUPPRESSING])}"
            )
        goes = values.truth(said.get("subscribed", "yes"))
        goes = goes and not values.truth(said.get("disabled", "no"))
        if "left" in said or not goes or STATUSES[word] is Fate.LEFT:
            return Fate.LEFT, None
        if self._confirms and confirmed is None and "status" not in said:
            return Fate.PENDING, None
        return STATUSES[word], None

    def _subscriptions(self, said: Said, fate: Fate, since: datetime) -> dict[Digest, Subscription]:
        if fate is Fate.SUPPRESSED:
            return {}
        digests = self._digests_of(said.get("lists", "")) or self._choices.digests
        if not digests and fate is not Fate.LEFT:
            tags = f"; none of {said['lists']!r} is in --map-list" if "lists" in said else ""
            raise RowError(f"says no category, and there is no --category{tags}")
        return dict.fromkeys(digests, Subscription(_STATES[fate], since))

    def _listed(self, text: str) -> tuple[Digest, ...]:
        found = (self._choices.lists.get(name.casefold(), ()) for name in values.names(text))
        return tuple(dict.fromkeys(digest for digests in found for digest in digests))

    def _known(self, said: Said) -> dict[str, Any]:
        """What is told of him beside: only what is there."""
        found: dict[str, Any] = {}
        names = (said.get("name"), said.get("first_name"), said.get("last_name"))
        if any(names):
            found["name"] = values.line(names[0] or " ".join(filter(None, names[1:])))
        if "language" in said:
            found["language"] = values.language(said["language"])
        if "zone" in said:
            found["zone"] = values.zone(said["zone"])
        own = values.attributes(said["attributes"]) if "attributes" in said else {}
        own |= {n.removeprefix(OWN): values.line(said[n]) for n in self._own if n in said}
        if own:
            found["fields"] = own
        return found

    def _check(self, digest: Digest) -> None:
        if digest.cadence not in self._choices.cadences:
            raise RowError(f"no cadence {digest.cadence!r}")
        if digest.category not in self._choices.categories:
            raise RowError(f"no category {digest.category!r}; `syndicate sync` reads them")


def _reason(said: Said) -> Reason | None:
    found = SUPPRESSING.get(said.get("status", "").lower())
    return found or (Reason.HARD_BOUNCE if "bounced" in said else None)


def _consent(signed_up: datetime | None, confirmed: datetime | None, ip: str) -> dict[str, str]:
    found = {}
    if signed_up:
        found["signed_up"] = ours.written_time(signed_up)
    if confirmed:
        found["confirmed"] = ours.written_time(confirmed)
    if ip:
        found["ip"] = values.line(ip)
    return found


def _cell(read: Callable[[str], Any], field: Field, said: Said) -> Any:  # noqa: ANN401 - as read
    """What a cell of ours says; tells which one it is that says nothing."""
    cell = said.get(field.value, "")
    try:
        return read(cell)
    except (KeyError, ValueError) as error:
        raise ValueError(f"{field}: {cell[:80]!r} is not as we export it") from error
