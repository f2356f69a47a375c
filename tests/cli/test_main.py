"""Every command explains itself, and every error is a line that says what to do."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import click
import pytest

from syndicate import __version__
from syndicate.cli import site as module
from syndicate.cli.main import main
from tests.cli.conftest import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    """Every command, groups too, as it is typed."""
    yield path
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield (*path, name)


ALL = sorted(commands(main))
#: What a command needs beside the site.
NEEDED: dict[tuple[str, ...], list[str]] = {
    **{
        ("editions", step): ["1"]
        for step in ("show", "approve", "hold", "pause", "resume", "cancel")
    },
    ("digest", "preview"): ["tech"],
    ("subscribers", "together"): ["reader@mail.example", "--on"],
    ("posts", "skip"): ["1"],
    ("posts", "requeue"): ["1"],
    ("digest", "send"): ["tech"],
    ("posts", "show"): ["1"],
    ("posts", "explain"): ["1"],
    ("subscribers", "add"): ["reader@mail.example", "-c", "tech"],
    **{
        ("subscribers", step): ["reader@mail.example"]
        for step in ("confirm", "find", "import", "lift", "show")
    },
    ("subscribers", "tag"): ["reader@mail.example", "city=Bonn"],
    ("completion",): ["bash"],
    **{(step,): ["state.backup"] for step in ("backup", "restore")},
    **{("schedule", step): ["daily"] for step in ("remove", "show", "skip")},
    **{("schedule", step): ["daily", "2026-11-23T00:00:00Z"] for step in ("drop-held", "run-held")},
    ("schedule", "once"): ["daily", "--at", "2026-12-24 18:00"],
    ("schedule", "set"): ["daily", "--cron", "0 8 * * *"],
    # An empty file is one without timetables.
    ("schedule", "apply"): ["/dev/null"],
    ("pause",): ["daily", "--why", "moving house"],
    ("bounces", "read"): ["-"],
    ("keys", "retire"): ["3f"],
    **{("relays", step): ["main"] for step in ("show", "pause", "resume", "test")},
    ("templates", "eject"): ["digest"],
    ("delivery", "explain"): ["reader@mail.example"],
    ("delivery", "retry"): ["m1", "--failed"],
    **{("delivery", step): ["m1"] for step in ("export", "release")},
}
#: Those that open the site's service.
SERVED = [
    *(("sync",), ("digest", "send"), ("schedule", "list")),
    *(("posts", "list"), ("posts", "show"), ("posts", "explain")),
    *(("subscribers", "add"), ("subscribers", "confirm"), ("subscribers", "list")),
]


def found(path: tuple[str, ...]) -> click.Command:
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        below = command.get_command(click.Context(command), name)
        assert below
        command = below
    return command


# Help


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_a_command_says_what_it_does_and_what_each_option_is_for(
    syndicate: Callable[..., Result], path: tuple[str, ...]
) -> None:
    result = syndicate(*path, "--help")
    assert result.exit_code == 0
    assert "\\b" not in result.output
    command = found(path)
    assert re.match(r"[A-Z].{15,}\.", (command.help or "").split("\n\n")[0].replace("\n", " "))
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help or parameter.show_default, f"{parameter.name} says nothing"
        else:
            name = parameter.make_metavar(click.Context(command)).strip("[].")
            assert name in (command.help or ""), f"{name} is not spoken of"


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_fits_a_terminal(syndicate: Callable[..., Result], path: tuple[str, ...]) -> None:
    assert all(len(line) <= 80 for line in syndicate(*path, "-h").output.splitlines())


def test_a_group_lists_each_command_with_a_whole_sentence(syndicate: Callable[..., Result]) -> None:
    for path in (path for path in ALL if isinstance(found(path), click.Group)):
        _, _, listed = syndicate(*path, "--help").output.partition("\nCommands:\n")
        assert listed, path
        assert "..." not in listed


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_example_is_a_command_that_there_is(path: tuple[str, ...]) -> None:
    for example in re.findall(r"^ *syndicate (.+)", found(path).help or "", re.MULTILINE):
        words = tuple(example.split())
        assert any(one == words[: len(one)] for one in ALL if one), example


def test_without_a_command_one_is_told_what_there_is(syndicate: Callable[..., Result]) -> None:
    result = syndicate()
    for path in ALL:
        if path:
            assert path[0] in result.output


def test_the_version_is_told(syndicate: Callable[..., Result]) -> None:
    assert __version__ in syndicate("--version").output


# Errors


@pytest.mark.parametrize(
    "path", [path for path in ALL if path not in ((), ("init",), ("completion",))], ids=" ".join
)
def test_a_wrong_setting_is_one_line_and_exit_code_2(
    site: Path, syndicate: Callable[..., Result], tmp_path: Path, path: tuple[str, ...]
) -> None:
    if isinstance(found(path), click.Group):
        return
    (site / "syndicate.toml").write_text('[site]\nurl = "blog"\n')
    extra = ["--work", tmp_path / "work"] if path == ("demo",) else []
    result = syndicate(*path, *NEEDED.get(path, []), "--site", site, *extra)
    assert "[site] url: must be an absolute http(s) URL" in told(result)
    assert result.exit_code == 2


@pytest.mark.parametrize("path", SERVED, ids=" ".join)
def test_a_redis_that_is_away_is_one_line(
    site: Path, syndicate: Callable[..., Result], path: tuple[str, ...]
) -> None:
    settings = site / "syndicate.toml"
    text = re.sub(r'url = "unix:.*"', 'url = "redis://:hush@127.0.0.1:1"', settings.read_text())
    settings.write_text(text)
    result = syndicate(*path, *NEEDED.get(path, []), "--site", site)
    line = told(result)
    assert line.startswith("can't reach Redis at redis://127.0.0.1:1: ")
    assert "hush" not in line
    assert result.exit_code == 1


@pytest.mark.parametrize("path", [("web",), ("up",), ("demo",)], ids=" ".join)
def test_a_port_that_is_taken_is_one_line_and_exit_code_2(
    site: Path,
    tmp_path: Path,
    syndicate: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
    path: tuple[str, ...],
) -> None:
    monkeypatch.setattr("os.environ", {})
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (site / "syndicate.toml").write_text(f"[web]\nport = {port}\n")
        extra = ["--work", tmp_path / "work"] if path == ("demo",) else []
        result = syndicate(*path, "--site", site, *extra)
    assert told(result) == (
        f"can't listen on 127.0.0.1:{port}: Address already in use; stop what listens there, or "
        "set SYNDICATE_WEB__PORT to another port"
    )
    assert result.exit_code == 2


@pytest.mark.parametrize(("section", "name"), [("state", "folder"), ("feeds", "output")])
@pytest.mark.parametrize("command", ["sync", "up"])
def test_a_folder_that_cannot_be_written_is_one_line_with_the_setting_that_names_it(
    site: Path, syndicate: Callable[..., Result], section: str, name: str, command: str
) -> None:
    (site / "file").touch()
    settings = site / "syndicate.toml"
    settings.write_text(f'{settings.read_text()}\n[{section}]\n{name} = "file/below"\n')
    (site / "_posts" / "2024-05-17-one.md").write_text("---\ntitle: One\n---\n")
    result = syndicate(command, "--site", site)
    line = told(result)
    assert "file/below" in line
    assert "Not a directory" in line
    assert f"SYNDICATE_{section}__{name}".upper() in line or f"`{name}` under [{section}]" in line
    assert result.exit_code in (1, 2)


def test_what_the_system_refuses_is_its_own_line(
    site: Path, syndicate: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device", "/var/state")

    monkeypatch.setattr(module, "load", refuse)
    result = syndicate("init", site / "_posts")
    assert told(result) == "[Errno 28] No space left on device: '/var/state'"
    assert result.exit_code == 1


@pytest.mark.parametrize(
    "argv",
    [
        *(["snyc"], ["sync", "--sight", "."], ["digest", "send"], ["subscribers", "add", "a@b.c"]),
        *(["outbox", "--port", "x"], ["posts"], []),
    ],
)
def test_a_wrong_word_is_answered_with_the_usage(
    syndicate: Callable[..., Result], argv: list[str]
) -> None:
    result = syndicate(*argv)
    assert result.exit_code == 2
    assert "Usage: " in result.stderr + result.stdout


def test_the_demo_empties_no_folder_but_its_own(
    site: Path, tmp_path: Path, syndicate: Callable[..., Result]
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "thesis.tex").write_text("years of work")
    result = syndicate("demo", "--once", "--site", site, "--work", work)
    assert told(result) == f"{work} holds something else; name another with --work DIR"
    assert result.exit_code == 2
    assert (work / "thesis.tex").read_text() == "years of work"
    result = syndicate("demo", "--once", "--site", site, "--work", work / "thesis.tex")
    assert "Not a directory" in told(result)


@pytest.mark.parametrize("command", ["sync", "up", "web", "demo"])
def test_a_site_that_is_no_folder_is_named(
    tmp_path: Path, syndicate: Callable[..., Result], command: str
) -> None:
    extra = ["--work", tmp_path / "work"] if command == "demo" else []
    result = syndicate(command, "--site", tmp_path / "nowhere", *extra)
    assert "is no folder; name " in told(result)
    assert result.exit_code == 2


def test_init_needs_a_folder(tmp_path: Path, syndicate: Callable[..., Result]) -> None:
    nowhere = tmp_path / "nowhere"
    result = syndicate("init", nowhere)
    assert told(result) == f"{nowhere} is no folder; name your site's: syndicate init DIR"
    assert result.exit_code == 2
