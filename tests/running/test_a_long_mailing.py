"""A mailing that takes long keeps nobody waiting who waits for something else."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from syndicate.app import opened
from syndicate.settings import load
from tests.running.machine import (
    environment,
    free_port,
    make_site,
    sink,
    subscribe,
    until,
    up,
    write_post,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

#: Of each of two mailings, so that all who deliver are busy; what a relay thinks over each message.
READERS, DELAY = 150, 1.0
#: Seconds within which what somebody waits for is there, on a machine that runs other tests.
SOON = 15
WANDA = "wanda@mail.example"


def sign_up(web: str) -> None:
    page = f"{web}/subscribe"
    with urllib.request.urlopen(page, timeout=30) as answer:  # noqa: S310 - our own server
        stamp = re.search(r'name="stamp" value="([^"]+)"', answer.read().decode())
    assert stamp
    fields = {"stamp": stamp[1], "category": "tech", "cadence": "daily", "address": WANDA}
    form = urlencode(fields).encode()
    with urllib.request.urlopen(page, form, timeout=30) as sent:  # noqa: S310 - as above
        assert sent.status == 200


def test_letters_feeds_and_ticks_do_not_wait_for_a_mailing_to_a_slow_relay(tmp_path: Path) -> None:
    port = free_port()
    with sink(DELAY) as relay:
        more = (
            f'relay = "smtp://127.0.0.1:{relay.port}"\n\n[web]\nport = {port}\n\n'
            "[delivery]\nsweep = 1\n\n[signup]\nfill_time = 0\n\n[workers]\npatience = 5\n"
        )
        site = make_site(tmp_path / "site", more)
        write_post(site, "archived")
        with up(site) as machine, opened(load(site)) as app:
            until(app.posts.imported, "the first sync")
            readers = {name: subscribe(app, READERS, name) for name in ("tech", "money")}
            for name in readers:
                write_post(site, f"new-{name}", name)
            until(lambda: len(app.pending.counts("daily")) == 2, "both wait for an edition")
            orders = []
            for name in readers:
                edition = app.desk.cut("daily", name)
                assert edition
                orders.append(app.desk.order(edition.id))
            until(lambda: all(map(relay.has_reached, readers)), "both mailings are under way")

            sign_up(f"http://127.0.0.1:{port}")
            until(lambda: relay.of(WANDA), "the letter to confirm by", SOON)
            write_post(site, "while-it-lasts")
            feed = site / "public" / "rss.xml"
            until(lambda: "while-it-lasts" in feed.read_text(), "the post is in its feed", SOON)
            ticked = app.pulse.last().get("tick")
            code = "from syndicate import tasks; tasks.tick.delay()"
            subprocess.run([sys.executable, "-c", code], env=environment(site), check=True)
            until(lambda: app.pulse.last().get("tick") != ticked, "a tick", SOON)

            # All that while both mailings went on, and after it they end; nobody was taken for
            # stuck, though each chunk took far longer than a worker may be silent.
            assert all(not app.ledger.get(order).state.ended for order in orders)
            until(lambda: not app.ledger.active(), "the mailings end")
            assert not machine.said("is stuck")
    for addresses in readers.values():
        assert all(len(relay.of(address)) == 1 for address in addresses)
