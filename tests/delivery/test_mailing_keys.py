"""A rotation of the key changes no byte of a mailing that has begun, and breaks no link."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from syndicate.errors import NotFoundError, SettingsError, StateError
from syndicate.subscribers.model import Digest, Status
from syndicate.subscribers.tokens import Purpose, verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock
    from tests.delivery.conftest import FaultyRelay

TECH, MONEY = Digest("daily", "tech"), Digest("daily", "money")


@pytest.fixture(params=[False, True], ids=["by itself", "all in one"])
def mailing(
    app: App, clock: Clock, write_post: Callable[..., Path], request: pytest.FixtureRequest
) -> int:
    """To one reader, of one edition or of two."""
    app.sync()
    app.desk.tick()
    subscriber = app.subscribers.add("reader@mail.example", app.clock())
    digests = [TECH, MONEY] if request.param else [TECH]
    app.subscribers.change(subscriber, digests, Status.ACTIVE, app.clock(), {})
    if request.param:
        app.subscribers.choose_together(subscriber, "daily", (), app.clock(), {})
    for digest in digests:
        write_post(digest.category, digest.category)
    app.sync()
    clock.advance(hours=23)
    found = [m for m in app.desk.tick() if app.ledger.get(m).together == request.param]
    return found[0]


def run(app: App, mailing: int) -> None:
    """What workers do."""
    for chunk in app.plan(mailing):
        app.deliver(mailing, chunk)
    for work in app.sweep().deliver:
        app.deliver(*work)


def rotate(app: App) -> None:
    """As a command does it, in another process."""
    app.settings.key_file(app.clock).rotate()


def links(message: bytes) -> dict[str, str]:
    """The tokens of a message, by their pages."""
    text = message_from_bytes(message, policy=default).get_body(("plain",))
    assert text
    return dict(re.findall(r"/(u|preferences)/(\S+)", text.get_content()))


def test_a_retry_after_a_rotation_has_the_same_bytes(
    app: App, open_app: Callable[[], App], mailing: int, relay: FaultyRelay, clock: Clock
) -> None:
    relay.answer = lambda verb, _: "drop after taking" if verb == "DOT" else None
    run(app, mailing)
    rotate(app)
    relay.answer = lambda _verb, _argument: None
    clock.advance(hours=1)
    # A worker that was there, and one that has started since.
    for worker in (app, open_app()):
        run(worker, mailing)
    first, second = (message for _, message in relay.taken)
    assert first == second
    assert app.ledger.get(mailing).sent == 1


def test_links_of_before_and_after_a_rotation_are_ours(
    app: App, mailing: int, relay: FaultyRelay, clock: Clock, write_post: Callable[..., Path]
) -> None:
    before = app.key
    run(app, mailing)
    rotate(app)
    write_post("later", "tech")
    app.sync()
    clock.advance(hours=24)
    for number in app.desk.tick():
        run(app, number)
    old, new = (links(message) for _, message in relay.taken)
    ids = [message_from_bytes(message)["Message-ID"] for _, message in relay.taken]
    assert ids[0] != ids[1]
    assert old["u"] != new["u"]
    assert app.key != before
    for found in (old, new):
        leave = verify(app.keyring, found["u"], Purpose.UNSUBSCRIBE)
        choose = verify(app.keyring, found["preferences"], Purpose.PREFERENCES)
        assert leave.subscriber == choose.subscriber == 1
        assert not choose.is_expired(app.clock())
    assert verify(app.keyring, old["u"], Purpose.UNSUBSCRIBE).number == mailing


def test_a_key_is_not_retired_while_a_mailing_goes_out_with_it(
    app: App, mailing: int, relay: FaultyRelay, clock: Clock
) -> None:
    relay.answer = lambda verb, _: "451 later" if verb == "RCPT" else None
    begun = app.key
    run(app, mailing)
    rotate(app)
    with pytest.raises(StateError, match=f"key {begun.name} signs mailing {mailing}, which is on"):
        app.retire_key(begun.name, early=True)
    relay.answer = lambda _verb, _argument: None
    clock.advance(hours=1)
    run(app, mailing)
    app.retire_key(begun.name, early=True)
    assert begun not in app.keyring.keys
    with pytest.raises(NotFoundError):
        app.retire_key(begun.name, early=True)


def test_a_mailing_whose_key_is_gone_waits_and_says_why(
    app: App, open_app: Callable[[], App], site: Path, mailing: int, relay: FaultyRelay
) -> None:
    chunks = list(app.plan(mailing))
    path = site / ".syndicate" / "secret.key"
    kept = path.read_bytes()
    rotate(app)
    path.write_text(path.read_text().splitlines()[0] + "\n")
    worker = open_app()
    with pytest.raises(SettingsError, match="which is gone; bring it back"):
        worker.deliver(mailing, chunks[0])
    assert "which is gone" in app.ledger.get(mailing).trouble
    assert relay.taken == []
    path.write_bytes(kept)
    assert worker.deliver(mailing, chunks[0])
    assert app.ledger.get(mailing).trouble == ""
    assert len(relay.taken) == 1
