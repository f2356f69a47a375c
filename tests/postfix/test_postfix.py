"""A real mail server takes our mail, and what it sends back is understood."""

from __future__ import annotations

import email
import email.policy
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest

from syndicate.app import App
from syndicate.delivery.bounces.model import Kind
from syndicate.delivery.model import MailingState
from syndicate.settings import load
from syndicate.subscribers.model import Digest, Reason, Status
from tests.postfix.conftest import BOUNCES, DOMAIN, PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syndicate.store.client import Store
    from tests.postfix.conftest import Postfix

pytestmark = pytest.mark.slow

TECH = Digest("daily", "tech")


def wait_until(done: Callable[[], object], postfix: Postfix, what: str) -> None:
    """Postfix is other processes: only looking again and again tells when it is done."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, f"{what}: not within {PATIENCE} s\n{postfix.log}"
        time.sleep(0.05)


@contextmanager
def listening(site: Path) -> Iterator[None]:
    """`syndicate bounces listen`, as an operator runs it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "syndicate", "bounces", "listen", "--site", str(site)],
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        assert "Taking mail" in process.stdout.readline()
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        process.stdout.close()


@pytest.fixture
def app(site: Path, store: Store, postfix: Postfix) -> App:
    """A site whose relay is Postfix, by the clock on the wall; so is that of `bounces listen`."""
    path = site / "syndicate.toml"
    text = path.read_text().replace(
        "[mail]\n", f'[mail]\nrelay = "smtp://127.0.0.1:{postfix.port}"\n'
    )
    bounces = f'\n[bounces]\naddress = "{BOUNCES}"\nlisten = "127.0.0.1:{postfix.bounces}"\n'
    path.write_text(text + bounces)
    return App(load(site), store)


@pytest.fixture
def mailing(app: App, write_post: Callable[..., Path]) -> int:
    """A digest for three boxes that there are, and one that there isn't."""
    for name in ("reader0", "reader1", "reader2", "nobody"):
        reader = app.subscribers.add(f"{name}@{DOMAIN}", app.clock())
        app.subscribers.change(reader, [TECH], Status.ACTIVE, app.clock(), {"method": "test"})
    app.sync()
    write_post("one", "tech")
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition
    return app.desk.order(edition.id)


def test_a_digest_reaches_the_boxes_and_a_bounce_suppresses(
    app: App, site: Path, mailing: int, postfix: Postfix
) -> None:
    with listening(site):
        for chunk in app.plan(mailing):
            assert app.deliver(mailing, chunk)
        done = app.ledger.get(mailing)
        assert (done.state, done.sent) == (MailingState.SENT, 4)
        for name in ("reader0", "reader1", "reader2"):
            wait_until(partial(postfix.box, name), postfix, name)
        nobody = f"nobody@{DOMAIN}"
        wait_until(lambda: app.subscribers.find(nobody).suppression, postfix, "the bounce")
    why = app.subscribers.find(nobody).suppression
    assert why
    assert why.reason is Reason.HARD_BOUNCE
    (entry,) = app.bounces.record.latest(10)
    assert (entry.kind, entry.mailing) == (Kind.HARD, mailing)
    assert app.subscribers.find(f"reader0@{DOMAIN}").suppression is None


def test_what_is_in_the_box_is_what_was_sent(app: App, mailing: int, postfix: Postfix) -> None:
    for chunk in app.plan(mailing):
        app.deliver(mailing, chunk)
    wait_until(lambda: postfix.box("reader1"), postfix, "reader1")
    (raw,) = postfix.box("reader1")
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert re.fullmatch(r"<bounces\+[a-z2-7]+@blog\.example>", message["Return-Path"])
    assert (message["X-Original-To"], message["To"]) == (f"reader1@{DOMAIN}",) * 2
    html = message.get_body(("html",))
    assert html
    assert "A paragraph." in html.get_content()
    # A server that has to mend a message breaks its signature.
    assert max(map(len, raw.splitlines())) <= 998
