"""What reaches the relay is each reader's own message, signed."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from functools import partial
from typing import TYPE_CHECKING

import pytest

from syndicate.errors import SettingsError
from syndicate.subscribers.changes import describe
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from tests.delivery.conftest import FaultyRelay

TECH = Digest("daily", "tech")
WORDS = """
[[digests]]
category = "tech"
subject = "{name|Reader}: {subject}"
greeting = "Good morning, {name|reader} of {city|nowhere}!"
"""


@pytest.fixture
def site(site: Path, write_keys: Callable[[Path], str]) -> Path:
    """The site of the other tests; it signs, and greets its readers."""
    with (site / "syndicate.toml").open("a") as file:
        file.write(WORDS + write_keys(site))
    return site


def test_each_reader_is_called_by_his_name_in_a_signed_message(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    for address, name, known in (("ann@y.example", "安", {"city": "X"}), ("bob@y.example", "", {})):
        subscriber = app.subscribers.add(address, app.clock())
        app.subscribers.alter(
            subscriber,
            partial(describe, name=name, fields=known),
            app.clock(),
            {},
        )
        app.subscribers.change(subscriber, [TECH], Status.ACTIVE, app.clock(), {"method": "test"})
    app.sync()
    write_post("one", "tech")
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition
    number = app.desk.order(edition.id)
    for chunk in app.plan(number):
        app.deliver(number, chunk)
    ann, bob = (dict(relay.taken)[address] for address in ("ann@y.example", "bob@y.example"))
    for message, name, greeting in (
        (ann, "安", "Good morning, 安 of X!"),
        (bob, "Reader", "Good morning, reader of nowhere!"),
    ):
        parsed = message_from_bytes(message, policy=default)
        assert parsed["Subject"].startswith(f"{name}: ")
        assert len(parsed.get_all("DKIM-Signature", [])) == 2
        assert parsed["List-Help"] == f"<{app.settings.web.url}/help>"
        for part in parsed.iter_parts():
            assert greeting in [line.strip() for line in part.get_content().splitlines()]


def test_a_service_with_a_bad_key_does_not_start(site: Path, open_app: Callable[[], App]) -> None:
    (site / "rsa.pem").unlink()
    with pytest.raises(SettingsError, match=r"rsa\.pem"):
        open_app()
