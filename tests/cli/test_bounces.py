"""`syndicate bounces`: from files and from mail servers to counts, without anybody's address."""

from __future__ import annotations

import mailbox
import smtplib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.bounces.verp import LETTER, Claim, Purpose, sender_for
from syndicate.subscribers.model import Digest, Status
from tests.delivery.bounces.shapes import away, failed, report, status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from syndicate.app import App

READER, BASE = "wanda@y.example", "bounces@blog.example"


@pytest.fixture
def site(site: Path) -> Path:
    with (site / "syndicate.toml").open("a") as file:
        file.write(f'\n[bounces]\naddress = "{BASE}"\nmaildir = "Maildir"\n')
    return site


@pytest.fixture
def bounce(app: App) -> bytes:
    """A letter to a reader came back."""
    reader = app.subscribers.add(READER, app.clock())
    app.subscribers.change(
        reader, [Digest("daily", "tech")], Status.ACTIVE, app.clock(), {"method": "test"}
    )
    to = sender_for(BASE, app.key, Claim(Purpose.BOUNCE, LETTER, reader))
    said = f"550 5.1.1 <{READER}> unknown"
    return report(status(failed("5.1.1", said, READER)), to=to)


def test_what_was_read_from_a_file_is_listed_and_counted_without_an_address(
    app: App, bounce: bytes, site: Path, syndicate: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "one").write_bytes(bounce)
    (tmp_path / "two").write_bytes(away("Out of office"))
    names = (tmp_path / "one", tmp_path / "two", tmp_path / "one")
    read = syndicate("bounces", "read", *names, "--site", site)
    assert read.exit_code == 0, read.output
    assert [line.split() for line in read.output.splitlines()[-3:]] == [
        ["autoresponse", "unmatched", "1"],
        ["hard", "repeated", "1"],
        ["hard", "suppressed", "1"],
    ]
    assert app.subscribers.find(READER).status is Status.SUPPRESSED
    listed = syndicate("bounces", "list", "--site", site).output
    assert "5.1.1" in listed
    assert "suppressed" in listed
    counted = syndicate("bounces", "stats", "--site", site).output
    assert "suppressed" in counted
    assert "@" not in listed + counted


@pytest.mark.slow
def test_a_pipe_may_bring_an_mbox(app: App, bounce: bytes, site: Path, tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "mbox")
    box.add(away("Out of office"))
    box.add(bounce)
    box.close()
    with (tmp_path / "mbox").open("rb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "syndicate", "bounces", "read", "-", "--site", str(site)],
            stdin=pipe,
            capture_output=True,
            check=True,
        )
    assert b"hard" in done.stdout
    assert app.subscribers.find(READER).status is Status.SUPPRESSED


def test_a_maildir_is_polled(
    app: App, bounce: bytes, site: Path, syndicate: Callable[..., Result]
) -> None:
    mailbox.Maildir(site / "Maildir").add(bounce)
    for said in ("1 taken", "0 taken"):
        assert syndicate("bounces", "poll", "--site", site).output.splitlines()[-1] == said
    assert app.subscribers.find(READER).status is Status.SUPPRESSED


def test_without_a_way_in_a_line_says_what_is_missing(
    site: Path, syndicate: Callable[..., Result]
) -> None:
    path = site / "syndicate.toml"
    path.write_text(path.read_text().replace('maildir = "Maildir"\n', ""))
    for verb in ("poll", "listen"):
        said = syndicate("bounces", verb, "--site", site)
        assert said.exit_code == 2
        assert "[bounces]" in said.stderr


def test_nothing_came_back_is_said_so(site: Path, syndicate: Callable[..., Result]) -> None:
    assert "Nothing came back." in syndicate("bounces", "stats", "--site", site).stderr


@pytest.mark.slow
def test_it_listens_until_it_is_told_to_end(
    app: App, bounce: bytes, site: Path, tmp_path: Path
) -> None:
    where = tmp_path / "lmtp"
    argv = ("bounces", "listen", "--at", f"unix:{where}", "--site", str(site))
    with subprocess.Popen(
        [sys.executable, "-m", "syndicate", *argv], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == f"Taking mail at unix:{where}\n"
        with smtplib.LMTP(str(where)) as client:
            to = bounce.partition(b"To: ")[2].partition(b"\n")[0].decode()
            assert client.sendmail("", [to], bounce) == {}
        process.terminate()
        assert process.wait(30) == 0
    assert not where.exists()
    assert app.subscribers.find(READER).status is Status.SUPPRESSED
