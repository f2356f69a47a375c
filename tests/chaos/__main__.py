"""`make chaos`: at least FAULTS faults of a SEED, and what they came to."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

import click

from tests.chaos.crew import BrokenError
from tests.chaos.run import Totals, run

_MOST_SHOWN = 400


def main() -> None:
    """Run, and say how it went; ends with 1 if a law was broken."""
    seed = os.environ.get("SEED") or secrets.token_hex(4)
    faults = int(os.environ.get("FAULTS") or 10_000)
    first = int(os.environ.get("ROUND") or 0)
    # Sockets have short paths, so this is the temporary folder.
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    click.echo(f"seed {seed}, at least {faults} faults (SEED=, FAULTS= and ROUND= choose others)")
    try:
        totals = run(seed, faults, folder, _tell, first=first)
    except BrokenError as error:
        click.echo()
        sys.exit(f"error: {error}")
    click.echo(f"\r{totals}")
    for name, many in totals.faults.most_common(_MOST_SHOWN):
        click.echo(f"{many:7} {name}")
    shutil.rmtree(folder)


def _tell(totals: Totals) -> None:
    if sys.stdout.isatty():
        click.echo(f"\r{totals}", nl=False)


if __name__ == "__main__":
    main()
