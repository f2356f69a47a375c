"""The keys that sign links: made once, rotated without breaking one, retired when they are old."""

from __future__ import annotations

import hmac
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.errors import NotFoundError, SettingsError, StateError
from syndicate.settings import load
from syndicate.settings.key import Key, Keyring
from syndicate.settings.key_file import KEPT, KeyFile
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Clock

SECRET = "s" * 32


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "secret.key"


@pytest.fixture
def keys(path: Path, clock: Clock) -> KeyFile:
    return KeyFile(path, clock)


def names(ring: Keyring) -> list[str]:
    return [key.name for key in ring.keys]


def together(count: int, act: Callable[[], object]) -> None:
    """Have threads do it at the same moment."""
    start = threading.Barrier(count)

    def run() -> None:
        start.wait()
        act()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# A key


@given(st.binary(min_size=32, max_size=100), st.binary(max_size=100))
def test_what_a_key_makes_of_a_message_is_its_hmac(secret: bytes, message: bytes) -> None:
    key = Key(secret)
    for _ in range(2):
        assert key.mac(message) == hmac.digest(secret, message, "sha256")


def test_a_key_is_called_the_same_by_every_machine_and_shows_nothing_of_itself() -> None:
    assert Key(b"k" * 32).name == Key(b"k" * 32, NOW).name == "bd"
    assert "k" * 8 not in f"{Key(b'k' * 32)!r}{Keyring.of([Key(b'k' * 32)])}"


def test_two_keys_of_one_name_are_refused_in_a_line_that_shows_neither() -> None:
    first = Key(b"%032d" % 0)
    second = next(key for n in range(1, 10_000) if (key := Key(b"%032d" % n)).id == first.id)
    with pytest.raises(SettingsError, match="take another secret") as refused:
        Keyring.of([first, second])
    assert "000" not in str(refused.value)
    assert Keyring.of([first, Key(first.secret)]).keys == (first,)


# The first


def test_the_first_key_is_made_once_for_its_owner_alone(keys: KeyFile, path: Path) -> None:
    key = keys.ring().current
    assert len(key.secret) == 32
    assert key.made_at == NOW
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.ring() == KeyFile(path, lambda: NOW).ring()
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_together_agree_on_the_key(path: Path, clock: Clock) -> None:
    found: list[Keyring] = []
    together(8, lambda: found.append(KeyFile(path, clock).ring()))
    assert len(found) == 8
    assert len({ring.current for ring in found}) == 1


@pytest.mark.parametrize(
    "text", ["", "\n", "short", "2026-11-23T06:00:00+00:00 00\n", "now " + "0" * 64, "é"]
)
def test_a_file_that_holds_no_keys_is_refused_for_anybody_could_sign_with_it(
    keys: KeyFile, path: Path, text: str
) -> None:
    keys.ring()
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"secret\.key holds no keys; restore it"):
        keys.ring()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, keys: KeyFile) -> None:
    (tmp_path / "state").write_text("a file in its place")
    with pytest.raises(SettingsError, match=r"can't read or write .*secret\.key.*STATE__FOLDER"):
        keys.ring()


# Rotation


def test_a_new_key_signs_and_those_before_it_verify(keys: KeyFile, clock: Clock) -> None:
    first = keys.ring().current
    clock.advance(days=1)
    second = keys.rotate()
    clock.advance(days=1)
    third = keys.rotate()
    ring = keys.ring()
    assert ring.keys == (third, second, first)
    assert [ring.get(key.id) for key in ring.keys] == list(ring.keys)
    assert (ring.signed_until(first), ring.signed_until(third)) == (second.made_at, None)


def test_a_process_that_runs_notices_at_its_next_question(path: Path, clock: Clock) -> None:
    here, there = KeyFile(path, clock), KeyFile(path, clock)
    assert here.ring() == there.ring()
    for _ in range(3):
        assert there.rotate() == here.ring().current == there.ring().current


def test_rotations_at_the_same_moment_lose_no_key(path: Path, clock: Clock) -> None:
    KeyFile(path, clock).ring()
    made: list[Key] = []
    together(8, lambda: made.append(KeyFile(path, clock).rotate()))
    ring = KeyFile(path, clock).ring()
    assert set(made) < set(ring.keys)
    assert len(ring.keys) == 9


