"""What the commands of `syndicate schedule` share."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from syndicate.cli import completing
from syndicate.errors import SettingsError
from syndicate.schedules.scope import Scope
from syndicate.settings.checks import zone_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syndicate.app import App
    from syndicate.desk.timetables import Step
    from syndicate.schedules.agenda import Held

cadence_argument = click.argument("cadence", shell_complete=completing.cadences)
category_option = click.option(
    "--category",
    default="",
    metavar="C",
    help="Only this category.",
    shell_complete=completing.categories,
)


def scope_of(app: App, cadence: str, category: str) -> Scope:
    """The digest that is meant, or the cadence.

    Raises:
        NotFoundError: no such category.
        SettingsError: no such cadence.
    """
    scope = Scope(cadence, category)
    app.desk.timetables.require(scope)
    return scope


def zone_of(name: str) -> ZoneInfo | None:
    """The zone that `--zone` names; None if it doesn't.

    Raises:
        SettingsError: there is none of that name.
    """
    if not name:
        return None
    try:
        return ZoneInfo(zone_name(name))
    except ValueError as error:
        raise SettingsError(f"--zone: {error}") from error


def record(app: App, scope: Scope, held: Iterable[Held]) -> dict[str, Any]:
    """What a scope's timetable is, what waits for it, and which of its slots are held."""
    table = app.desk.timetables.of(*scope)
    waiting = app.pending.counts(scope.cadence)
    if scope.category:
        waiting = {name: many for name, many in waiting.items() if name == scope.category}
    return {
        **scope._asdict(),
        "cron": table.cron,
        "zone": table.zone,
        "grace": table.grace,
        "next": table.next(app.clock()).astimezone(table.tz),
        "posts_waiting": sum(waiting.values()),
        "in_categories": len(waiting),
        "held": [each.slot for each in held if each.scope == scope],
    }


def difference(step: Step) -> dict[str, object]:
    """A change, with the timetable before and after it; None: there is none of its own."""
    before, after = (asdict(table) if table else None for table in (step.before, step.after))
    return {**step.scope._asdict(), "before": before, "after": after}
