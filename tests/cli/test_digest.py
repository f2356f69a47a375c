"""`syndicate subscribers`, `syndicate digest` and `syndicate schedule`."""

from __future__ import annotations

import email
import email.policy
import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

from syndicate.delivery import outbox
from syndicate.schedules.agenda import Due, Held
from syndicate.schedules.scope import Scope
from syndicate.subscribers.model import Digest, Status
from tests.cli.conftest import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
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


def test_what_a_greeting_says_is_noted_with_the_reader(
    synced: Callable[..., Result], app: App
) -> None:
    known = ("--name", "Ann Lee", "--field", "city", "Example Town")
    assert synced("subscribers", "add", READER, "-c", "tech", *known).exit_code == 0
    reader = app.subscribers.find(READER).id
    found = app.subscribers.recipients([reader], ["name", "city"])[reader]
    assert found.fields == {"name": "Ann Lee", "city": "Example Town"}
    wrong = synced("subscribers", "add", READER, "-c", "tech", "--field", "City!", "x")
    assert wrong.exit_code == 2
    assert "'City!' is no name of a field, such as 'city'" in wrong.stderr


@pytest.fixture
def subscribed(synced: Callable[..., Result]) -> Callable[..., Result]:
    """The same, with one confirmed reader of tech."""
    assert synced("subscribers", "add", READER, "-c", "tech").exit_code == 0
    assert synced("subscribers", "confirm", READER).exit_code == 0
    return synced


# Subscribers


def test_a_reader_is_switched_to_one_mail_and_back(synced: Callable[..., Result], app: App) -> None:
    synced("subscribers", "add", READER, "-c", "tech", "-c", "TechWeb")
    result = synced("subscribers", "together", READER, "--first", "TechWeb")
    assert result.output == f"{READER}: all daily digests in one mail\n"
    assert app.subscribers.find(READER).together == {"daily": ("TechWeb",)}
    result = synced("subscribers", "together", READER, "--off")
    assert result.output == f"{READER}: all daily digests one mail each\n"
    assert app.subscribers.find(READER).together == {}
    wrong = synced("subscribers", "together", READER, "--cadence", "hourly")
    assert wrong.exit_code == 2
    assert "no cadence 'hourly'" in wrong.stderr


