"""Secrets of those who hand in posts and tell of pushes: long, and never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.errors import SettingsError
from syndicate.settings import FILE_NAME, load

if TYPE_CHECKING:
    from pathlib import Path

LONG = "hush" * 10


def refusal(folder: Path, text: str) -> str:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load(folder)
    return str(refused.value)


def test_secrets_come_from_the_file_or_the_environment_and_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not load(tmp_path).api.tokens
    assert not load(tmp_path).hook.secret.get_secret_value()
    (tmp_path / FILE_NAME).write_text(f'[api]\ntokens = {{ press = "{LONG}" }}\n')
    assert load(tmp_path).api.tokens["press"].get_secret_value() == LONG
    monkeypatch.setenv("SYNDICATE_API__TOKENS", f'{{"wire": "{LONG}2"}}')
    monkeypatch.setenv("SYNDICATE_HOOK__SECRET", LONG)
    settings = load(tmp_path)
    assert settings.api.tokens["wire"].get_secret_value() == f"{LONG}2"
    assert settings.hook.secret.get_secret_value() == LONG
    assert "hush" not in f"{settings!r}{settings}{settings.api!r}{settings.hook!r}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[api]\ntokens = { press = "hush" }', "[api] tokens: press: must have 32 characters"),
        (f'[api]\ntokens = {{ press = "{LONG} " }}', "press: must have 32 characters or more"),
        (f'[api]\ntokens = {{ "a b" = "{LONG}" }}', "a token's name has 1 to 32 letters"),
        (f'[api]\ntokens = "{LONG}"', "[api] tokens: Input should be a valid dictionary"),
        ("[api]\nrate = 0", "[api] rate: Input should be greater than or equal to 1"),
        ('[api]\nlayout = "a\\nb"', "[api] layout: must be one line"),
        ('[hook]\nsecret = "hush"', "[hook] secret: must have 32 ASCII characters or more"),
        (f'[hook]\nsecret = "{LONG}ü"', "[hook] secret: must have 32 ASCII characters or more"),
        ('[hook]\nbranch = ""', "[hook] branch: String should match"),
        ('[hook]\nbranch = "a b"', "[hook] branch: String should match"),
        ("[hook]\npul = true", "[hook] pul: no such setting; did you mean 'pull'?"),
    ],
)
def test_what_is_wrong_is_a_line_without_the_secret(tmp_path: Path, text: str, line: str) -> None:
    message = refusal(tmp_path, text)
    assert line in message
    assert "\n" not in message
    assert "hush" not in message
