"""Invented sites of any size: the same number gives the same site."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes of a post's body: what a news site's post has.
POST_BYTES = 5_000

_WORDS: tuple[str, ...] = (
    "harbour",
    "ferry",
    "market",
    "rate",
    "paper",
    "lantern",
    "tide",
    "river",
    "mill",
)
_WORDS += ("ledger", "quarter", "index", "growth", "银行", "指数", "上涨", "公司", "合作", "数据")
_SETTINGS = """\
[site]
title = "Bench"
url = "https://bench.example"
timezone = "UTC"

[mail]
postal_address = "1 Example Road"
"""


def make(folder: Path, posts: int, categories: int) -> Path:
    """A site of that many posts, evenly spread over categories and fifteen years."""
    (folder / "_posts").mkdir(parents=True)
    (folder / "syndicate.toml").write_text(_SETTINGS)
    for number in range(posts):
        add(folder, number, f"category{number % categories}", 2010 + number * 15 // posts)
    return folder


def add(folder: Path, number: int, category: str, year: int = 2026) -> Path:
    """One post more: paragraphs with a link, some emphasis, a list and a quotation."""
    rng = random.Random(number)  # noqa: S311 - a benchmark has no secrets
    day = f"{year}-{1 + number % 9:02}-{1 + number % 28:02}"
    head = f'title: "Post {number}"\ndate: {day} 08:00:00 +0000\ncategories: [{category}]\n'
    text = f"---\n{head}---\n{_body(rng)}"
    path = folder / "_posts" / f"{day}-post-{number}.md"
    path.write_text(text)
    return path


def _body(rng: random.Random) -> str:
    parts: list[str] = []
    while sum(len(part.encode()) for part in parts) < POST_BYTES:
        words = rng.choices(_WORDS, k=70)
        words[10] = f"**{words[10]}**"
        words[30] = f"[{words[30]}](https://bench.example/{words[30]})"
        kind = len(parts) % 5
        mark = {3: "- ", 4: "> "}.get(kind, "")
        parts.append(mark + " ".join(words))
    return "\n\n".join(parts) + "\n"
