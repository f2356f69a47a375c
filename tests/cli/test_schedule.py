"""`syndicate schedule`: what a person sets is what goes out, and what he gets wrong is a line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from syndicate.schedules.agenda import Change
from syndicate.schedules.scope import Scope
from syndicate.schedules.timetable import Entry, Timetable
from syndicate.subscribers import changes
from syndicate.subscribers.model import Digest, Status
from tests.cli.conftest import told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from syndicate.app import App

TECH = Digest("daily", "tech")


def test_a_timetable_is_set_shown_and_removed(synced: Callable[..., Result]) -> None:
    done = synced("schedule", "set", "daily", "--category", "tech", "--cron", "0 9 * * *")
    assert done.exit_code == 0, done.stderr
    assert "0 9 * * * Asia/Shanghai" in done.output
    shown = json.loads(synced("schedule", "show", "daily", "--category", "tech", "--json").stdout)
    assert shown["cron"] == "0 9 * * *"
    assert len(shown["changes"]) == 1
    rows = json.loads(synced("schedule", "next", "--days", "1", "--json").stdout)
    assert {(row["category"], row["at"][11:16]) for row in rows if row["cadence"] == "daily"} == {
        ("", "08:00"),
        ("tech", "09:00"),
    }
    assert synced("schedule", "remove", "daily", "--category", "tech").exit_code == 0
    again = synced("schedule", "remove", "daily", "--category", "tech")
    assert "no timetable of its own" in told(again)


def test_where_each_readers_clock_counts_the_calendar_says_from_when_to_when(
    synced: Callable[..., Result], site: Path, app: App
) -> None:
    with (site / "syndicate.toml").open("a") as file:
        file.write('\n[[cadences]]\nname = "daily"\ncron = "0 8 * * *"\nlocal = true\n')
    for name, zone in (("ann", "Pacific/Kiritimati"), ("bob", "America/New_York")):
        reader = app.subscribers.add(f"{name}@y.example", app.clock())
        app.subscribers.change(reader, [TECH], Status.ACTIVE, app.clock(), {})
        app.subscribers.alter(reader, partial(changes.describe, zone=zone), app.clock(), {})
    rows = json.loads(synced("schedule", "next", "--days", "3", "--json").stdout)
    first, *_ = (row for row in rows if row["cadence"] == "daily")
    begins = {name: datetime.fromisoformat(first[name]) for name in ("from", "at", "until")}
    assert begins["at"] - begins["from"] == timedelta(hours=6)
    assert begins["until"] - begins["at"] in {timedelta(hours=12), timedelta(hours=13)}
    now = datetime.now(UTC)
    # What has begun for somebody can't be skipped any more, and isn't next.
    assert begins["from"] > now
    assert first["at"][11:16] == "08:00"
    line = next(
        line for line in synced("schedule", "next").output.splitlines() if " local " in line
    )
    assert "08:00 local" in line
    assert f"{begins['from']:%a %H:%M} to {begins['until']:%a %H:%M} CST" in line
    skipped = synced("schedule", "skip", "daily").output
    assert f"skips its slot of {begins['at']:%Y-%m-%d %H:%M}" in skipped


def test_what_is_exported_is_applied_and_changes_nothing(
    synced: Callable[..., Result], tmp_path: Path
) -> None:
    synced("schedule", "set", "daily", "--category", "tech", "--cron", "0 9 * * *")
    for name, more in (("plan.toml", ()), ("plan.json", ("--json",))):
        (tmp_path / name).write_text(synced("schedule", "export", *more).stdout)
        done = synced("schedule", "apply", tmp_path / name, "--dry-run")
        assert done.output == "Nothing to change.\n"
    (tmp_path / "none.toml").write_text("")
    dry = synced("schedule", "apply", tmp_path / "none.toml", "--dry-run")
    assert dry.output.startswith("would change the daily digest of tech: removed")
    assert "tech" in synced("schedule", "export").stdout
    assert synced("schedule", "apply", tmp_path / "none.toml").exit_code == 0
    assert "tech" not in synced("schedule", "export").stdout


def test_a_script_is_told_each_change_with_what_was_before(
    synced: Callable[..., Result], tmp_path: Path
) -> None:
    done = synced("schedule", "set", "daily", "--category", "tech", "--cron", "0 9 * * *", "--json")
    assert json.loads(done.stdout)["cron"] == "0 9 * * *"
    own = {"cron": "0 9 * * *", "zone": "Asia/Shanghai", "grace": 6.0}
    change = {"cadence": "daily", "category": "tech", "before": own, "after": None}
    (tmp_path / "none.toml").touch()
    dry = synced("schedule", "apply", tmp_path / "none.toml", "--dry-run", "--json")
    assert json.loads(dry.stdout) == {"dry_run": True, "changes": [change]}
    gone = synced("schedule", "remove", "daily", "--category", "tech", "--json")
    assert json.loads(gone.stdout) == change


def test_a_timetable_of_a_cadence_that_is_gone_can_be_removed(
    synced: Callable[..., Result], app: App
) -> None:
    entry = Entry(Timetable("0 9 * * *", "Asia/Shanghai", 6.0), "ops", app.clock())
    scope = Scope("hourly")
    app.schedules.put(Change(app.clock(), "ops", scope, "set"), None, entry, app.clock(), [])
    assert synced("schedule", "remove", "hourly").exit_code == 0
    assert scope not in app.schedules.all()


def test_each_fault_of_a_file_is_a_line_with_its_place(
    synced: Callable[..., Result], tmp_path: Path
) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(
        '[[timetables]]\ncadence = "daily"\ncron = "61 * * * *"\nzone = "Mars"\ngrace = 1\n'
        '[[timetables]]\ncadence = "daily"\n'
    )
    result = synced("schedule", "apply", path)
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("error: plan.toml: [[timetables]] no. 1 cron: ")
    assert lines[1].startswith("error: plan.toml: [[timetables]] no. 1 zone: ")
    assert lines[2] == "error: plan.toml: [[timetables]] no. 2 cron: is missing"


def test_exceptions_are_made_and_undone(synced: Callable[..., Result]) -> None:
    once = ("schedule", "once", "daily", "--at", "2099-12-24 18:00")
    assert "goes out once at 2099-12-24 18:00 Asia/Shanghai" in synced(*once).output
    assert "already" in told(synced(*once))
    assert synced(*once, "--undo").exit_code == 0
    assert "isn't to go out once" in told(synced(*once, "--undo"))
    assert "skips its slot of" in synced("schedule", "skip", "daily").output
    assert "skipped" in synced("schedule", "next").output
    assert synced("schedule", "skip", "daily", "--undo").exit_code == 0
    assert "no slot" in told(synced("schedule", "skip", "daily", "--undo"))
    assert "is no time" in told(synced("schedule", "once", "daily", "--at", "soon"))
