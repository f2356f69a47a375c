"""The `syndicate` command: its groups, and how errors reach a person."""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module

import click

from syndicate import __version__
from syndicate.cli.group import Group
from syndicate.errors import SyndicateError
from syndicate.running.logs import configure_logging

#: Where each command is. It is imported when it is asked for: `sync` needs no Celery.
_PLACES = {
    "backup": "backup",
    "bounces": "bounces",
    "completion": "completion",
    "delivery": "delivery",
    "demo": "demo",
    "digest": "digest",
    "doctor": "doctor",
    "editions": "editions",
    "feeds": "feeds",
    "init": "site",
    "keys": "keys",
    "migrate": "backup",
    "outbox": "processes",
    "pause": "pause",
    "posts": "posts",
    "relays": "relays",
    "resume": "pause",
    "restore": "backup",
    "schedule": "schedule",
    "subscribers": "subscribers",
    "status": "status",
    "sync": "sync",
    "templates": "templates",
    "unlock": "backup",
    "up": "up",
    "web": "processes",
}


class Commands(Group):
    """A group whose commands are imported late, and whose errors are lines, not tracebacks."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        del ctx
        return sorted(_PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        del ctx
        if cmd_name not in _PLACES:
            return None
        module = import_module(f"syndicate.cli.{_PLACES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; one of our errors becomes its message and its exit code."""
        try:
            return super().invoke(ctx)
        except SyndicateError as error:
            _complain(error)
            sys.exit(error.exit_code)
        except BrokenPipeError:
            # Who reads us has seen enough; Python would complain once more at exit.
            sys.stderr.close()
            sys.exit(0)
        except OSError as error:
            # A full disk, a file of somebody else's: the system's words name it.
            _complain(error)
            sys.exit(1)


def _complain(error: Exception) -> None:
    # As rich does it where it prints; None: as the terminal allows.
    colour = False if os.environ.get("NO_COLOR") else None
    for line in str(error).splitlines():
        click.secho("error: ", fg="red", bold=True, nl=False, err=True, color=colour)
        click.echo(line, err=True)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="syndicate")
def main() -> None:
    """Turn the posts of a site into feeds and e-mail digests, per category.

    \b
      syndicate init .            write a commented syndicate.toml
      syndicate sync              read the posts, write the feeds
      syndicate up                run everything; Ctrl-C stops it
      syndicate status            what runs, what waits, what is wrong
      syndicate doctor            what will be wrong, and what to do about it

    With --json a command prints JSON, for scripts; `completion` has a shell complete names.

    Exit codes: 0 done, 1 not done (the reason is on stderr), 2 a wrong option or setting.
    """  # noqa: D301 - click wants the character
    # A command says what it did itself; the processes of `up` turn their logs on.
    configure_logging(logging.ERROR)
