"""`syndicate delivery`, and an edition that is watched."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from syndicate.cli import watching
from syndicate.delivery.model import MailingState
from syndicate.errors import NotFoundError, RelayError
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from syndicate.app import App
    from tests.conftest import Clock

TECH = Digest("daily", "tech")


@pytest.fixture
def ordered(app: App, write_post: Callable[..., Path], sink: Path) -> int:
    """A mailing to three readers, still to be planned."""
    assert sink.exists()
    for name in ("one", "two", "three"):
        number = app.subscribers.add(f"{name}@mail.example", app.clock())
        app.subscribers.change(number, [TECH], Status.ACTIVE, app.clock(), {})
    app.sync()
    write_post("first", "tech")
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition
    return app.desk.order(edition.id)


def send(app: App, mailing: int) -> None:
    for chunk in app.plan(mailing):
        app.deliver(mailing, chunk)


@pytest.fixture
def delivery(ordered: int, site: Path, syndicate: Callable[..., Result]) -> Callable[..., Result]:
    assert ordered == 1
    return lambda *argv: syndicate("delivery", *argv, "--site", site)


def test_a_readers_mail_is_explained_by_address_and_by_id(
    delivery: Callable[..., Result], app: App, ordered: int
) -> None:
    send(app, ordered)
    told = delivery("explain", "two@mail.example")
    assert told.exit_code == 0
    assert told.stdout == (
        "mailing 1: daily digest of tech, edition 1\n"
        "  Sent at 2026-11-23 14:00:00 by relay default.\n"
    )
    (one,) = json.loads(delivery("explain", "2", "m1", "--json").stdout)
    assert (one["mailing"], one["editions"], one["fate"]) == (1, [1], "sent")
    assert one["first"] == one["last"] == "2026-11-23T06:00:00+00:00"
    assert (one["relays"], one["reply"]) == (["default"], "")
    wrong = delivery("explain", "nobody@mail.example")
    assert wrong.exit_code == 1
    assert "no subscriber nobody@mail.example" in wrong.stderr


@pytest.mark.slow
def test_mailings_are_listed_by_what_the_other_commands_take(
    delivery: Callable[..., Result], app: App, ordered: int
) -> None:
    send(app, ordered)
    (row,) = json.loads(delivery("list", "--json").stdout)
    assert (row["mailing"], row["state"], row["sent"], row["open"]) == (1, "sent", 3, 0)
    assert "m1" in delivery("list").stdout
    for name in ("m1", "1"):
        assert delivery("release", name).stdout == "0 messages of mailing 1 are tried again.\n"


def test_outcomes_are_written_to_a_file_or_a_pipe(
    delivery: Callable[..., Result], app: App, ordered: int, tmp_path: Path
) -> None:
    send(app, ordered)
    piped = delivery("export", "m1")
    rows = list(csv.DictReader(io.StringIO(piped.stdout)))
    assert [row["state"] for row in rows] == ["sent"] * 3
    assert piped.stderr == "3 deliveries\n"
    path = tmp_path / "m1.csv"
    assert delivery("export", "m1", path, "--addresses").exit_code == 0
    addresses = {row["address"] for row in csv.DictReader(path.read_text().splitlines())}
    assert addresses == {"one@mail.example", "two@mail.example", "three@mail.example"}
    assert delivery("export", "m9", path).stderr == "error: no mailing 9\n"
    assert path.read_text().count("\n") == 4


def test_what_to_retry_has_to_be_said(delivery: Callable[..., Result]) -> None:
    refused = delivery("retry", "m1")
    assert refused.exit_code == 2
    assert "--failed, --uncertain, or both" in refused.stderr
    assert (
        delivery("retry", "m1", "--failed").stdout == "0 messages of mailing 1 are tried again.\n"
    )


def test_what_names_no_mailing_is_one_line(delivery: Callable[..., Result]) -> None:
    for word in ("tech", "9", "m-1"):
        told = delivery("retry", word, "--failed")
        assert (told.exit_code, told.stderr.count("\n")) == (1, 1)


def test_a_watched_edition_is_a_line_at_each_look_until_it_has_ended(
    app: App, ordered: int, clock: Clock
) -> None:
    page = io.StringIO()

    def pause(seconds: float) -> None:
        clock.advance(seconds=seconds)
        if not list(app.plan(ordered)):
            app.deliver(ordered, 0)

    watching.watch(app, 1, Console(file=page, width=200), pause)
    assert page.getvalue().splitlines() == [
        "mailing 1 ordered: 0 of 0 sent",
        "mailing 1 sending: 0 of 3 sent, 3 open",
        "mailing 1 sent: 3 of 3 sent",
    ]


def test_an_edition_that_has_arrived_is_watched_for_one_look(
    app: App, ordered: int, site: Path, syndicate: Callable[..., Result]
) -> None:
    send(app, ordered)
    told = syndicate("editions", "show", "1", "--watch", "--site", site)
    assert (told.exit_code, told.stdout) == (0, "mailing 1 sent: 3 of 3 sent\n")


def test_what_is_watched_is_for_people(
    ordered: int, site: Path, syndicate: Callable[..., Result]
) -> None:
    told = syndicate("editions", "show", str(ordered), "--watch", "--json", "--site", site)
    assert (told.exit_code, told.stdout) == (2, "")
    assert "--watch is for people" in told.stderr


def test_a_terminal_shows_relays_in_trouble_and_domains(
    app: App, ordered: int, clock: Clock
) -> None:
    list(app.plan(ordered))
    app.roads.report("default", RelayError("it hung up", "421 4.3.2 shutting down"))
    outcome = '{"state":"failed","reply":"550 5.1.1 no such user"}'
    app.store.text.hset(app.store.keys.part(ordered, "outcomes"), "0", outcome)
    page = io.StringIO()

    def end(seconds: float) -> None:
        clock.advance(seconds=seconds)
        app.ledger.move(ordered, MailingState.CANCELLED, "seen enough", clock())

    screen = Console(file=page, width=120, force_terminal=True, color_system=None)
    watching.watch(app, 1, screen, end)
    shown = page.getvalue()
    assert "relay default is down: it hung up" in shown
    assert "mail.example  failed  1" in shown
    assert "By domain only what isn't plainly sent is known." in shown
    assert "mailing 1 cancelled" in shown
    assert "seen enough" in shown


def test_who_stops_watching_stops_nothing(
    app: App, ordered: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    watching.watch(app, 1, Console(file=io.StringIO()), interrupt)
    assert app.ledger.get(ordered).state is MailingState.ORDERED
    assert capsys.readouterr().err == "Not watched any more; edition 1 goes on.\n"


def test_what_is_not_on_its_way_cannot_be_watched(
    app: App, ordered: int, write_post: Callable[..., Path]
) -> None:
    assert ordered
    write_post("second", "tech")
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition
    with pytest.raises(NotFoundError, match="isn't on its way yet"):
        watching.watch(app, edition.id, Console(file=io.StringIO()))
