"""A reader's whole life, and then nothing anywhere that says he ever was (STANDARDS 116)."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import structlog.testing

from syndicate.app import App
from syndicate.delivery import outbox
from syndicate.delivery.model import MailingState
from syndicate.digests.letters import Kind
from syndicate.running.logs import redact
from syndicate.settings import load
from syndicate.store import client, embedded
from syndicate.subscribers import changes
from syndicate.subscribers.model import Digest, Reason, Status, Suppression
from syndicate.subscribers.moves import Moves
from syndicate.subscribers.signups import SignUp
from tests.delivery.test_send import run
from tests.subscribers.test_erasure import contents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Clock
    from tests.delivery.conftest import FaultyRelay

WANDA = "Wanda+News@mailbox.example"
HOW = {"method": "form", "ip": "192.0.2.7"}
TECH = Digest("daily", "tech")
#: Seconds that a rewrite of a few kilobytes may take on a busy machine.
PATIENCE = 60


@pytest.fixture
def own_app(site: Path, clock: Clock) -> Iterator[App]:
    """The service with a Redis of its own in the state folder, whose file can be read."""
    settings = load(site)
    folder = settings.state_folder
    with embedded.EmbeddedServer(folder):
        store = client.connect(embedded.url_of(folder), settings.redis.prefix)
        store.text.config_set("aof-use-rdb-preamble", "no")
        yield App(settings, store, clock)
        store.close()


def forms(address: str) -> set[bytes]:
    """An address as it may stand somewhere: plain, percent-encoded, in base64 at any place."""
    found = set()
    for written in {address, address.lower()}:
        plain = written.encode()
        found |= {plain, quote(written).encode(), quote(written, safe="").encode()}
        for shift in range(3):
            # Its first and last characters depend on what stands beside it.
            found.add(base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 : -4])
    return found


def files(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def named(place: bytes) -> set[bytes]:
    low = place.lower()
    return {form for form in forms(WANDA) if form.lower() in low}


def live(app: App, clock: Clock, relay: FaultyRelay, write_post: Callable[..., Path]) -> int:
    """He signs up, confirms, gets mail, asks for this and that, is refused, and is suppressed."""
    app.signup.ask(SignUp(address=WANDA, digests=(TECH,), at=clock(), how=HOW))
    app.signup.admit()
    app.send_letters()
    wanda = app.subscribers.find(WANDA).id
    app.subscribers.alter(wanda, lambda one: changes.confirm(one, [TECH], clock()), clock(), HOW)
    app.post_letter(Kind.WELCOME, wanda, [TECH])
    app.send_letters()
    # What else waits when he goes: a move, a sign-up, a letter that the relay put off.
    Moves(app.store).ask(wanda, "wanda@new.example", clock())
    app.signup.ask(SignUp(address=WANDA, digests=(TECH,), at=clock(), how=HOW))
    app.sync()
    answers = iter(
        [
            None,
            f"450 4.2.1 {WANDA} is greylisted",
            f"421 4.7.0 too much for <{WANDA}>",
            f"550 5.1.1 <{WANDA.lower()}>: no such user",
        ]
    )
    for number, said in enumerate(answers):
        relay.answer = lambda verb, _, said=said: said if verb == "RCPT" else None  # type: ignore[misc]
        write_post(f"post-{number}", "tech")
        app.sync()
        edition = app.desk.cut("daily", "tech")
        assert edition
        run(app, app.desk.order(edition.id))
        app.post_letter(Kind.LINK, wanda, [TECH])
        app.send_letters()
    why = Suppression(Reason.HARD_BOUNCE, "550 5.1.1", clock())
    app.suppressions.add(WANDA.lower(), why, clock(), {"method": "bounce"})
    return wanda


@pytest.mark.slow
def test_after_an_erasure_no_key_no_log_and_no_file_holds_the_address(
    own_app: App,
    clock: Clock,
    relay: FaultyRelay,
    write_post: Callable[..., Path],
    site: Path,
) -> None:
    app, state = own_app, own_app.settings.state_folder
    with structlog.testing.capture_logs() as log, outbox.listening(state):
        wanda = live(app, clock, relay, write_post)
        assert len(relay.taken) > 2
        assert named(repr(list(contents(app.store))).encode())
        assert named(files(state))
        app.erasure.erase(wanda, {"method": "preferences"})
        clock.advance(minutes=5)
        app.sweep()
        end = time.monotonic() + PATIENCE
        while app.store.text.exists(app.store.keys.rewriting, app.store.keys.erased):
            # Redis rewrites in a process of its own: only looking again tells when it is done.
            assert time.monotonic() < end
            time.sleep(0.02)
            app.sweep()
    assert named(repr(list(contents(app.store))).encode()) == set()
    assert named(files(site)) == set()
    lines = [redact(None, "", event) for event in log]
    assert len(lines) > 10
    assert named(repr(lines).encode()) == set()
    # What was open of him is over, and gives nobody a name.
    relay.answer = lambda _verb, _argument: None
    taken = len(relay.taken)
    for _ in range(3):
        clock.advance(hours=5)
        app.send_letters()
        for mailing in app.ledger.active():
            run(app, mailing)
    assert len(relay.taken) == taken
    assert all(app.ledger.get(n).state is MailingState.SENT for n in app.ledger.latest(9))
    assert app.subscribers.audiences().people[Status.ACTIVE] == 0
    assert named(repr(list(contents(app.store))).encode()) == set()
