"""`syndicate up`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syndicate import tasks
from syndicate.cli.common import console, site_option
from syndicate.cli.log import SAYERS
from syndicate.cli.processes import running
from syndicate.posts.sources import Sources
from syndicate.running.signals import until_signal
from syndicate.running.watch import watching
from syndicate.settings import load

if TYPE_CHECKING:
    from pathlib import Path

#: Seconds between two looks at the children.
_LOOK = 0.5


@click.command()
@site_option
def up(folder: Path) -> None:
    """Run everything for one site on this machine: Redis, workers, beat, web. Ctrl-C stops it.

    \b
      syndicate up --site ~/my-site

    New posts reach the feeds within seconds; digests go out as their cadences say. What dies or
    gets stuck is started anew; [workers] in the settings says how many processes there are.
    """  # noqa: D301 - click wants the character
    settings = load(folder)
    say = SAYERS[settings.logs.format](console)
    with until_signal() as stop, running(settings, say) as processes:
        tasks.sync.delay()
        places = [f"Feeds and pages: {settings.web.url}/"]
        if settings.captures:
            places.append(f"Captured mail:   {settings.web.url}/outbox")
        say("up", "\n".join(places))
        with watching(settings.folder, Sources(settings), tasks.sync.delay):
            while not stop.wait(_LOOK):
                processes.tend()
        say("up", "Stopping …")
