"""`syndicate subscribers tag`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

import click

from syndicate.cli.common import service, site_option, why_option
from syndicate.cli.subscribers.common import Chosen, act, choosing, for_each, one_line_of
from syndicate.settings.words import is_name
from syndicate.subscribers.changes import describe

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.subscribers.model import Subscriber


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="WHO FIELD=VALUE...")
@choosing
@why_option
@site_option
def tag(words: tuple[str, ...], why: str, folder: Path, **chosen: Unpack[Chosen]) -> None:
    """Note something about readers that merge fields can say.

    WHO FIELD=VALUE is about one, by address or id; with --where, FIELD=VALUE
    alone is about many. An empty VALUE forgets it.

    \b
      syndicate subscribers tag reader@example.net city=Bonn
      syndicate subscribers tag team= --where own:team=red
    """  # noqa: D301 - click wants the character
    # An address before its @ may hold an equals sign, a field's name no @.
    named = not chosen["where"] and ("@" in words[0].partition("=")[0] or "=" not in words[0])
    address = words[0] if named else None
    fields = dict(map(_field, words[1:] if named else words))
    if not fields:
        raise click.UsageError("say what is to be noted, such as city=Bonn")
    with service(folder) as app:

        def note(one: Subscriber) -> bool:
            change = partial(describe, fields=fields)
            before, after = app.subscribers.alter(one.id, change, app.clock(), act(why))
            return before != after

        what = ", ".join(f"{name}={value}" for name, value in fields.items())
        for_each(app, f"tagged {what}", note, address, chosen, fields=fields)


def _field(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not is_name(name):
        raise click.BadParameter(f"{text!r} is no FIELD=VALUE, such as city=Bonn")
    return name, one_line_of(value)
