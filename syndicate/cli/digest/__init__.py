"""`syndicate digest`."""

from __future__ import annotations

import click

from syndicate.cli.digest.plan import plan
from syndicate.cli.digest.preview import preview
from syndicate.cli.digest.send import send
from syndicate.cli.group import Group


@click.group(cls=Group)
def digest() -> None:
    """The next edition of a digest: who would get what, how it looks, and sending it."""


for command in (plan, preview, send):
    digest.add_command(command)
