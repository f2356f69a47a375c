"""`syndicate backup`, `restore`, `unlock` and `migrate`, as a person types them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from syndicate.app import App


@pytest.mark.slow
def test_what_was_backed_up_comes_back_and_waits_for_a_word(
    syndicate: Callable[..., Result], app: App, site: Path, tmp_path: Path
) -> None:
    file, at = tmp_path / "monday.backup", ("--site", site)
    app.subscribers.add("reader@y.example", app.clock())
    assert "with the signing keys" in syndicate("backup", file, *at).output
    app.subscribers.add("later@y.example", app.clock())
    assert "schema 1" in syndicate("restore", file, "--check", *at).output
    refused = syndicate("restore", file, *at)
    assert refused.exit_code == 1
    assert "--replace puts the backup in its place" in refused.stderr
    assert "Nothing is sent before" in syndicate("restore", file, "--replace", *at).output
    assert app.subscribers.find("reader@y.example")
    with pytest.raises(NotFoundError):
        app.subscribers.find("later@y.example")
    assert "Locked: restored from monday.backup" in syndicate("unlock", *at).output
    done = syndicate("unlock", "--since-snapshot", "nothing", "--why", "a test", *at)
    assert "Unlocked." in done.output
    assert "Locked: no" in syndicate("unlock", *at).output


def test_a_file_that_is_no_backup_is_one_line(
    syndicate: Callable[..., Result], site: Path, tmp_path: Path
) -> None:
    file = tmp_path / "other"
    file.write_text("no backup")
    for words in (("--check",), ()):
        done = syndicate("restore", file, *words, "--site", site)
        assert done.exit_code == 1
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1


def test_there_is_nothing_to_migrate(syndicate: Callable[..., Result], site: Path) -> None:
    assert "0 steps to be done" in syndicate("migrate", "--dry-run", "--site", site).output
