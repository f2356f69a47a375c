"""Posts as their author knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass
class Story:
    """A post, its file, and what has to become of them."""

    number: int
    #: The file that it is in, or was in last.
    source: str
    words: str
    categories: list[str]
    date: datetime
    #: What the address ends in; its file may keep it when it moves.
    address: int
    hidden: bool = False
    #: Whether there is a file.
    written: bool = True
    #: Of the last sync: whether readers have it, and by which id; empty if they never had.
    out: bool = False
    id: str = ""
    #: Moved, or under another address, since the last sync; both at once would be another post.
    settled: bool = True
    #: Whether it was there at the first sync, which mails nobody.
    imported: bool = False

    @property
    def title(self) -> str:
        # The dot ends it: no other begins with it.
        return f"Story {self.number}."

    @property
    def url(self) -> str:
        return f"https://blog.example/p/{self.address}/"

    @property
    def content(self) -> bytes:
        return (
            f"---\ntitle: {self.title}\ndate: {self.date:%Y-%m-%d %H:%M:%S %z}\n"
            f"categories: {self.categories}\ntags: [one]\n"
            f"permalink: /p/{self.address}/\npublished: {str(not self.hidden).lower()}\n"
            f"---\n{self.words}\n"
        ).encode()
