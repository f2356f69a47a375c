"""What a worker's log says of a delivery that fails: everything but whose it was."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from syndicate.running.redaction import ADDRESS, TOKEN
from syndicate.subscribers.model import Digest, Status
from syndicate.subscribers.tokens import Claim, Purpose, link

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from tests.delivery.conftest import FaultyRelay

TECH = Digest("daily", "tech")
READER = "lan.reader@mailbox.example"
DELIVER = """
import logging, sys
from datetime import datetime
from pathlib import Path
from syndicate.app import App
from syndicate.running.logs import configure_logging
from syndicate.settings import load
from syndicate.store import client

configure_logging()
settings, moment, url = load(Path(sys.argv[1])), datetime.fromisoformat(sys.argv[2]), sys.argv[3]
store = client.connect(settings.redis.url, settings.redis.prefix)
app = App(settings, store, lambda: moment)
for mailing in app.sweep().plan:
    for chunk in app.plan(mailing):
        app.deliver(mailing, chunk)
store.close()
log = logging.getLogger("library")
log.warning("%s at %s", ("<lan.reader@mailbox.example>",), url)
try:
    raise ValueError("no box for lan.reader@mailbox.example behind " + url)
except ValueError:
    log.exception("it broke")
"""


@pytest.mark.slow
def test_a_failing_delivery_and_a_librarys_exception_name_nobody(
    app: App, site: Path, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    write_post("one", "tech")
    app.sync(announce=True)
    subscriber = app.subscribers.add(READER, app.clock())
    app.subscribers.change(subscriber, [TECH], Status.ACTIVE, app.clock(), {})
    edition = app.desk.cut("daily", "tech")
    assert edition
    app.desk.order(edition.id)
    # Where the relay forwards his mail to: an address that we never knew.
    alias = "<lan@home.mailbox.example>"
    relay.answer = lambda verb, _: f"421 {alias} comes too often" if verb == "RCPT" else None
    url = link("https://n.example", app.key, Claim(Purpose.PREFERENCES, subscriber, 9))
    argv = [sys.executable, "-c", DELIVER, str(site), app.clock().isoformat(), url]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    log = done.stdout + done.stderr
    assert re.search(rf"relay in trouble.*421 <{re.escape(ADDRESS)}> comes too often", log)
    assert f"ValueError: no box for {ADDRESS} behind" in log
    assert f"/preferences/{TOKEN}" in log
    assert "mailbox.example" not in log
    assert url[-35:][:20] not in log
