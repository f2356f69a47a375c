"""`syndicate completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), metavar="SHELL")
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what has SHELL (bash, zsh or fish) complete our commands, options and names.

    \b
      syndicate completion bash >> ~/.bashrc
      syndicate completion zsh >> ~/.zshrc
      syndicate completion fish > ~/.config/fish/completions/syndicate.fish
    """  # noqa: D301 - click wants the character
    kind = get_completion_class(shell)
    root = ctx.find_root()
    if kind is None:
        raise click.BadParameter(f"click knows no {shell}", param_hint="SHELL")
    click.echo(kind(root.command, {}, "syndicate", "_SYNDICATE_COMPLETE").source())
