"""`--json` of all commands: what a script is told, and that it is told nothing else."""

from __future__ import annotations

import json
import mailbox
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import pytest

from syndicate.app import wall_clock
from syndicate.schedules.agenda import Due, Held
from syndicate.schedules.model import slot_name
from syndicate.schedules.scope import Scope
from syndicate.settings import load
from syndicate.store.keys import SCHEMA
from syndicate.store.pulse import Sign
from tests.cli.conftest import DAY
from tests.cli.test_main import ALL, NEEDED, found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result

    from syndicate.app import App

#: The post that is news.
NEW = f"_posts/{DAY}-new.md"
LEAVES = [path for path in ALL if not isinstance(found(path), click.Group)]


def has_json(path: tuple[str, ...]) -> bool:
    return any("--json" in parameter.opts for parameter in found(path).params)


#: What they write has a form of its own: CSV, HTML, a shell's script.
FORMED = {("delivery", "export"), ("digest", "preview"), ("completion",)}
#: They run until they are stopped.
RUNNERS = {("bounces", "listen"), ("demo",), ("outbox",), ("up",), ("web",)}

#: They change something: what a person types on one site, one after the other, and some of what
#: JSON says then.
DEEDS: list[tuple[str, dict[str, object]]] = [
    ("sync --rebuild", {"files": 2, "new": 0, "unchanged": 2, "problems": []}),
    ("posts fetch", {"remotes": [], "problems": []}),
    (f"posts skip {NEW} --category tech --cadence weekly", {"source": NEW}),
    (f"posts requeue {NEW} --cadence weekly --category tech", {"source": NEW}),
    ("subscribers add ann@mail.example -c tech -c TechWeb --name Ann", {"status": "pending"}),
    ("subscribers confirm ann@mail.example", {"id": 1, "status": "active", "confirmed": 2}),
    ("subscribers together ann@mail.example --first tech", {"together": {"daily": ["tech"]}}),
    ("subscribers together ann@mail.example --off", {"together": {}}),
    (
        "subscribers import {work}/people.csv -c tech --consent stand",
        {"counts": {"new": 2}, "dry_run": False},
    ),
    ("subscribers tag city=Bonn --where category=tech --dry-run", {"found": 3, "done": 0}),
    ("subscribers tag ben@mail.example city=Bonn", {"fields": {"city": "Bonn"}, "ids": [2]}),
    ("subscribers unsubscribe 2", {"dry_run": False, "found": 1, "done": 1, "ids": [2]}),
    ("subscribers suppress @mail.example --dry-run", {"entry": "@mail.example", "done": 0}),
    ("subscribers suppress --where own:city=Bonn --yes", {"found": 1, "done": 1}),
    ("subscribers lift ben@mail.example", {"entry": "ben@mail.example", "done": 1}),
    ("subscribers forget ben@mail.example --yes", {"found": 1, "done": 1}),
    ("editions hold 1 --why proof", {"edition": 1, "state": "held", "mailing": None}),
    ("editions approve 1", {"edition": 1, "state": "ordered", "mailing": 1, "sent": 0}),
    ("editions pause 1", {"state": "paused", "posts": 1}),
    ("editions resume 1", {"state": "ordered"}),
    ("editions cancel 1", {"state": "cancelled", "cadence": "daily", "category": "tech"}),
    ("digest send tech --test me@mail.example", {}),
    ("digest send TechWeb", {"edition": 2, "mailing": 2, "audience": 1, "sent": 1, "open": 0}),
    ("delivery retry m2 --failed", {"mailing": 2, "state": "sent", "tried_again": 0, "busy": 0}),
    ("delivery release m2", {"mailing": 2, "editions": [2], "tried_again": 0}),
    ("bounces poll", {"taken": 0}),
    ("bounces read {work}/came-back", {"taken": 1}),
    ("schedule set daily --grace 3", {"cadence": "daily", "grace": 3.0, "changed": True}),
    ("schedule remove daily", {"cadence": "daily", "category": ""}),
    ("schedule skip weekly", {"held": ["2024-05-20T00:00:00Z"]}),
    ("schedule once daily --at 2099-12-24T18:00Z", {"goes_out": True}),
    ("schedule run-held daily 2024-05-18T00:00:00Z", {"mailings": []}),
    ("schedule drop-held weekly 2024-05-20T00:00:00Z", {"dropped": True}),
    ("schedule apply {work}/none.toml", {"dry_run": False, "changes": []}),
    ("pause daily --why proof", {"cadence": "daily", "paused": True, "mailings": 0}),
    ("resume daily", {"cadence": "daily", "category": "", "paused": False}),
    ("relays test default", {"connected": "yes"}),
    ("relays pause default --why proof", {"relay": "default", "state": "paused"}),
    ("relays resume default", {"relay": "default", "state": "up", "resumed": True}),
    ("keys rotate", {"use": "signs", "signed_until": None}),
    ("templates eject digest style.css", {"kept": []}),
    ("migrate", {"dry_run": False, "from": SCHEMA, "to": SCHEMA, "steps": []}),
    ("unlock", {"was_locked": False, "unlocked": False, "mailings": []}),
    ("init {work}", {"file": "{work}/syndicate.toml"}),
    ("keys retire {key} --force", {"key": "{key}", "use": "none"}),
]
#: The same, of what takes longer.
LONGER: list[tuple[str, dict[str, object]]] = [
    ("backup {work}/monday", {"file": "{work}/monday", "schema": SCHEMA, "with_keys": True}),
    ("restore {work}/monday --check", {"file": "{work}/monday", "restored": False}),
]
WORDS = [words.split() for words, _ in DEEDS + LONGER]
DOERS = {path for path in LEAVES if any(words[: len(path)] == [*path] for words in WORDS)}
#: They look, and change nothing.
READERS = [path for path in LEAVES if has_json(path) and path not in DOERS]


