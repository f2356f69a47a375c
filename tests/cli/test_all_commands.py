"""What holds for all commands: examples, one line an error, pipes, completion."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from tests.cli.conftest import told
from tests.cli.test_main import NEEDED, found
from tests.cli.test_scripts import LEAVES, READERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

#: They look at files or at the settings, or say themselves that Redis is away.
WITHOUT_REDIS = {("posts", "check"), ("feeds", "check"), ("keys", "list"), ("doctor",)}


# Help


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_has_an_example_of_itself(path: tuple[str, ...]) -> None:
    examples = re.findall(r"^ *syndicate (.+)", found(path).help or "", re.MULTILINE)
    assert any(tuple(each.split()[: len(path)]) == path for each in examples)


# Errors


def test_every_code_that_says_how_something_is_stands_in_the_docs() -> None:
    said = {path for path in LEAVES if "Exit code 1" in " ".join((found(path).help or "").split())}
    page = (Path(__file__).parents[2] / "docs" / "exit-codes.md").read_text()
    rows = re.findall(r"^\| `syndicate ([a-z ]+)` \|", page, re.MULTILINE)
    assert {tuple(row.split()) for row in rows} == said


@pytest.mark.parametrize("path", sorted(set(READERS) - WITHOUT_REDIS), ids=" ".join)
def test_without_redis_a_reader_says_so_in_one_line(
    site: Path, syndicate: Callable[..., Result], path: tuple[str, ...]
) -> None:
    settings = site / "syndicate.toml"
    text = re.sub(r'url = "unix:.*"', 'url = "redis://:hush@127.0.0.1:1"', settings.read_text())
    settings.write_text(text)
    result = syndicate(*path, *NEEDED.get(path, []), "--site", site)
    line = told(result)
    assert line.startswith("can't reach Redis at redis://127.0.0.1:1: ")
    assert line.endswith("is it running?")
    assert result.exit_code == 1
    assert not result.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [["relays", "list"], ["relays", "list", "--json"], ["keys", "list"]]
)
def test_a_reader_that_goes_away_is_no_failure(site: Path, words: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "syndicate", *words, "--site", site],
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


# Colours


@pytest.mark.slow
@pytest.mark.parametrize(("variable", "coloured"), [("TERM", True), ("NO_COLOR", False)])
@pytest.mark.parametrize("words", [["doctor", "--only", "disk"], ["relays", "show", "nowhere"]])
def test_colours_are_for_terminals_and_can_be_refused(
    site: Path, words: list[str], variable: str, coloured: bool
) -> None:
    main, other = os.openpty()
    argv = [sys.executable, "-m", "syndicate", *words, "--site", str(site)]
    environment = {**os.environ, "TERM": "xterm-256color", variable: "xterm-256color"}
    with subprocess.Popen(argv, stdout=other, stderr=other, env=environment) as process:
        os.close(other)
        shown = b""
        try:
            while some := os.read(main, 65536):
                shown += some
        except OSError:
            # The other end is closed: it has ended.
            process.wait()
    os.close(main)
    assert b"state: " in shown or b"error: " in shown
    assert bool(re.search(rb"\x1b\[3[12]m", shown)) is coloured


def test_a_pipe_gets_neither_colours_nor_progress(synced: Callable[..., Result]) -> None:
    result = synced("sync")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout + result.stderr
    assert not result.stderr


# Completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_is_told_how_to_complete(syndicate: Callable[..., Result], shell: str) -> None:
    result = syndicate("completion", shell)
    assert result.exit_code == 0
    assert f"_SYNDICATE_COMPLETE={shell}_complete" in result.stdout


def completed(site: Path, *words: str, typed: str = "") -> list[str]:
    """What the parameter that is typed now may be."""
    path = words[: next((n for n, word in enumerate(words) if word[:1] == "-"), len(words))]
    command = found(path)
    context = click.Context(command)
    context.params["folder"] = site
    parameter = next(
        each
        for each in command.params
        if words[-1] in each.opts or (len(path) == len(words) and isinstance(each, click.Argument))
    )
    return [item.value for item in parameter.shell_complete(context, typed)]


def test_the_names_of_a_site_are_completed(site: Path, synced: Callable[..., Result]) -> None:
    del synced
    assert completed(site, "relays", "show") == ["default"]
    assert completed(site, "digest", "preview", "--cadence") == ["daily", "weekly"]
    assert completed(site, "digest", "preview", "--cadence", typed="w") == ["weekly"]
    assert completed(site, "digest", "preview", typed="TE") == ["TechWeb", "tech"]
    assert completed(site, "posts", "list", "--category", typed="x") == []


def test_where_nothing_can_be_told_nothing_is_completed(site: Path) -> None:
    (site / "syndicate.toml").write_text('[redis]\nurl = "redis://127.0.0.1:1"\n')
    assert completed(site, "digest", "preview") == []
    (site / "syndicate.toml").write_text("[site\n")
    for words in (("relays", "show"), ("digest", "preview"), ("digest", "preview", "--cadence")):
        assert completed(site, *words) == []
