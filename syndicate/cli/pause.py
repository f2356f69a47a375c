"""`syndicate pause` and `syndicate resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syndicate.cli.common import console, json_option, operator, print_json, service, site_option
from syndicate.schedules.scope import Scope

if TYPE_CHECKING:
    from pathlib import Path

cadence_argument = click.argument("cadence", required=False, default="")
category_option = click.option("--category", default="", metavar="C", help="Only this category.")


@click.command()
@cadence_argument
@category_option
@click.option("--why", required=True, metavar="TEXT", help="Written down with it.")
@json_option
@site_option
def pause(cadence: str, category: str, why: str, as_json: bool, folder: Path) -> None:
    """Stop the mail of a CADENCE, of a --category, or without either everything, letters too.

    What is on its way stops after the message in hand, and nothing new is cut until the resume.

    \b
      syndicate pause --why "the relay is blocked"
      syndicate pause daily --category tech --why "a wrong figure"
    """  # noqa: D301 - click wants the character
    scope = Scope(cadence, category)
    with service(folder) as app:
        app.desk.timetables.require(scope)
        stopped = app.desk.pauses.pause(scope, operator(), why)
    _tell(scope, "is paused", stopped, as_json)


@click.command()
@cadence_argument
@category_option
@json_option
@site_option
def resume(cadence: str, category: str, as_json: bool, folder: Path) -> None:
    """Let go on what the pause of the same CADENCE and --category stopped, and nothing else.

    \b
      syndicate resume daily
    """  # noqa: D301 - click wants the character
    scope = Scope(cadence, category)
    with service(folder) as app:
        resumed = app.desk.pauses.resume(scope, operator())
    _tell(scope, "is resumed", resumed, as_json)


def _tell(scope: Scope, done: str, mailings: int, as_json: bool) -> None:
    if as_json:
        print_json({"scope": scope.named, "done": done, "mailings": mailings})
    else:
        console.print(f"{scope.named} {done}; mailings concerned: {mailings}", markup=False)
