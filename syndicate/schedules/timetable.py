"""The when of a cadence, or of one of its categories by itself. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from syndicate.errors import SettingsError
from syndicate.schedules.model import Slot, due, next_slot
from syndicate.settings.cadence import Cadence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Who put a timetable there that the settings give.
SETTINGS = "settings"
#: What a person writes of one, and what the settings call that.
FIELDS = {"cron": "cron", "zone": "timezone", "grace": "grace"}
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Timetable:
    """When slots are due."""

    #: Five fields, as in crontab(5).
    cron: str
    #: IANA name.
    zone: str
    #: Hours. A slot found later than this is held for a person to decide.
    grace: float

    @classmethod
    def checked(cls, values: Mapping[str, object]) -> Self:
        """One of what a person wrote: `cron`, `zone` and `grace`.

        Raises:
            SettingsError: a line for each of them that won't do.
        """
        said = {FIELDS[name]: value for name, value in values.items()}
        try:
            found = Cadence.model_validate({"name": "x", **said})
        except ValidationError as error:
            raise SettingsError("\n".join(_faults(error))) from error
        return cls(found.cron, found.timezone, found.grace)

    @property
    def tz(self) -> ZoneInfo:
        """The zone whose clocks it goes by."""
        return ZoneInfo(self.zone)

    def next(self, after: datetime) -> datetime:
        """Its first slot after a moment, in UTC."""
        return next_slot(self.cron, self.tz, after)

    def slots(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Its slots after a moment and up to another, in UTC."""
        while (after := self.next(after)) <= until:
            yield after

    def see(self, moment: datetime, now: datetime) -> Slot:
        """The slot to see to, given the first that nobody has seen to: the newest of those since.

        That first one may have come from another timetable.
        """
        grace = timedelta(hours=self.grace)
        found = due(self.cron, self.tz, moment - _SECOND, now, grace)
        return found or self.judge(moment, now)

    def judge(self, moment: datetime, now: datetime) -> Slot:
        """What is to be done with one slot."""
        return Slot.judged(moment, now, timedelta(hours=self.grace))

    def __str__(self) -> str:
        return f"{self.cron} {self.zone}, grace {self.grace:g} h"


@dataclass(frozen=True, slots=True)
class Entry:
    """A timetable as it was put there."""

    timetable: Timetable
    by: str
    at: datetime

    @property
    def is_usual(self) -> bool:
        """Whether it is the one of the settings."""
        return self.by == SETTINGS

    def to_json(self) -> str:
        """The entry as the store keeps it."""
        table = self.timetable
        values = {"cron": table.cron, "zone": table.zone, "grace": table.grace}
        return json.dumps(values | {"by": self.by, "at": self.at.isoformat()})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` wrote."""
        values = json.loads(text)
        table = Timetable(values["cron"], values["zone"], values["grace"])
        return cls(table, values["by"], datetime.fromisoformat(values["at"]).astimezone(UTC))


def _faults(error: ValidationError) -> Iterator[str]:
    names = {theirs: ours for ours, theirs in FIELDS.items()}
    for fault in error.errors(include_url=False):
        reason = fault["msg"].removeprefix("Value error, ")
        where = names.get(str(fault["loc"][0])) if fault["loc"] else None
        yield f"{where}: {reason}" if where else reason
