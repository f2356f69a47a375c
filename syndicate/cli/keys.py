"""`syndicate keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syndicate.app import wall_clock
from syndicate.cli.common import console, json_option, print_rows, service, site_option
from syndicate.settings import load

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.settings.key import Key, Keyring


@click.group()
def keys() -> None:
    """The keys that sign links in mails, and Message-IDs.

    One key signs. Those before it go on verifying, so that links in mails of years ago still work,
    until they are retired.
    """


@keys.command(name="list")
@json_option
@site_option
def list_(as_json: bool, folder: Path) -> None:
    """List the keys by their names; no key itself is shown.

    \b
      syndicate keys list
    """  # noqa: D301 - click wants the character
    ring = load(folder).key_file(wall_clock).ring()
    columns = ("key", "made, UTC", "signed until", "use")
    print_rows(columns, [_row(ring, key) for key in ring.keys], as_json=as_json)


@keys.command()
@site_option
def rotate(folder: Path) -> None:
    """Have a new key sign from now on.

    Workers and web app notice by themselves. A mailing that is on its way goes on with the key that
    it was begun with. Nobody's link breaks.

    \b
      syndicate keys rotate
    """  # noqa: D301 - click wants the character
    key = load(folder).key_file(wall_clock).rotate()
    console.print(f"Key {key.name} signs from now on; those before it verify.", markup=False)


@keys.command()
@click.argument("key")
@click.option("--force", is_flag=True, help="Though it signed in the last 60 days: it was stolen.")
@site_option
def retire(key: str, force: bool, folder: Path) -> None:
    """Forget KEY: the links that it signed lead to nothing any more.

    \b
      syndicate keys list
      syndicate keys retire 3f
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        app.retire_key(key, early=force)
    console.print(f"Key {key} is gone, and what it signed is void.", markup=False)


def _row(ring: Keyring, key: Key) -> tuple[str, ...]:
    made = f"{key.made_at:%Y-%m-%d %H:%M}" if key.made_at else "in the settings"
    if key == ring.current:
        return key.name, made, "", "signs"
    end = ring.signed_until(key)
    return key.name, made, f"{end:%Y-%m-%d %H:%M}" if end else "", "verifies"
