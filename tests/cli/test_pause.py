"""`syndicate pause` and `syndicate resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.conftest import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result


def test_what_is_paused_is_not_sent_until_it_is_resumed(synced: Callable[..., Result]) -> None:
    assert "is paused" in synced("pause", "daily", "--why", "a wrong figure").output
    assert "a wrong figure" in synced("schedule", "list").output
    assert "a wrong figure" in told(synced("digest", "send", "tech"))
    assert "is paused" in told(synced("pause", "daily", "--why", "again"))
    assert "cadence daily" in told(synced("resume"))
    assert "is resumed" in synced("resume", "daily").output
    assert synced("digest", "send", "tech").exit_code == 0


def test_a_pause_names_what_there_is(synced: Callable[..., Result]) -> None:
    assert "no cadence" in told(synced("pause", "hourly", "--why", "x"))
    assert synced("pause", "--category", "nothing", "--why", "x").exit_code == 1
