"""A folder in the place of a relay: whole messages or none, each once."""

from __future__ import annotations

import mailbox
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.maildir import Maildir
from syndicate.delivery.model import MailingState
from syndicate.delivery.stuffing import stuffed
from syndicate.errors import RelayError, SettingsError
from syndicate.settings import load
from tests.delivery.test_send import mailing, run, subscribe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App

__all__ = ["mailing"]  # a fixture of theirs
MESSAGE = b"Subject: x\r\n\r\n.dot\r\nend\r\n"


def files(folder: Path) -> list[Path]:
    return sorted((folder / "new").iterdir())


def test_a_message_is_a_file_with_its_envelope_stuffed_or_not(tmp_path: Path) -> None:
    with Maildir(tmp_path / "box") as box:
        for message in (MESSAGE, stuffed(MESSAGE)):
            assert box.send("a@x.example", "b@y.example", message).startswith("250 ")
    for path in files(tmp_path / "box"):
        assert path.read_bytes() == (
            b"Return-Path: <a@x.example>\nDelivered-To: b@y.example\nSubject: x\n\n.dot\nend\n"
        )
    found = mailbox.Maildir(tmp_path / "box", create=False)
    assert [message["Subject"] for message in found] == ["x", "x"]


def test_any_number_of_threads_deliver_to_one_folder(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for _ in range(50):
            pool.submit(Maildir(tmp_path).send, "a@x.example", "b@y.example", MESSAGE)
    assert len(files(tmp_path)) == 50
    assert list((tmp_path / "tmp").iterdir()) == []


def test_what_cant_be_written_is_the_folders_fault_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Maildir(tmp_path)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RelayError, match="No space left"):
        box.send("a@x.example", "b@y.example", MESSAGE)
    assert files(tmp_path) == []
    assert list((tmp_path / "tmp").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(RelayError, match="can't write the Maildir"):
        Maildir(tmp_path / "file" / "box")


@pytest.fixture
def site(site: Path) -> Path:
    path = site / "syndicate.toml"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(
        "".join('relay = "maildir:archive"\n' if "relay =" in line else line for line in lines)
    )
    return site


def test_an_edition_goes_into_the_folder_that_the_settings_name(
    app: App,
    site: Path,
    mailing: Callable[[], int],
) -> None:
    addresses = subscribe(app, 3)
    number = mailing()
    run(app, number)
    assert app.ledger.get(number).state is MailingState.SENT
    heads = [path.read_text().splitlines()[1] for path in files(site / "archive")]
    assert sorted(heads) == sorted(f"Delivered-To: {address}" for address in addresses)


def test_a_folder_has_a_name(site: Path) -> None:
    path = site / "syndicate.toml"
    path.write_text(path.read_text().replace("maildir:archive", "maildir:"))
    with pytest.raises(SettingsError, match="maildir:folder"):
        load(site)
