"""`syndicate schedule`."""

from __future__ import annotations

import click

from syndicate.cli.group import Group
from syndicate.cli.schedule.calendar import next_
from syndicate.cli.schedule.exceptions import once, skip
from syndicate.cli.schedule.files import apply, export
from syndicate.cli.schedule.held import drop_held, run_held
from syndicate.cli.schedule.tables import list_, remove, set_, show


@click.group(cls=Group)
def schedule() -> None:
    """When digests go out, and what is an exception to that.

    \b
      syndicate schedule next --days 14
      syndicate schedule set daily --cron "0 7 * * 1-5" --zone Asia/Shanghai
      syndicate schedule once daily --at "2026-12-24 18:00"
    """  # noqa: D301 - click wants the character


for command in (list_, show, next_, set_, remove, once, skip, run_held, drop_held, export, apply):
    schedule.add_command(command)
