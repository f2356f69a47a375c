"""What the commands of `syndicate schedule` share."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from syndicate.cli.common import console, print_json
from syndicate.errors import SettingsError
from syndicate.schedules.scope import Scope
from syndicate.settings.checks import zone_name

if TYPE_CHECKING:
    from syndicate.app import App

cadence_argument = click.argument("cadence")
category_option = click.option("--category", default="", metavar="C", help="Only this category.")


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


def tell(told: str, as_json: bool) -> None:
    """Say what was done."""
    if as_json:
        print_json({"done": told})
    else:
        console.print(told, markup=False)
