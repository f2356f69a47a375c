"""A small site: its folder and its readers, all invented, under names reserved for examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.subscribers.model import Digest

if TYPE_CHECKING:
    from pathlib import Path

#: Of a program that hands in posts.
TOKEN = "invented-and-good-for-examples-only"
SETTINGS = """\
secret = "a key that signs nothing but examples, ever"

[site]
title = "Harbour Gazette"
url = "https://gazette.example"
language = "en"
timezone = "Asia/Shanghai"

[feeds]
size = 3
tags = true
authors = true
hub = "https://hub.example/"

[mail]
from = "Harbour Gazette <news@gazette.example>"
postal_address = "1 Example Road, Example Town"

[bounces]
address = "bounces@gazette.example"
unsubscribe = "leave@gazette.example"

[api.tokens]
newsroom = "{token}"

[redis]
url = "{url}"
prefix = "{prefix}"

[[relays]]
name = "main"
url = "smtp://127.0.0.1:{port}"
per_hour = 10000

[[relays]]
name = "spare"
url = "smtp://127.0.0.1:{port}"
warmup = [50, 500]

[delivery]
# One message after another, so that the story can say what comes next.
connections = 1
final_dot = 5
hard_limit = 60
lease = 120
visibility = 240

[[cadences]]
name = "daily"
cron = "0 8 * * *"

[[cadences]]
name = "weekly"
cron = "0 8 * * 1"

# 12:00 UTC.
[[cadences]]
name = "evening"
cron = "0 20 * * *"

# 11:00 UTC: what nobody sees to within half an hour is held.
[[cadences]]
name = "tea"
cron = "0 19 * * *"
grace = 0.5

[[digests]]
category = "parcels"
uncertain = "park"

[[digests]]
cadence = "evening"
category = "央行"
approval = true
"""
#: A site's files: its name, its categories, and its title.
ARCHIVE = [(f"old-{n}", "harbour", f"Tide table {n}") for n in range(8)]
NEWS = [
    ("ferry", "harbour", "The ferry is back"),
    ("prices", "markets", "What fish costs"),
    ("crane", "TechWeb", "A new crane"),
    ("crane-again", "Techweb", "The crane, once more"),
    ("rates", "央行", "利率不变"),
    ("post", "parcels", "Parcels by boat"),
]
#: How many readers each digest by hand has, by their numbers.
AUDIENCES = {
    Digest("daily", "harbour"): range(6),
    Digest("daily", "markets"): range(2, 12),
    Digest("daily", "TechWeb"): range(4, 9),
    Digest("daily", "Techweb"): range(6, 11),
    Digest("weekly", "Techweb"): range(5, 10),
    Digest("daily", "央行"): range(8),
    Digest("daily", "parcels"): range(3, 7),
    Digest("weekly", "央行"): range(5, 8),
    Digest("evening", "harbour"): range(7, 10),
    Digest("evening", "markets"): range(8, 12),
}
#: They want all of an evening in one mail.
TOGETHER = (8, 9)


def address(number: int) -> str:
    """That of the reader of a number."""
    return f"reader{number}@mail.example"


def make(folder: Path, url: str, prefix: str, port: int) -> None:
    """Make its folder, with what is in it before the day begins."""
    folder.mkdir()
    (folder / "syndicate.toml").write_text(
        SETTINGS.format(url=url, prefix=prefix, port=port, token=TOKEN)
    )
    (folder / "_posts").mkdir()
    write(folder, ARCHIVE)


def write(folder: Path, posts: list[tuple[str, str, str]], correction: str = "") -> None:
    """Write these posts, perhaps with what was put right in them."""
    for slug, category, title in posts:
        (folder / "_posts" / f"2026-11-20-{slug}.md").write_text(
            f'---\ntitle: "{title}"\ndate: 2026-11-20 08:00:00 +0800\nauthor: "Mira Example"\n'
            f'categories: ["{category}"]\ntags: ["sea"]\n'
            f'correction: "{correction}"\n---\nA paragraph about it. {correction}\n'
        )
