"""The note by which a machine vouches for a restarted Redis, in whatever condition it is."""

from __future__ import annotations

import fcntl
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.backups import unlocking
from syndicate.errors import LockedError, SettingsError
from syndicate.store.life import Life
from syndicate.store.note import NoteFile
from syndicate.store.vouching import Note

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.app import App
    from syndicate.store.client import Store
    from syndicate.store.vouching import Known
    from tests.conftest import Clock


@pytest.fixture
def note(app: App, site: Path, clock: Clock) -> Path:
    """That of a machine that has sent for some time, whose Redis was restarted just now."""
    for _ in range(3):
        clock.advance(minutes=1)
        app.life.require()
    app.store.text.hset(app.store.keys.state, "run", "the one before")
    return site / ".syndicate" / "life.json"


def missing(path: Path) -> None:
    path.unlink()


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20])


def of_another_site(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"id": "another"}))


def of_another_machine(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"machine": "another"}))


def stale(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"at": 1.0, "beat": 1}))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (missing, "no note that it ever sent by it"),
        (cut_short, "no note that it ever sent by it"),
        (of_another_site, "has sent by another state"),
        (of_another_machine, "another machine's, or a copy"),
        (stale, "others have sent by it since"),
    ],
)
def test_a_machine_that_cannot_tell_sends_nothing_until_another_vouches(
    app: App, note: Path, spoil: Callable[[Path], None], why: str
) -> None:
    spoil(note)
    with pytest.raises(LockedError, match=why) as caught:
        app.tick()
    assert "`syndicate unlock` shows what would go out" in str(caught.value)
    assert why in app.life.standing()
    # It locks nobody else out: a machine that was in touch says so.
    app.store.text.hset(app.store.keys.state, "run", app.life.known().server)
    app.life.require()


def test_a_folder_that_is_moved_is_the_same_and_one_that_is_copied_is_another(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    name = NoteFile(first).machine()
    assert NoteFile(first.rename(second)).machine() == name
    shutil.copytree(second, first)
    assert NoteFile(first).machine() != name


def test_a_machine_whose_note_is_lost_goes_on_when_it_is_unlocked(app: App, note: Path) -> None:
    note.unlink()
    found = unlocking.unlock(app, unlocking.Since.NOTHING, "ops", "the disk was changed")
    assert "Redis was restarted or copied" in found.why
    app.tick()
    app.store.text.hset(app.store.keys.state, "run", "another")
    app.tick()


@pytest.mark.slow
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda within: (
            st.lists(within)
            | st.dictionaries(st.sampled_from(("id", "beat", "at", "machine")), within)
        ),
    )
    | st.fixed_dictionaries(
        {name: st.integers() | st.floats() | st.text() for name in ("id", "beat", "at", "machine")}
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_the_file_is_a_note_or_none(tmp_path: Path, said: object) -> None:
    (tmp_path / "life.json").write_text(json.dumps(said))
    found = NoteFile(tmp_path).read()
    assert found is None or isinstance(found.beat, int)


@given(st.lists(st.integers(0, 99), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_of_one_life_a_note_never_goes_back(tmp_path: Path, beats: list[int]) -> None:
    file, life = NoteFile(tmp_path), "-".join(map(str, beats))
    for beat in beats:
        file.write(Note(id=life, beat=beat, at=0, machine="here"))
    found = file.read()
    assert found
    assert found.beat == max(beats)
    file.write(Note(id="the next", beat=0, at=0, machine="here"))
    assert file.read() == Note(id="the next", beat=0, at=0, machine="here")


def test_a_process_that_is_held_up_at_the_note_holds_up_nobody(tmp_path: Path) -> None:
    file = NoteFile(tmp_path)
    with (tmp_path / "life.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        file.write(Note(id="a", beat=1, at=0, machine="here"))
        assert file.read() is None
    file.write(Note(id="a", beat=1, at=0, machine="here"))
    assert file.read()


def test_a_note_that_cannot_be_read_is_told_with_its_remedy(app: App, note: Path) -> None:
    note.unlink()
    note.mkdir()
    with pytest.raises(SettingsError, match=r"life\.json: .*; .* set SYNDICATE_STATE__FOLDER"):
        app.tick()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="wants a folder nobody can write")
def test_a_machine_that_cannot_write_its_note_sends_nothing_and_unlocks_nothing(
    store: Store, clock: Clock
) -> None:
    life = Life(store, Path("/proc"), clock)
    with pytest.raises(SettingsError, match="a state folder that it can write"):
        life.require()
    life.lock("restored")
    with pytest.raises(SettingsError, match="a state folder that it can write"):
        life.unlock()
    assert life.known().locked == "restored"


def test_a_process_that_was_held_up_does_not_take_its_own_machine_for_newer(
    app: App, open_app: Callable[[], App], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.life.require()
    other, ask = open_app(), app.life.known
    other.life.require()

    def slowly() -> Known:
        found = ask()
        for _ in range(3):
            clock.advance(minutes=1)
            other.life.require()
        return found

    monkeypatch.setattr(app.life, "known", slowly)
    app.life.require()


def test_two_processes_that_begin_at_once_do_not_take_it_for_emptied(
    app: App, open_app: Callable[[], App], monkeypatch: pytest.MonkeyPatch
) -> None:
    other, ask = open_app(), app.life.known

    def slowly() -> Known:
        found = ask()
        other.life.require()
        return found

    monkeypatch.setattr(app.life, "known", slowly)
    app.life.require()
