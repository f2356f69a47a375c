"""`--language`: for readers of which language an edition is shown."""

from __future__ import annotations

import click

from syndicate.settings.checks import language_tag


def _check(_context: click.Context, _parameter: click.Parameter, tag: str) -> str:
    try:
        return tag and language_tag(tag)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


language_option = click.option(
    "--language",
    default="",
    metavar="TAG",
    callback=_check,
    help="As readers of that language get it, such as zh-Hans.  [default: the digest's]",
)