def test_every_command_has_json_that_has_no_form_of_its_own_and_ends() -> None:
    without = {path for path in LEAVES if not has_json(path)}
    assert without == FORMED | RUNNERS


#: What is below them goes by names that people or machines gave.
BY_NAME = {"fields", "kinds", "languages", "together", "counts", "people", "suppressed"}


def keys_of(value: object) -> Iterator[str]:
    """Of every object in it, but of those by name."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield key
            if key not in BY_NAME:
                yield from keys_of(below)
    elif isinstance(value, list):
        for each in value:
            yield from keys_of(each)


def said(result: Result) -> object:
    """The JSON that is all of stdout; its keys are words."""
    assert "\x1b" not in result.stdout
    assert result.stdout, result.stderr
    found = json.loads(result.stdout)
    assert [key for key in keys_of(found) if not re.fullmatch(r"[a-z]+(?:_[a-z]+)*", key)] == []
    return found


#: What a reader needs that isn't there yet, or what would take it too far.
ELSEWHERE = {
    ("delivery", "explain"),
    ("editions", "show"),
    ("feeds", "check"),
    ("subscribers", "find"),
    ("subscribers", "show"),
}


def test_json_is_json_and_nothing_else(synced: Callable[..., Result], app: App) -> None:
    # Nobody has to be asked for one.
    app.pulse.sign("one", Sign(wall_clock().timestamp(), 0, ""))
    post = [NEW]
    named = {("relays", "show"): ["default"], ("posts", "show"): post, ("posts", "explain"): post}
    needed = NEEDED | named
    for path in READERS:
        if path in ELSEWHERE:
            continue
        result = synced(*path, *needed.get(path, []), "--json")
        assert result.exit_code in (0, 1), (path, result.output)
        assert result.exception is None or isinstance(result.exception, SystemExit), path
        if path != ("subscribers", "export"):
            said(result)


@pytest.fixture
def work(site: Path, app: App, synced: Callable[..., Result], tmp_path: Path) -> Path:
    """A site with something of all that can be changed, and a folder with what is taken in."""
    del synced
    with (site / "syndicate.toml").open("a") as file:
        file.write('\n[bounces]\nmaildir = "Maildir"\n')
    mailbox.Maildir(site / "Maildir").close()
    assert app.desk.cut("daily", "tech")
    for cadence, day in (("daily", 18), ("weekly", 20)):
        due = Due(Scope(cadence), datetime(2024, 5, day, tzinfo=UTC))
        app.schedules.add(due)
        app.schedules.claim(due, None, hold=Held(slot_name(due.moment), due.scope, due.moment))
    folder = tmp_path / "work"
    folder.mkdir()
    people = "email,status,created\nben@mail.example,active,2024-01-02\n"
    (folder / "people.csv").write_text(f"{people}cem@mail.example,active,2024-01-02\n")
    (folder / "came-back").write_text("From: box@mail.example\nSubject: Away\n\nIn May again.\n")
    (folder / "none.toml").touch()
    return folder


def check(run: Callable[..., Result], deed: str, facts: dict[str, object], **names: object) -> None:
    words = [word.format(**names) for word in deed.split()]
    result = run(*words, "--json")
    assert result.exit_code == 0, (deed, result.output)
    shown = said(result)
    assert isinstance(shown, dict), deed
    wanted = {key: v.format(**names) if isinstance(v, str) else v for key, v in facts.items()}
    assert {key: shown.get(key, "is missing") for key in wanted} == wanted, (deed, shown)


@pytest.mark.usefixtures("sink")
def test_what_was_done_is_one_object_with_its_facts(
    site: Path, syndicate: Callable[..., Result], synced: Callable[..., Result], work: Path
) -> None:
    key = load(site).key_file(wall_clock).ring().current.name
    for deed, facts in DEEDS:
        run = syndicate if deed.startswith("init") else synced
        check(run, deed, facts, work=work, key=key)


@pytest.mark.slow
def test_what_was_done_with_all_state_is_one_object_too(
    synced: Callable[..., Result], work: Path
) -> None:
    for deed, facts in LONGER:
        check(synced, deed, facts, work=work)


def test_what_is_not_done_leaves_stdout_empty(synced: Callable[..., Result]) -> None:
    for words in (
        ("editions", "approve", "7"),
        ("keys", "retire", "zz"),
        ("delivery", "list", "x"),
    ):
        result = synced(*words, "--json")
        assert result.exit_code in (1, 2)
        assert not result.stdout
