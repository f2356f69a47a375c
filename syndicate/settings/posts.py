"""`[posts]`: where posts come from."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from syndicate.settings.section import Section


class Vanished(StrEnum):
    """What a post is whose file is gone."""

    #: It stays: many sites keep only the last days as files.
    KEEP = "keep"
    #: It is taken out of every feed and digest.
    WITHDRAW = "withdraw"


class Posts(Section):
    """Where posts come from."""

    #: The kind of site. Jekyll: `_posts/YYYY-MM-DD-slug.md`; Hugo: pages in sections of `content`.
    source: Literal["jekyll", "hugo"] = "jekyll"
    #: Of a Hugo site, the sections that hold posts; empty: those of its `mainSections`, else all.
    sections: tuple[str, ...] = ()
    #: What becomes of a post whose file is gone.
    vanished: Vanished = Vanished.KEEP
    #: Bytes. A larger file is not a post but a mistake.
    max_bytes: int = Field(default=5_000_000, gt=0)
