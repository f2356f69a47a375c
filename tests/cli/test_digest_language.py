"""`syndicate digest` for readers of several languages."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.policy import default
from functools import partial
from typing import TYPE_CHECKING

from syndicate.delivery import outbox
from syndicate.subscribers.changes import describe
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from syndicate.app import App


def join(app: App, *languages: str) -> None:
    """A reader of tech for each language."""
    for number, language in enumerate(languages):
        reader = app.subscribers.add(f"r{number}@mail.example", app.clock())
        speak = partial(describe, language=language)
        app.subscribers.alter(reader, speak, app.clock(), {})
        app.subscribers.change(
            reader, [Digest("daily", "tech")], Status.ACTIVE, app.clock(), {"method": "test"}
        )


def test_a_plan_counts_its_readers_by_the_language_that_they_get(
    synced: Callable[..., Result], app: App
) -> None:
    join(app, "de", "", "en", "de", "de-CH", "", "en-US")
    result = synced("digest", "plan", "tech", "--cadence", "daily", "--json")
    (found,) = json.loads(result.stdout)
    assert found["languages"] == {"en": 3, "de": 2, "de-CH": 1, "en-US": 1}
    assert found["audience"] == sum(found["languages"].values())
    said = " ".join(synced("digest", "plan", "tech", "--cadence", "daily").stdout.split())
    assert "readers 7, in en (3), de (2), de-CH (1), en-US (1)" in said


def test_readers_of_all_digests_are_not_counted_by_language(
    synced: Callable[..., Result], app: App
) -> None:
    join(app, "de")
    found = json.loads(synced("digest", "plan", "--json").stdout)
    assert [each["languages"] for each in found] == [None] * len(found)


def test_one_language_is_said_without_a_count(synced: Callable[..., Result], app: App) -> None:
    join(app, "de")
    assert "1, in de\n" in synced("digest", "plan", "tech", "--cadence", "daily").stdout


def test_a_preview_and_a_test_are_in_the_language_that_is_asked_for(
    synced: Callable[..., Result], site: Path, tmp_path: Path
) -> None:
    german = ("--language", "de")
    shown = synced("digest", "preview", "tech", "--no-serve", "--output", tmp_path, *german)
    assert shown.exit_code == 0
    assert "Abbestellen" in (tmp_path / "digest.txt").read_text()
    assert '<html lang="de"' in (tmp_path / "digest.html").read_text()
    sent = synced("digest", "send", "tech", "--test", "me@mail.example", *german)
    assert sent.exit_code == 0
    (raw,) = outbox.messages(site / ".syndicate")
    text = message_from_bytes(raw, policy=default).get_body(("plain",))
    assert text
    assert "Abbestellen" in text.get_content()


def test_a_language_that_is_none_is_refused(synced: Callable[..., Result]) -> None:
    for argv in (("preview", "tech"), ("send", "tech", "--test", "me@mail.example")):
        result = synced("digest", *argv, "--language", "de_DE!")
        assert result.exit_code == 2
        assert "'de_DE!' is no BCP 47 language tag, such as 'zh-CN'" in result.stderr


def test_what_goes_to_all_readers_goes_in_their_own_languages(
    synced: Callable[..., Result],
) -> None:
    result = synced("digest", "send", "tech", "--language", "de")
    assert result.exit_code == 2
    assert "each reader has his own language" in result.stderr
