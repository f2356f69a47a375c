"""Slots that were missed: run after all, or dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syndicate.cli.common import (
    json_option,
    operator,
    service,
    site_option,
    tell,
)
from syndicate.cli.schedule.common import cadence_argument, category_option
from syndicate.cli.workers import hurry
from syndicate.errors import NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.app import App
    from syndicate.schedules.agenda import Held


@click.command(name="run-held")
@cadence_argument
@click.argument("slot")
@category_option
@json_option
@site_option
def run_held(cadence: str, slot: str, category: str, as_json: bool, folder: Path) -> None:
    """Run a SLOT of a CADENCE now that was missed; `schedule list` names those that are held.

    \b
      syndicate schedule run-held daily 2026-11-23T00:00:00Z
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        mailings = app.desk.run_held(_held(app, cadence, category, slot), operator())
        hurry(app.settings)
    facts = {"cadence": cadence, "category": category, "slot": slot, "mailings": mailings}
    tell(f"{slot} of {cadence}: {len(mailings)} mailings ordered", facts, as_json=as_json)


@click.command(name="drop-held")
@cadence_argument
@click.argument("slot")
@category_option
@json_option
@site_option
def drop_held(cadence: str, slot: str, category: str, as_json: bool, folder: Path) -> None:
    """Have a SLOT of a CADENCE not run that was missed; its posts wait for the next.

    \b
      syndicate schedule drop-held daily 2026-11-23T00:00:00Z
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        app.desk.drop_held(_held(app, cadence, category, slot), operator())
    facts = {"cadence": cadence, "category": category, "slot": slot, "dropped": True}
    tell(f"{slot} of {cadence} is dropped", facts, as_json=as_json)


def _held(app: App, cadence: str, category: str, slot: str) -> Held:
    for held in app.schedules.held(cadence):
        if (held.slot, held.scope.category) == (slot, category):
            return held
    known = ", ".join(h.slot for h in app.schedules.held(cadence)) or "none"
    raise NotFoundError(f"{slot!r} is no held slot of {cadence}; there are: {known}")
