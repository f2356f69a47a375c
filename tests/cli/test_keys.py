"""`syndicate keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.settings import load
from tests.cli.conftest import told
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from syndicate.settings.key import Keyring


@pytest.fixture
def keys(syndicate: Callable[..., Result], site: Path) -> Callable[..., Result]:
    return lambda *words: syndicate("keys", *words, "--site", site)


def ring(site: Path) -> Keyring:
    return load(site).key_file(lambda: NOW).ring()


def rows(result: Result) -> list[tuple[str, str]]:
    """The name of each key, and what it does."""
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()[1:]]
    return [(words[0], words[-1]) for words in lines]


def test_a_new_key_signs_and_the_list_shows_none_itself(
    keys: Callable[..., Result], site: Path
) -> None:
    old = ring(site).current
    assert rows(keys("list")) == [(old.name, "signs")]
    done = keys("rotate")
    new = ring(site).current
    assert done.stdout == f"Key {new.name} signs from now on; those before it verify.\n"
    listed = keys("list")
    assert rows(listed) == [(new.name, "signs"), (old.name, "verifies")]
    assert not [key for key in ring(site).keys if key.secret.hex()[:8] in listed.output]


def test_a_key_of_lately_is_retired_by_force_alone(keys: Callable[..., Result], site: Path) -> None:
    old = ring(site).current
    keys("rotate")
    refused = keys("retire", old.name)
    assert refused.exit_code == 1
    assert "links in mails have to work for 60 days" in told(refused)
    done = keys("retire", old.name, "--force")
    assert done.stdout == f"Key {old.name} is gone, and what it signed is void.\n"
    assert old not in ring(site).keys


@pytest.mark.parametrize("name", ["zz", "", "../x"])
def test_a_key_that_is_not_there_is_told_with_where_to_look(
    keys: Callable[..., Result], name: str
) -> None:
    assert "`syndicate keys list`" in told(keys("retire", name))


def test_a_key_of_the_settings_is_rotated_there(
    keys: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNDICATE_SECRET", "s" * 32)
    refused = keys("rotate")
    assert refused.exit_code == 2
    assert "SYNDICATE_OTHER_SECRETS" in told(refused)
    assert "in the settings" in keys("list").stdout
