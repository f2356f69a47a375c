"""`[[cadences]]`: the named schedules of a site."""

from __future__ import annotations

from datetime import UTC, datetime

from cronsim import CronSim, CronSimError
from pydantic import Field, field_validator

from syndicate.settings.checks import zone_name
from syndicate.settings.digest import Rules


class Cadence(Rules):
    """A named schedule: when the digests of this rhythm are cut, and by what rules."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")
    #: Five fields, as in crontab(5).
    cron: str
    #: IANA name; empty is the site's.
    timezone: str = ""
    #: Hours. A slot found later than this is held for a person to decide.
    grace: float = Field(default=6, gt=0)

    @field_validator("timezone")
    @classmethod
    def _check_zone(cls, value: str) -> str:
        return zone_name(value) if value else value

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
