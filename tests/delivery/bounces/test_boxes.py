"""Mail in files is read as it lies there; a Maildir that is polled, once a message."""

from __future__ import annotations

import mailbox
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.bounces.boxes import messages_in, poll
from syndicate.errors import SettingsError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = b"Subject: one\n\nfrom here on\n", b"Subject: two\n\n>From there on\n"


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    path = tmp_path / "Maildir"
    box = mailbox.Maildir(path)
    box.add(ONE)
    box.add(TWO)
    return path


def test_a_file_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(ONE)
    assert list(messages_in(tmp_path / "one")) == [ONE]


def test_an_mbox_is_many(tmp_path: Path) -> None:
    head = b"From MAILER-DAEMON Mon Nov 23 06:00:00 2026\n"
    (tmp_path / "box").write_bytes(head + ONE + b"\n" + head + TWO)
    before = (tmp_path / "box").read_bytes()
    assert [m.splitlines()[0] for m in messages_in(tmp_path / "box")] == [
        b"Subject: one",
        b"Subject: two",
    ]
    assert (tmp_path / "box").read_bytes() == before


def test_a_maildir_is_read_and_left_as_it_is(maildir: Path) -> None:
    for _ in range(2):
        assert sorted(messages_in(maildir)) == [ONE, TWO]
    assert len(list((maildir / "new").iterdir())) == 2


def test_what_was_polled_is_seen_and_not_polled_again(maildir: Path) -> None:
    taken: list[bytes] = []
    assert poll(maildir, taken.append) == 2
    assert sorted(taken) == [ONE, TWO]
    assert poll(maildir, taken.append) == 0
    assert [path.name.endswith("2,S") for path in (maildir / "cur").iterdir()] == [True, True]
    assert not list((maildir / "new").iterdir())


def test_what_could_not_be_taken_is_new_still(maildir: Path) -> None:
    taken: list[bytes] = []

    def take(message: bytes) -> None:
        if taken:
            raise StoreError("Redis is away")
        taken.append(message)

    with pytest.raises(StoreError):
        poll(maildir, take)
    assert poll(maildir, taken.append) == 1
    assert sorted(taken) == [ONE, TWO]


def test_a_folder_that_is_no_maildir_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is no Maildir"):
        poll(tmp_path, print)
    with pytest.raises(SettingsError, match="is no Maildir"):
        poll(tmp_path / "none", print)
