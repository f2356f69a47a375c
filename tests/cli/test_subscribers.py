"""`syndicate subscribers`: what is done to one or to many is shown before, and written down."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from syndicate.subscribers.model import Status
from tests.cli.conftest import told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from syndicate.app import App

PEOPLE = """\
email,status,date,city
ann@mail.example,subscribed,2024-01-02,Bonn
ben@mail.example,subscribed,2024-02-03,Köln
cem@post.example,subscribed,2024-03-04,=1+1
dora@post.example,unsubscribed,2024-04-05,
"""
IMPORT = ("-c", "tech", "--map", "date=created", "--map", "city=own:city")


@pytest.fixture
def people(synced: Callable[..., Result], tmp_path: Path) -> Callable[..., Result]:
    """Four people of an imported list; gives `syndicate subscribers`."""
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")

    def run(*words: object) -> Result:
        return synced("subscribers", *words)

    result = run("import", path, *IMPORT)
    assert result.exit_code == 0, result.output
    return run


def found(people: Callable[..., Result], *words: str) -> list[dict[str, Any]]:
    return list(json.loads(people("list", "--json", *words).stdout))


def statuses(people: Callable[..., Result]) -> dict[str, str]:
    return {row["address"]: row["status"] for row in found(people)}


def shown(people: Callable[..., Result], who: object) -> dict[str, Any]:
    result = people("show", who, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


# Looking


def test_all_that_is_kept_of_a_person_is_shown(people: Callable[..., Result]) -> None:
    one = shown(people, "ANN@mail.example")
    assert one == shown(people, one["id"])
    assert one["fields"] == {"city": "Bonn"}
    (subscription,) = one["subscriptions"]
    assert (subscription["category"], subscription["state"]) == ("tech", "active")
    (consent,) = one["consents"]
    assert consent["how"]["signed_up"] == "2024-01-02T00:00:00Z"
    assert consent["imported"]["file"] == "people.csv"
    assert consent["imported"]["line"] == "2"
    text = people("show", "ann@mail.example").stdout
    assert "ann@mail.example" in text
    assert "people.csv" in text


def test_nobody_is_told_in_one_line(people: Callable[..., Result]) -> None:
    assert told(people("show", "no@mail.example")).startswith("no subscriber no@mail.example")
    assert told(people("show", "99")) == "no subscriber with id 99"
    assert "is no mail address" in told(people("show", "no"))


def test_of_an_address_that_is_only_suppressed_it_is_said_why(
    people: Callable[..., Result],
) -> None:
    people("suppress", "@trap.example", "--why", "a trap")
    one = shown(people, "x@trap.example")
    assert one == {
        "address": "x@trap.example",
        "status": "no subscriber",
        "suppression": "operator",
    }


def test_people_are_found_by_a_part_of_their_address_and_by_domain(
    people: Callable[..., Result],
) -> None:
    def addresses(text: str) -> list[str]:
        return [row["address"] for row in json.loads(people("find", text, "--json").stdout)]

    assert addresses("EN@") == ["ben@mail.example"]
    assert set(addresses("@post.example")) == {"cem@post.example", "dora@post.example"}
    assert addresses("@example") == []
    assert "ben@mail.example" in people("find", "ben").stdout


def test_a_list_is_as_long_as_asked_and_of_whom_it_is_asked(people: Callable[..., Result]) -> None:
    assert [row["address"] for row in found(people, "--where", "status=left")] == [
        "dora@post.example"
    ]
    assert len(found(people, "--limit", "2")) == 2
    assert "and more" in people("list", "--limit", "2").stderr
    assert len(found(people, "-c", "tech")) == 4
    assert told(people("list", "--where", "tech")).startswith("'tech' is no condition")


def test_people_are_counted(people: Callable[..., Result]) -> None:
    counted = json.loads(people("stats", "--json").stdout)
    assert counted["people"] == {"pending": 0, "active": 3, "left": 1, "suppressed": 0}
    assert counted["suppressions"] == 0
    assert "active" in people("stats").stdout


def test_the_check_finds_nothing(people: Callable[..., Result]) -> None:
    result = people("verify")
    assert (result.exit_code, result.stdout) == (0, "0 faults\n")


def test_the_check_finds_and_mends(people: Callable[..., Result], app: App) -> None:
    app.store.text.delete(app.store.keys.subscribed("daily", "tech"))
    assert people("verify", "--json").exit_code == 1
    assert people("verify", "--repair").exit_code == 0
    assert people("verify").exit_code == 0


# Changing one


def test_a_person_is_tagged(people: Callable[..., Result]) -> None:
    assert people("tag", "ann@mail.example", "team=red", "city=").exit_code == 0
    assert shown(people, "ann@mail.example")["fields"] == {"team": "red"}
    assert "as before" in people("tag", "ann@mail.example", "team=red").stdout
    assert "is no FIELD=VALUE" in people("tag", "ann@mail.example", "Team").stderr
    assert "must be one line" in people("tag", "ann@mail.example", "team=a\nb").stderr


def test_a_change_says_by_whom_it_was_made_and_why(people: Callable[..., Result]) -> None:
    people("unsubscribe", "ann@mail.example", "--why", "by phone")
    how = shown(people, "ann@mail.example")["consents"][-1]["how"]
    assert how["method"] == "operator"
    assert how["why"] == "by phone"
    assert how["by"]


def test_one_leaves_what_is_named(people: Callable[..., Result]) -> None:
    people("add", "ann@mail.example", "-c", "TechWeb", "--cadence", "weekly")
    people("unsubscribe", "ann@mail.example", "--cadence", "weekly")
    states = {
        row["cadence"]: row["state"] for row in shown(people, "ann@mail.example")["subscriptions"]
    }
    assert states == {"daily": "active", "weekly": "left"}
    people("unsubscribe", "ann@mail.example")
    assert shown(people, "ann@mail.example")["status"] == "left"


def test_one_is_suppressed_and_let_go(people: Callable[..., Result]) -> None:
    assert "1 subscribers get nothing more" in people("suppress", "ann@mail.example").stdout
    assert statuses(people)["ann@mail.example"] == "suppressed"
    assert "1 subscribers get mail again" in people("lift", "ann@mail.example").stdout
    assert statuses(people)["ann@mail.example"] == "active"
    assert "not on the suppression list" in told(people("lift", "ann@mail.example"))


def test_a_domain_is_suppressed(people: Callable[..., Result]) -> None:
    assert "2 subscribers" in people("suppress", "@post.example").stdout
    assert "would be suppressed" in people("suppress", "@mail.example", "--dry-run").stdout
    assert sorted(statuses(people).values()) == ["active", "active", "suppressed", "suppressed"]


def test_one_is_forgotten_when_it_is_meant(people: Callable[..., Result]) -> None:
    assert "say --yes" in told(people("forget", "ann@mail.example"))
    assert people("forget", "ann@mail.example", "--dry-run").exit_code == 0
    assert "ann@mail.example" in statuses(people)
    assert people("forget", "ann@mail.example", "--yes").exit_code == 0
    assert "ann@mail.example" not in statuses(people)


# Changing many


@pytest.mark.parametrize(
    ("command", "words"),
    [("tag", ("team=red",)), ("unsubscribe", ()), ("suppress", ()), ("forget", ())],
)
def test_a_dry_run_shows_whom_it_is_about_and_changes_nothing(
    people: Callable[..., Result], command: str, words: tuple[str, ...]
) -> None:
    before = found(people)
    result = people(command, *words, "--where", "domain=mail.example", "--dry-run")
    assert result.exit_code == 0, result.output
    assert "2 subscribers would be" in result.stdout
    assert "ben@mail.example" in result.stdout
    assert "cem@post.example" not in result.stdout
    assert found(people) == before


def test_where_nobody_can_be_asked_many_are_left_alone(people: Callable[..., Result]) -> None:
    result = people("unsubscribe", "--where", "domain=mail.example")
    assert "nobody is there to be asked; say --yes" in told(result)
    assert list(statuses(people).values()).count("active") == 3


def test_many_are_changed_at_once(people: Callable[..., Result]) -> None:
    where = ("--where", "domain=mail.example", "--yes")
    assert "2 of 2 subscribers" in people("tag", "team=red", *where).stdout
    assert len(found(people, "--where", "own:team=red")) == 2
    assert "2 of 2" in people("unsubscribe", *where).stdout
    assert "0 of 2" in people("unsubscribe", *where).stdout
    assert "2 of 2" in people("suppress", *where).stdout
    assert "2 of 2" in people("forget", *where).stdout
    assert statuses(people).keys() == {"cem@post.example", "dora@post.example"}
    assert people("verify").exit_code == 0


def test_scripts_are_told_how_many_it_is_about_and_which(people: Callable[..., Result]) -> None:
    where = ("--where", "domain=mail.example", "--json")
    ids = [row["id"] for row in found(people, "--where", "domain=mail.example")]
    asked = people("tag", "team=red", *where)
    assert "say --yes" in told(asked)
    assert not asked.stdout
    facts: dict[str, Any] = {"fields": {"team": "red"}, "found": 2, "ids": ids}
    for word, dry_run, done in (("--dry-run", True, 0), ("--yes", False, 2), ("--yes", False, 0)):
        result = people("tag", "team=red", *where, word)
        assert json.loads(result.stdout) == facts | {"dry_run": dry_run, "done": done}


def test_whom_it_is_about_is_said_in_one_way(people: Callable[..., Result]) -> None:
    both = people("unsubscribe", "ann@mail.example", "--where", "status=active", "--yes")
    assert told(both).startswith("name either an ADDRESS or")
    assert told(people("unsubscribe")).startswith("name either an ADDRESS or")


# Adding


def test_a_name_is_one_line(people: Callable[..., Result]) -> None:
    result = people("add", "eve@mail.example", "-c", "tech", "--name", "Eve\nBcc: x")
    assert result.exit_code == 2
    assert "must be one line" in result.stderr
    assert "eve@mail.example" not in statuses(people)


# In and out


def test_what_an_import_takes_a_file_for_is_shown(
    people: Callable[..., Result], tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    result = people("import", path, *IMPORT, "--dry-run")
    assert result.exit_code == 0
    said = result.stderr
    assert "a list of its own, 5 lines, utf-8, delimiter ','" in said
    assert "date" in said
    assert "created" in said
    assert "ann@mail.example · ben@mail.example · cem@post.example" in said
    assert "unchanged" in result.stdout
    assert "line 2: ann@mail.example" in said


def test_rejected_rows_are_an_exit_code_and_a_file(
    people: Callable[..., Result], tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("email,since\nnobody,2024-01-01\neve@mail.example,2024-01-01\n")
    result = people("import", path, "-c", "tech", "--map", "since=created", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "counts": {"new": 1, "rejected": 1},
        "rejected": str(tmp_path / "bad.csv.rejected.csv"),
        "dry_run": False,
    }


def test_an_option_that_says_nothing_is_told(people: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    assert "'date' is no COLUMN=FIELD" in people("import", path, "--map", "date").stderr
    assert "no field 'when'" in told(people("import", path, "--map", "date=when"))
    assert "when these people agreed" in told(people("import", path, "-c", "tech"))


def test_an_export_is_imported_elsewhere_as_it_was(
    synced: Callable[..., Result],
    people: Callable[..., Result],
    prefix: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    out, again = tmp_path / "out.csv", tmp_path / "again.csv"
    assert "4 readers are in" in people("export", out).stdout
    assert "'=1+1" in out.read_text(encoding="utf-8")
    monkeypatch.setenv("SYNDICATE_REDIS__PREFIX", f"{prefix}-elsewhere")
    assert synced("sync").exit_code == 0
    assert people("import", out).exit_code == 0
    assert people("export", again).exit_code == 0
    assert sorted(lines(again)) == sorted(lines(out))
    assert shown(people, "cem@post.example")["fields"] == {"city": "=1+1"}
    assert people("verify").exit_code == 0


def test_an_export_goes_to_standard_output_and_is_of_whom_it_is_asked(
    people: Callable[..., Result],
) -> None:
    text = people("export", "--where", "status=left").stdout
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["address"] == "dora@post.example"
    (line,) = people("export", "--where", "status=left", "--json").stdout.splitlines()
    assert json.loads(line)["address"] == "dora@post.example"


def test_a_file_that_cant_be_written_is_told(people: Callable[..., Result]) -> None:
    assert told(people("export", "/nowhere/out.csv")).startswith("can't write /nowhere/out.csv")


def test_every_command_has_an_example() -> None:
    from syndicate.cli.subscribers import subscribers  # noqa: PLC0415 - looks for what is there

    for name, command in subscribers.commands.items():
        if name != "stats":
            assert f"syndicate subscribers {name}" in (command.help or ""), name


# An import that is killed


@pytest.mark.slow
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL])
def test_an_import_that_is_killed_goes_on_with_the_same_command(
    synced: Callable[..., Result], site: Path, app: App, tmp_path: Path, way: signal.Signals
) -> None:
    # Enough for several seconds: it must not be over before it hears of its end.
    many, path = 40_000, tmp_path / "many.csv"
    people = (f"reader{n}@mail.example,2024-01-01\n" for n in range(many))
    path.write_text("".join(["email,since\n", *people, "nobody,\n"]))
    words = ("subscribers", "import", str(path), "-c", "tech", "--map", "since=created", "--json")
    command = [sys.executable, "-m", "syndicate", *words, "--site", str(site)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        # It is well under way as soon as it has noted how far.
        while not app.store.text.hexists(app.store.keys.imported_file(1), "progress"):
            assert process.poll() is None
        process.send_signal(way)
        _, said = process.communicate()
    if way is signal.SIGINT:
        assert process.returncode == 130, said
        assert said.decode().splitlines()[-1] == "Stopped; the same command goes on from here."
    assert 0 < app.subscribers.audiences().people[Status.ACTIVE] < many
    # Nobody lets go of it for one that was killed: Redis lets it expire, and tells nobody.
    while app.store.text.exists(app.store.keys.lock("import")):
        time.sleep(0.1)
    result = synced(*words)
    assert result.exit_code == 1, result.output
    counts = json.loads(result.stdout)["counts"]
    # What was saved, and not noted any more: two batches at most.
    assert counts.get("unchanged", 0) <= 512
    assert counts["new"] + counts.get("unchanged", 0) == many
    assert counts["rejected"] == 1
    assert "Went on after row" in result.stderr
    assert app.subscribers.audiences().people[Status.ACTIVE] == many
    assert synced("subscribers", "verify").exit_code == 0
