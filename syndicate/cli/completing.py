"""What a shell completes beside commands and options: the names that a site has.

It says nothing where it can't tell: a person is typing, and hears of what is wrong afterwards.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.app import opened
from syndicate.errors import SyndicateError
from syndicate.settings import load
from syndicate.store.keys import WHOLE_SITE

if TYPE_CHECKING:
    import click

    from syndicate.settings import Settings


def cadences(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Cadences of the settings."""
    del param
    settings = _settings(ctx)
    names = [cadence.name for cadence in settings.cadences] if settings else []
    return [name for name in names if name.startswith(incomplete)]


def relays(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Relays of the settings."""
    del param
    settings = _settings(ctx)
    names = [relay.name for relay in settings.roads] if settings else []
    return [name for name in names if name.startswith(incomplete)]


def categories(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Categories that posts were seen in, whatever the case of what is typed; if Redis runs."""
    del param
    settings = _settings(ctx)
    if settings is None:
        return []
    try:
        with opened(settings) as app:
            names = app.categories.all()
    except SyndicateError:
        return []
    begin = incomplete.casefold()
    wanted = (name for name in names if name != WHOLE_SITE)
    return sorted(name for name in wanted if name.casefold().startswith(begin))


def _settings(ctx: click.Context) -> Settings | None:
    folder = ctx.params.get("folder")
    try:
        return load(folder if isinstance(folder, Path) else Path())
    except SyndicateError:
        return None