def test_a_file_that_goes_away_takes_no_key_from_a_process_that_runs(
    keys: KeyFile, path: Path
) -> None:
    before = keys.ring()
    path.unlink()
    assert keys.ring() == before
    assert not path.exists()


def test_there_is_an_end_to_new_keys(keys: KeyFile) -> None:
    for _ in range(64):
        keys.rotate()
    with pytest.raises(StateError, match="there are 64 keys"):
        keys.rotate()
    assert len(set(names(keys.ring()))) == 64


# Retirement


def test_a_key_is_retired_once_its_links_have_worked_for_60_days(
    keys: KeyFile, clock: Clock
) -> None:
    first = keys.ring().current
    clock.advance(days=100)
    second = keys.rotate()
    clock.advance(seconds=KEPT.total_seconds() - 1)
    with pytest.raises(StateError, match=r"links in mails have to work for 60 days; .*--force"):
        keys.retire(first.name)
    clock.advance(seconds=1)
    keys.retire(first.name)
    assert keys.ring().keys == (second,)


def test_a_stolen_key_is_retired_at_once(keys: KeyFile) -> None:
    stolen = keys.ring().current
    fresh = keys.rotate()
    keys.retire(stolen.name, early=True)
    assert keys.ring().keys == (fresh,)


def test_the_key_that_signs_and_one_that_is_not_there_are_not_retired(keys: KeyFile) -> None:
    with pytest.raises(StateError, match="`syndicate keys rotate` makes another first"):
        keys.retire(keys.ring().current.name, early=True)
    with pytest.raises(NotFoundError, match="no key 'zz'"):
        keys.retire("zz", early=True)


# In the settings


def test_a_secret_that_is_set_signs_and_makes_no_file(tmp_path: Path) -> None:
    (tmp_path / "syndicate.toml").write_text(f'secret = "{SECRET}"\n')
    assert load(tmp_path).key_file(lambda: NOW).ring().current.secret == SECRET.encode()
    assert not (tmp_path / ".syndicate").exists()


def test_secrets_of_the_environment_verify_in_either_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = SECRET, "t" * 32
    rings = []
    for current, other in ((old, new), (new, old)):
        monkeypatch.setenv("SYNDICATE_SECRET", current)
        monkeypatch.setenv("SYNDICATE_OTHER_SECRETS", f'["{other}"]')
        rings.append(load(tmp_path).key_file(lambda: NOW).ring())
    assert [ring.current.secret.decode() for ring in rings] == [old, new]
    assert set(rings[0].keys) == set(rings[1].keys)


def test_a_site_that_moves_its_key_into_the_settings_breaks_no_link(
    path: Path, clock: Clock
) -> None:
    kept = KeyFile(path, clock).ring().current
    # One of 256 keys has the name of another, and no machine has both.
    secret = next(s.encode() for s in (SECRET, SECRET.upper()) if Key(s.encode()).name != kept.name)
    keys = KeyFile(path, clock, secret)
    assert keys.ring().keys == (Key(secret), kept)
    with pytest.raises(SettingsError, match="SYNDICATE_OTHER_SECRETS"):
        keys.rotate()
    with pytest.raises(NotFoundError, match="take it out of the settings"):
        KeyFile(path, clock, others=[secret]).retire(Key(secret).name)
    # Nobody knows until when it signed.
    with pytest.raises(StateError, match="--force"):
        keys.retire(kept.name)
    keys.retire(kept.name, early=True)


def test_a_rotation_by_a_process_that_is_killed_leaves_the_old_file_or_the_new(
    path: Path, clock: Clock
) -> None:
    before = KeyFile(path, clock).ring()
    code = (
        "import os, sys; from pathlib import Path; from datetime import UTC, datetime\n"
        "from syndicate.settings.key_file import KeyFile\n"
        "os.fsync = lambda _: os._exit(9)\n"
        "KeyFile(Path(sys.argv[1]), lambda: datetime.now(UTC)).rotate()\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == 9
    assert KeyFile(path, clock).ring() == before
    assert KeyFile(path, clock).rotate() == KeyFile(path, clock).ring().current
    assert list(path.parent.iterdir()) == [path]
