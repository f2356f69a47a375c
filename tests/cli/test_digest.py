"""`syndicate subscribers`, `syndicate digest` and `syndicate schedule`."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery import outbox
from syndicate.subscribers.model import Digest, Status
from tests.cli.conftest import told

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage
    from pathlib import Path

    from click.testing import Result

    from syndicate.app import App

READER = "reader@mail.example"


def mails(site: Path) -> list[EmailMessage]:
    """What was captured, the newest first."""
    return [
        email.message_from_bytes(data, policy=email.policy.default)
        for data in outbox.messages(site / ".syndicate")
    ]


@pytest.fixture
def subscribed(synced: Callable[..., Result]) -> Callable[..., Result]:
    """The same, with one confirmed reader of tech."""
    assert synced("subscribers", "add", READER, "-c", "tech").exit_code == 0
    assert synced("subscribers", "confirm", READER).exit_code == 0
    return synced


# Subscribers


def test_a_reader_is_noted_then_confirmed(synced: Callable[..., Result], app: App) -> None:
    result = synced("subscribers", "add", "Reader@Mail.example", "-c", "tech", "-c", "TechWeb")
    assert "Reader@mail.example is noted" in result.stdout
    assert "syndicate subscribers confirm" in result.stdout
    assert app.subscribers.find(READER).status is Status.PENDING
    assert "2 subscriptions confirmed" in synced("subscribers", "confirm", READER).stdout
    found = app.subscribers.find(READER)
    assert found.subscriptions == {
        Digest("daily", "tech"): Status.ACTIVE,
        Digest("daily", "TechWeb"): Status.ACTIVE,
    }
    assert "0 subscriptions confirmed" in synced("subscribers", "confirm", READER).stdout


def test_a_reader_who_asked_for_nothing_can_confirm_nothing(synced: Callable[..., Result]) -> None:
    assert "no subscriber reader@mail.example" in told(synced("subscribers", "confirm", READER))


def test_subscribers_are_listed_with_what_they_get(subscribed: Callable[..., Result]) -> None:
    subscribed("subscribers", "add", "other@mail.example", "-c", "TechWeb", "--cadence", "weekly")
    listed = subscribed("subscribers", "list").stdout
    assert READER in listed
    assert "tech (daily, active)" in listed
    assert "TechWeb (weekly, pending)" in listed
    some = subscribed("subscribers", "list", "-c", "TechWeb").stdout
    assert READER not in some
    assert "other@mail.example" in some


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["nobody", "-c", "tech"], "'nobody' is no mail address: "),
        ([READER, "-c", "Techwebb"], "no category 'Techwebb'; did you mean 'TechWeb'?"),
        ([READER, "-c", "zzz"], "no category 'zzz'; `syndicate sync` reads them"),
        ([READER, "-c", ""], "no category ''"),
        ([READER, "-c", "tech", "--cadence", "hourly"], "no cadence 'hourly'; there are: daily, w"),
    ],
)
def test_what_cannot_be_subscribed_to_is_told_with_what_can(
    synced: Callable[..., Result], app: App, argv: list[str], line: str
) -> None:
    result = synced("subscribers", "add", *argv)
    assert line in told(result)
    assert result.exit_code != 0
    assert list(app.subscribers.all()) == []


# Sending


def test_an_edition_goes_to_its_readers_once(subscribed: Callable[..., Result], site: Path) -> None:
    result = subscribed("digest", "send", "tech")
    assert result.exit_code == 0
    assert "Edition 1 of tech: posts 1, readers 1, sent 1, failed 0, skipped 0" in result.stdout
    (mail,) = mails(site)
    assert mail["To"] == READER
    again = subscribed("digest", "send", "tech")
    assert "Nothing new in tech for its daily digest." in again.stdout
    assert again.exit_code == 0
    assert len(mails(site)) == 1


def test_a_test_goes_to_one_address_and_cuts_nothing(
    subscribed: Callable[..., Result], site: Path, app: App
) -> None:
    for _ in range(2):
        result = subscribed("digest", "send", "tech", "--to", "me@mail.example")
        assert result.exit_code == 0
        assert "Sent a test to me@mail.example: 250" in result.stdout
    assert [mail["To"] for mail in mails(site)] == ["me@mail.example"] * 2
    assert mails(site)[0]["Subject"].startswith("[Test] ")
    assert app.posts.pending("daily")["tech"] == 1
    assert app.ledger.active() == []


def test_a_test_can_be_sent_of_a_category_without_news(
    subscribed: Callable[..., Result], site: Path
) -> None:
    subscribed("digest", "send", "tech")
    assert subscribed("digest", "send", "tech", "--to", "me@mail.example").exit_code == 0
    assert len(mails(site)) == 2


def test_an_edition_without_readers_is_sent_to_nobody(
    synced: Callable[..., Result], site: Path
) -> None:
    result = synced("digest", "send", "tech")
    assert "readers 0, sent 0" in result.stdout
    assert result.exit_code == 0
    assert mails(site) == []


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["tehc"], "no category 'tehc'; did you mean 'tech'?"),
        (["tech", "--cadence", "hourly"], "no cadence 'hourly'"),
        (["tech", "--to", "me"], "'me' is no mail address"),
    ],
)
def test_what_cannot_be_sent_is_one_line(
    subscribed: Callable[..., Result], site: Path, argv: list[str], line: str
) -> None:
    result = subscribed("digest", "send", *argv)
    assert line in told(result)
    assert result.exit_code != 0
    assert mails(site) == []


def test_without_a_postal_address_nothing_is_cut_and_nothing_sent(
    subscribed: Callable[..., Result], site: Path, app: App
) -> None:
    settings = site / "syndicate.toml"
    text = settings.read_text()
    settings.write_text(text.replace('postal_address = "', 'postal_address = "" #'))
    for to in ([], ["--to", "me@mail.example"]):
        result = subscribed("digest", "send", "tech", *to)
        assert "[mail] postal_address: is missing" in told(result)
        assert result.exit_code == 2
    assert app.posts.pending("daily")["tech"] == 1
    settings.write_text(text)
    assert "sent 1" in subscribed("digest", "send", "tech").stdout


def test_a_relay_that_is_away_is_one_line_and_the_mailing_waits(
    subscribed: Callable[..., Result], site: Path, app: App
) -> None:
    settings = site / "syndicate.toml"
    text = settings.read_text()
    settings.write_text(text.replace("[mail]", '[mail]\nrelay = "smtp://127.0.0.1:1"'))
    result = subscribed("digest", "send", "tech")
    assert result.exit_code == 1
    assert "still to come 1" in result.stdout
    assert "mailing 1 waits: " in told(result)
    assert "127.0.0.1:1" in told(result)
    assert app.ledger.active() == [1]


# Schedules


def test_cadences_are_listed_with_what_waits_for_them(synced: Callable[..., Result]) -> None:
    listed = synced("schedule", "list").stdout
    daily = next(line for line in listed.splitlines() if "daily" in line)
    assert daily.split()[1:6] == ["0", "8", "*", "*", "*"]
    assert "08:00 Asia/Shanghai" in daily
    assert daily.split()[-3:] == ["2", "2", "–"]


def test_a_held_slot_is_listed(synced: Callable[..., Result], app: App) -> None:
    eight = datetime(2024, 5, 17, tzinfo=UTC)
    app.schedules.claim("daily", None, eight - timedelta(days=1))
    app.schedules.claim("daily", eight - timedelta(days=1), eight, hold=True)
    assert "2024-05-17T00:00:00Z" in synced("schedule", "list").stdout