def test_a_reader_is_noted_then_confirmed(synced: Callable[..., Result], app: App) -> None:
    result = synced("subscribers", "add", "Reader@Mail.example", "-c", "tech", "-c", "TechWeb")
    assert "Reader@mail.example is noted" in result.stdout
    assert "syndicate subscribers confirm" in result.stdout
    assert app.subscribers.find(READER).status is Status.PENDING
    assert "2 subscriptions confirmed" in synced("subscribers", "confirm", READER).stdout
    found = app.subscribers.find(READER)
    assert found.states == {
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


def test_a_test_goes_where_it_is_told_to_and_cuts_nothing(
    subscribed: Callable[..., Result], site: Path, app: App
) -> None:
    addresses = ["me@mail.example", "you@mail.example"]
    argv = [word for address in addresses for word in ("--test", address)]
    result = subscribed("digest", "send", "tech", *argv)
    assert result.exit_code == 0
    for address in addresses:
        assert f"Sent a test to {address}: 250" in result.stdout
    assert sorted(mail["To"] for mail in mails(site)) == addresses
    assert mails(site)[0]["Subject"].startswith("[Test] ")
    assert app.pending.counts("daily")["tech"] == 1
    assert app.ledger.active() == []


def test_of_several_addresses_one_that_is_none_stops_them_all(
    subscribed: Callable[..., Result], site: Path
) -> None:
    result = subscribed("digest", "send", "tech", "--test", "me@mail.example", "--test", "you")
    assert "'you' is no mail address" in told(result)
    assert mails(site) == []


def test_a_test_can_be_sent_of_a_category_without_news(
    subscribed: Callable[..., Result], site: Path
) -> None:
    subscribed("digest", "send", "tech")
    assert subscribed("digest", "send", "tech", "--test", "me@mail.example").exit_code == 0
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
        (["tech", "--test", "me"], "'me' is no mail address"),
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
    for to in ([], ["--test", "me@mail.example"]):
        result = subscribed("digest", "send", "tech", *to)
        assert "[mail] postal_address: is missing" in told(result)
        assert result.exit_code == 2
    assert app.pending.counts("daily")["tech"] == 1
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


def test_a_script_is_told_what_was_sent_and_what_was_not(
    subscribed: Callable[..., Result], site: Path
) -> None:
    settings = site / "syndicate.toml"
    text = settings.read_text()
    settings.write_text(text.replace("[mail]", '[mail]\nrelay = "smtp://127.0.0.1:1"'))
    failed = subscribed("digest", "send", "tech", "--json")
    found = json.loads(failed.stdout)
    assert (found["edition"], found["mailing"], found["posts"]) == (1, 1, 1)
    assert (found["audience"], found["sent"], found["open"]) == (1, 0, 1)
    assert f"mailing 1 waits: {found['trouble']}" == told(failed)
    settings.write_text(text)
    nothing = json.loads(subscribed("digest", "send", "tech", "--json").stdout)
    assert nothing == {"edition": None, "cadence": "daily", "category": "tech"}
    test = subscribed("digest", "send", "tech", "--test", "me@mail.example", "--json")
    (sent,) = json.loads(test.stdout)["tests"]
    assert sent["address"] == "me@mail.example"
    assert sent["reply"].startswith("250")


def test_an_edition_that_waits_for_approval_is_a_draft_to_scripts_too(
    subscribed: Callable[..., Result], site: Path
) -> None:
    with (site / "syndicate.toml").open("a") as file:
        file.write('[[digests]]\ncadence = "daily"\napproval = true\n')
    found = json.loads(subscribed("digest", "send", "tech", "--json").stdout)
    assert (found["edition"], found["state"], found["mailing"]) == (1, "draft", None)
    shown = json.loads(subscribed("editions", "show", "1", "--json").stdout)
    assert shown.items() >= found.items()


# Before anything is sent


def planned(run: Callable[..., Result], *argv: str) -> list[dict[str, Any]]:
    result = run("digest", "plan", *argv, "--json")
    assert result.exit_code == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def test_a_plan_says_who_would_get_what_and_cuts_nothing(
    subscribed: Callable[..., Result], app: App
) -> None:
    (found,) = planned(subscribed, "tech", "--cadence", "daily")
    slot = datetime.fromisoformat(found["slot"])
    assert (slot.hour, slot.utcoffset()) == (8, timedelta(hours=8))
    assert [(post["title"], post["step"]) for post in found["posts"]] == [("New", "full")]
    assert (found["cut"], found["approval"], found["audience"]) == (True, False, 1)
    assert (found["language"], found["relay"]) == ("en", "outbox")
    assert 0 < found["text_bytes"] < found["html_bytes"] < found["message_bytes"]
    assert found["findings"] == []
    assert app.pending.counts("daily")["tech"] == 1
    assert app.editions.latest(1) == []


def test_a_plan_of_all_has_a_line_for_each_digest_that_something_waits_for(
    subscribed: Callable[..., Result],
) -> None:
    everything = {(each["cadence"], each["category"]) for each in planned(subscribed)}
    assert everything == {(c, n) for c in ("daily", "weekly") for n in ("tech", "TechWeb")}
    table = subscribed("digest", "plan").stdout.splitlines()
    assert len(table) == 5
    daily = next(line.split() for line in table if line.split()[:2] == ["daily", "tech"])
    assert daily[4:6] == ["1", "0"]
    assert daily[7:] == ["1", "0", "0", "yes"]
    subscribed("digest", "send", "TechWeb")
    assert ("daily", "TechWeb") not in {
        (each["cadence"], each["category"]) for each in planned(subscribed)
    }


def test_a_plan_for_people_names_posts_sizes_and_readers(
    subscribed: Callable[..., Result],
) -> None:
    said = subscribed("digest", "plan", "tech", "--cadence", "daily").stdout
    for part in (
        "The daily digest of tech",
        "Asia/Shanghai",
        "1, in en",
        "captured",
        "full",
        "New",
    ):
        assert part in said
    assert "of 100,000 bytes" in said


def test_a_plan_says_why_there_would_be_no_edition(
    subscribed: Callable[..., Result], site: Path
) -> None:
    settings = site / "syndicate.toml"
    text = settings.read_text()
    settings.write_text(text + '[[digests]]\ncadence = "daily"\nminimum = 3\n')
    (found,) = planned(subscribed, "tech", "--cadence", "daily")
    assert (found["cut"], found["why"]) == (False, "1 of at least 3 posts wait")
    settings.write_text(text + '[[digests]]\ncadence = "daily"\napproval = true\n')
    assert "once it is approved" in subscribed("digest", "plan", "tech").stdout
    settings.write_text(text + '[[digests]]\ncadence = "daily"\noldest = 1\n')
    (found,) = planned(subscribed, "tech", "--cadence", "daily")
    assert (found["cut"], found["too_old"], found["posts"]) == (False, ["New"], [])


def test_of_a_digest_that_nothing_waits_for_a_plan_says_only_that(
    subscribed: Callable[..., Result],
) -> None:
    subscribed("digest", "send", "tech")
    (found,) = planned(subscribed, "tech", "--cadence", "daily")
    assert (found["cut"], found["why"], found["posts"]) == (False, "nothing waits", [])
    said = subscribed("digest", "plan", "tech", "--cadence", "daily").stdout
    assert "no: nothing waits" in said
    assert "subject" not in said


@pytest.mark.slow
def test_strict_fails_for_an_error_and_for_no_warning(
    write: Callable[..., Path], synced: Callable[..., Result]
) -> None:
    body = "![ ](https://blog.example/a.png)" + "\n\nWords of which there are many." * 200
    write("pictured", "tech", body=body)
    synced("sync")
    (found,) = planned(synced, "tech", "--cadence", "daily")
    assert [finding["name"] for finding in found["findings"]] == ["image-size"]
    assert synced("digest", "plan", "--strict").exit_code == 0
    write("wrong", "tech", body="See [https://bank.example](https://evil.example/login) there.")
    synced("sync")
    assert synced("digest", "plan").exit_code == 0
    result = synced("digest", "plan", "tech", "--strict")
    assert result.exit_code == 1
    assert "error link-elsewhere: it says bank.example and leads to evil.example" in result.stdout


def test_links_are_asked_for_only_when_told_to(
    synced: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(_client: object, urls: Iterable[str], _seconds: float) -> dict[str, int | str]:
        asked.extend(urls)
        return dict.fromkeys(asked, 404)

    monkeypatch.setattr("syndicate.reports.forecast.reach", answer)
    assert planned(synced, "tech")[0]["findings"] == []
    assert asked == []
    found = planned(synced, "tech", "--links")
    assert {finding["name"] for each in found for finding in each["findings"]} == {"link-dead"}
    # Each once, and none of our own web app, where a reader's own links lead.
    assert len(asked) == len(set(asked)) > 0
    assert all(url.startswith("https://blog.example") for url in asked)


def test_a_preview_is_written_and_nothing_is_cut(
    subscribed: Callable[..., Result], site: Path, app: App, tmp_path: Path
) -> None:
    result = subscribed("digest", "preview", "tech", "--no-serve", "--output", tmp_path / "out")
    assert result.exit_code == 0
    names = ["digest.html", "digest.txt", "digest.eml"]
    assert result.stdout.splitlines() == [str(tmp_path / "out" / name) for name in names]
    html, text, source = ((tmp_path / "out" / name).read_bytes() for name in names)
    mail = email.message_from_bytes(source, policy=email.policy.default)
    for kind, data in (("html", html), ("plain", text)):
        body = mail.get_body((kind,))
        assert body
        said = body.get_content().replace("\r\n", "\n")
        assert said.strip().encode() == data.strip()
    assert b"A paragraph." in text
    assert b".invalid" not in html + text
    assert app.pending.counts("daily")["tech"] == 1
    assert mails(site) == []


def test_a_preview_without_news_is_of_the_newest_posts(
    subscribed: Callable[..., Result], site: Path
) -> None:
    subscribed("digest", "send", "tech")
    assert subscribed("digest", "preview", "tech", "--no-serve").exit_code == 0
    assert "Old" in (site / ".syndicate" / "preview" / "digest.txt").read_text()


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["preview", "tehc", "--no-serve"], "no category 'tehc'; did you mean 'tech'?"),
        (["preview", "tech", "--cadence", "hourly"], "no cadence 'hourly'"),
        (["plan", "tehc"], "no category 'tehc'; did you mean 'tech'?"),
        (["plan", "--cadence", "hourly"], "no cadence 'hourly'"),
        (["preview", "tech", "--output", "/dev/null/x"], "can't write /dev/null/x"),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    synced: Callable[..., Result], argv: list[str], line: str
) -> None:
    result = synced("digest", *argv)
    assert line in told(result)
    assert result.exit_code == (1 if "category" in line else 2)


