"""What is said of bounces is checked when it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.errors import SettingsError
from syndicate.running.queues import celery_config
from syndicate.settings import FILE_NAME, load

if TYPE_CHECKING:
    from pathlib import Path

SITE = '[mail]\nfrom = "News <news@blog.example>"\n'


def settings(folder: Path, text: str) -> Path:
    (folder / FILE_NAME).write_text(f"{SITE}\n[bounces]\n{text}\n")
    return folder


@pytest.mark.parametrize(
    "text",
    [
        'address = "bounces@blog.example"',
        'address = "bounces@mail.blog.example"',
        'listen = "unix:/run/bounces"',
        'listen = "127.0.0.1:24"',
        'listen = "[::1]:24"',
        'imap = "imaps://me%40blog.example@imap.example/INBOX"',
        "soft = { count = 2, days = 3 }",
    ],
)
def test_these_do(tmp_path: Path, text: str) -> None:
    assert load(settings(tmp_path, text)).bounces


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('address = "bounces"', "no mail address"),
        ('address = "B <bounces@blog.example>"', "an address alone"),
        ('address = "a+b@blog.example"', "must have no +"),
        (f'address = "{"a" * 32}@blog.example"', "at most 31 characters"),
        ('address = "bounces@elsewhere.example"', "not the domain of"),
        (
            'address = "b@blog.example"\nunsubscribe = "b@blog.example"',
            "must be another address",
        ),
        ('listen = "0.0.0.0:24"', "of this machine alone"),
        ('listen = "unix:bounces"', "absolute"),
        ('imap = "imap://me@imap.example"', "imaps://"),
        ('imap = "imaps://me:hush@imap.example"', "SYNDICATE_BOUNCES__IMAP_PASSWORD"),
        ('imap_done = "Überprüft"', "must be ASCII"),
        ("soft = { count = 9, days = 3 }", "more than there are days"),
    ],
)
def test_these_are_told_with_what_would_be_right(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(settings(tmp_path, text))
    assert why in str(refused.value)
    assert "hush" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_boxes_are_looked_into_where_there_are_some(tmp_path: Path) -> None:
    assert "bounces" not in celery_config(load(settings(tmp_path, "")))["beat_schedule"]
    polled = celery_config(load(settings(tmp_path, 'maildir = "Maildir"')))["beat_schedule"]
    assert polled["bounces"]["task"] == "syndicate.bounces"
