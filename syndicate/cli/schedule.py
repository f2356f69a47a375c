"""`syndicate schedule`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from syndicate.cli.common import print_table, service, site_option
from syndicate.schedules.model import next_slot

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def schedule() -> None:
    """When digests go out."""


@schedule.command(name="list")
@site_option
def list_(folder: Path) -> None:
    """List the cadences, when each is due next, and what waits for it."""
    with service(folder) as app:
        rows = []
        for cadence in app.settings.cadences:
            zone = ZoneInfo(cadence.timezone or app.settings.site.timezone)
            due = next_slot(cadence.cron, zone, app.clock()).astimezone(zone)
            waiting = app.pending.counts(cadence.name)
            rows.append(
                (
                    cadence.name,
                    cadence.cron,
                    f"{due:%Y-%m-%d %H:%M} {zone.key}",
                    sum(waiting.values()),
                    len(waiting),
                    ", ".join(app.schedules.held(cadence.name)) or "–",
                )
            )
    columns = ("cadence", "cron", "next", "posts waiting", "in categories", "held")
    print_table("", columns, rows)
