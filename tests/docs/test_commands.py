"""Every command of README.md and of the tutorial is run, and prints what is shown."""

from __future__ import annotations

import shutil
import socket
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docs.shell import Command, Shell, commands, fits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
HARBOUR = Path(__file__).parent / "harbour"
BIN = Path(sysconfig.get_path("scripts"))

README = list(commands((ROOT / "README.md").read_text()))
TUTORIAL = list(commands((ROOT / "docs" / "tutorial.md").read_text()))


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Callable[..., Shell]]:
    """Opens a shell at home, in the folder of a checkout that has been installed."""
    opened: list[Shell] = []

    def open_(**environment: str) -> Shell:
        # Sockets have short paths: what is run here has its state below a short home.
        (tmp_path / ".venv" / "bin").mkdir(parents=True)
        for program in ("syndicate", "celery"):
            (tmp_path / ".venv" / "bin" / program).symlink_to(BIN / program)
        shutil.copy(ROOT / "worker.py", tmp_path)
        shutil.copytree(HARBOUR, tmp_path / "my-site")
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        path = f"{tmp_path / '.venv' / 'bin'}:{BIN}:/usr/bin:/bin"
        opened.append(Shell(tmp_path, port, {"PATH": path, **environment}))
        return opened[-1]

    yield open_
    for one in opened:
        one.end()


def play(shell: Shell, told: list[Command]) -> None:
    """One section after the other; at its end Ctrl-C ends what stays."""
    section = ""
    for command in told:
        if command.section != section:
            shell.end()
            section = command.section
        if not command.why:
            shell.run(command)
    shell.end()


@pytest.mark.slow
def test_the_tutorial_works_in_a_new_folder_and_prints_what_it_shows(
    shell: Callable[..., Shell],
) -> None:
    play(shell(), TUTORIAL)


@pytest.mark.slow
def test_every_command_of_the_readme_works(
    shell: Callable[..., Shell], redis_url: str, prefix: str
) -> None:
    opened = shell(
        SYNDICATE_REDIS__URL=redis_url,
        SYNDICATE_REDIS__PREFIX=prefix,
        SYNDICATE_MAIL__POSTAL_ADDRESS="1 Quay Road, Example Harbour",
    )
    # A category of the README's, a list of readers, and something new to send.
    post = "---\ntitle: {0}\ncategories: [techweb]\n---\nA paragraph of {0}.\n"
    posts = opened.home / "my-site" / "_posts"
    (posts / "2026-10-01-old.md").write_text(post.format("old"))
    (opened.home / "list.csv").write_text(
        "address,subscriptions\nann@example.net,daily:techweb:active:2026-10-01T08:00:00Z\n"
    )
    play(opened, [one for one in README if not one.text.startswith("make ")])


def test_what_make_does_is_done_by_ci_itself() -> None:
    makes = [one.text for one in README if one.text.startswith("make ")]
    assert makes
    ci = (ROOT / ".ci" / "run").read_text()
    assert not [text for text in makes if text not in ci]


def test_few_commands_are_left_out_and_each_says_why() -> None:
    left_out = [one for one in [*README, *TUTORIAL] if one.why]
    assert [one.text.split()[0] for one in left_out] == ["python3", ".venv/bin/pip", "export"]


def test_what_is_shown_is_compared_line_by_line() -> None:
    assert fits("a …\nb", "a 12:00 \nb\n")
    assert not fits("a\nb", "a\nc")
    assert not fits("a", "a\nb")
