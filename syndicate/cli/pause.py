"""`syndicate pause` and `syndicate resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syndicate.cli import completing
from syndicate.cli.common import json_option, operator, service, site_option, tell
from syndicate.cli.workers import hurry
from syndicate.schedules.scope import Scope

if TYPE_CHECKING:
    from pathlib import Path

cadence_argument = click.argument(
    "cadence", required=False, default="", shell_complete=completing.cadences
)
category_option = click.option(
    "--category",
    default="",
    metavar="C",
    help="Only this category.",
    shell_complete=completing.categories,
)


@click.command()
@cadence_argument
@category_option
@click.option("--why", required=True, metavar="TEXT", help="The reason; it is written down.")
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
    facts = {**scope._asdict(), "paused": True, "mailings": stopped}
    tell(f"{scope.named} is paused; mailings concerned: {stopped}", facts, as_json=as_json)


@click.command()
@cadence_argument
@category_option
@json_option
@site_option
def resume(cadence: str, category: str, as_json: bool, folder: Path) -> None:
    """Let go on what the pause of the same CADENCE and --category stopped, and nothing else.

    \b
      syndicate resume
      syndicate resume daily --category tech
    """  # noqa: D301 - click wants the character
    scope = Scope(cadence, category)
    with service(folder) as app:
        resumed = app.desk.pauses.resume(scope, operator())
        hurry(app.settings)
    facts = {**scope._asdict(), "paused": False, "mailings": resumed}
    tell(f"{scope.named} is resumed; mailings concerned: {resumed}", facts, as_json=as_json)
