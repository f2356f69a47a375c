"""How a group lists its commands in its help."""

from __future__ import annotations

import click

#: Characters. No first sentence of ours is longer.
_LONGEST = 1000


class Group(click.Group):
    """A group that lists its commands with a whole sentence each, where click would cut them."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command's name and the first sentence of its help."""
        names = self.list_commands(ctx)
        found = ((name, self.get_command(ctx, name)) for name in names)
        rows = [(name, each.get_short_help_str(_LONGEST)) for name, each in found if each]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
