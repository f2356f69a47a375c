"""`[[cadences]]`: the named schedules of a site."""

from __future__ import annotations

from datetime import UTC, datetime

from cronsim import CronSim, CronSimError
from pydantic import Field, field_validator

from syndicate.settings.checks import zone_name
from syndicate.settings.digest import Rules
from syndicate.settings.hours import WEEKDAYS, hours, named_day


class Cadence(Rules):
    """A named schedule: when the digests of this rhythm are cut, and by what rules."""

    #: What settings, commands and readers call it.
    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")
    #: Five fields, as in crontab(5).
    cron: str
    #: IANA name; empty is the site's.
    timezone: str = ""
    #: Hours. A slot found later than this is held for a person to decide.
    grace: float = Field(default=6, gt=0)
    #: Whether each reader gets it when his own clock shows the hour of the slot; who named no zone
    #: gets it by the clock of this one.
    local: bool = False
    #: `08:00-20:00`: its mail leaves in these hours alone, by the clocks of its zone, or with
    #: `local` of each reader's. Empty: at any hour.
    window: str = ""
    #: `sat`, `12-24` (every year) or `2026-12-25`: nothing is cut on these days, and nothing of it
    #: leaves.
    quiet: tuple[str, ...] = Field(default=(), max_length=50)
    #: The one of `[[relays]]` that its mail leaves through, whatever becomes of the others. Empty:
    #: any.
    relay: str = ""

    @field_validator("timezone")
    @classmethod
    def _check_zone(cls, value: str) -> str:
        return zone_name(value) if value else value

    @field_validator("window")
    @classmethod
    def _check_window(cls, value: str) -> str:
        if value:
            hours(value)
        return value

    @field_validator("quiet")
    @classmethod
    def _check_quiet(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if set(WEEKDAYS).issubset(value):
            raise ValueError("has every day of the week: nothing would ever go out; leave one out")
        return tuple(map(named_day, value))

    @field_validator("cron")
    @classmethod
    def _check_cron(cls, value: str) -> str:
        hint = "for Mondays at 8 write '0 8 * * 1'"
        try:
            CronSim(value, datetime(2026, 1, 1, tzinfo=UTC))
        except CronSimError as error:
            raise ValueError(f"{value!r} is no cron expression: {error}; {hint}") from error
        # CronSim knows of a sixth, for seconds.
        if len(value.split()) != len(("minute", "hour", "day", "month", "weekday")):
            raise ValueError(f"{value!r} doesn't have five fields; {hint}")
        return value
