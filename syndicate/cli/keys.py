"""`syndicate keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syndicate.app import wall_clock
from syndicate.cli.common import json_option, print_records, service, site_option, tell
from syndicate.cli.group import Group
from syndicate.settings import load

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.settings.key import Key, Keyring


@click.group(cls=Group)
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
    records = [_record(ring, key) for key in ring.keys]
    if not as_json:
        records = [each | {"made": each["made"] or "in the settings"} for each in records]
    print_records(records, as_json=as_json)


@keys.command()
@json_option
@site_option
def rotate(as_json: bool, folder: Path) -> None:
    """Have a new key sign from now on.

    Workers and web app notice by themselves. A mailing that is on its way goes on with the key that
    it was begun with. Nobody's link breaks.

    \b
      syndicate keys rotate
    """  # noqa: D301 - click wants the character
    file = load(folder).key_file(wall_clock)
    key = file.rotate()
    line = f"Key {key.name} signs from now on; those before it verify."
    tell(line, _record(file.ring(), key), as_json=as_json)


@keys.command()
@click.argument("key")
@click.option("--force", is_flag=True, help="Even if it signed in the last 60 days: it was stolen.")
@json_option
@site_option
def retire(key: str, force: bool, as_json: bool, folder: Path) -> None:
    """Forget KEY: the links that it signed lead to nothing any more.

    KEY is its name in `syndicate keys list`.

    \b
      syndicate keys list
      syndicate keys retire 3f
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        app.retire_key(key, early=force)
    facts = {"key": key, "use": "none"}
    tell(f"Key {key} is gone, and what it signed is void.", facts, as_json=as_json)


def _record(ring: Keyring, key: Key) -> dict[str, object]:
    signs = key == ring.current
    return {
        "key": key.name,
        "made": key.made_at,
        "signed_until": None if signs else ring.signed_until(key),
        "use": "signs" if signs else "verifies",
    }
