"""`syndicate subscribers verify`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from syndicate.cli.common import bar, console, json_option, print_json, service, site_option
from syndicate.subscribers.verify import Verify

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--repair", is_flag=True, help="Mend what differs.")
@json_option
@site_option
def verify(repair: bool, as_json: bool, folder: Path) -> None:
    """Check that the records of readers and all that follows from them agree.

    The service may go on meanwhile. Exit code 1 if something is wrong and wasn't mended.

    \b
      syndicate subscribers verify
      syndicate subscribers verify --repair
    """  # noqa: D301 - click wants the character
    with service(folder) as app, bar("Checking") as progress:
        check = Verify(app.store, app.subscribers, app.suppressions)
        faults = list(check.run(app.clock(), repair=repair, progress=progress))
    if as_json:
        print_json([{"fault": fault.what, "mended": fault.mended} for fault in faults])
    else:
        for fault in faults:
            console.print(str(fault), markup=False)
        console.print(f"{len(faults)} faults", markup=False)
    if not all(fault.mended for fault in faults):
        sys.exit(1)