@pytest.mark.slow
@pytest.mark.usefixtures("synced")
def test_a_preview_is_served_until_ctrl_c(site: Path) -> None:
    command = [sys.executable, "-m", "syndicate", "digest", "preview", "tech", "--site", str(site)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(4)]
        url = lines[-1].split()[0]
        assert url.startswith("http://127.0.0.1:")
        with urlopen(url, timeout=30) as answer:  # noqa: S310 - on this machine
            assert b"<iframe" in answer.read()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


# Schedules


def test_cadences_are_listed_with_what_waits_for_them(synced: Callable[..., Result]) -> None:
    listed = synced("schedule", "list").stdout
    daily = next(line for line in listed.splitlines() if "daily" in line)
    assert daily.split()[1:6] == ["0", "8", "*", "*", "*"]
    assert "08:00 Asia/Shanghai" in daily
    assert daily.split()[-3:] == ["2", "2", "–"]


def test_a_held_slot_is_listed(synced: Callable[..., Result], app: App) -> None:
    eight = datetime(2024, 5, 17, tzinfo=UTC)
    due, slot = Due(Scope("daily"), eight), "2024-05-17T00:00:00Z"
    app.schedules.add(due)
    app.schedules.claim(due, None, hold=Held(slot, due.scope, eight))
    assert slot in synced("schedule", "list").stdout
