"""`syndicate subscribers`."""

from __future__ import annotations

import click

from syndicate.cli.group import Group
from syndicate.cli.subscribers.adding import add, confirm, together
from syndicate.cli.subscribers.leaving import forget, lift, suppress, unsubscribe
from syndicate.cli.subscribers.looking import find, list_, show, stats
from syndicate.cli.subscribers.tagging import tag
from syndicate.cli.subscribers.transfer import export, import_
from syndicate.cli.subscribers.verifying import verify


@click.group(cls=Group)
def subscribers() -> None:
    """Who gets the digests."""


for command in (
    *(add, confirm, together, tag),
    *(find, list_, show, stats, verify),
    *(unsubscribe, suppress, lift, forget),
    *(import_, export),
):
    subscribers.add_command(command)
