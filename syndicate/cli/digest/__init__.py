"""`syndicate digest`."""

from __future__ import annotations

import click

from syndicate.cli.digest.plan import plan
from syndicate.cli.digest.preview import preview
from syndicate.cli.digest.send import send


@click.group()
def digest() -> None:
    """Editions: what is mailed."""


for command in (plan, preview, send):
    digest.add_command(command)
