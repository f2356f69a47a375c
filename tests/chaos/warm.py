"""Imported where workers are forked from: what each would have to read and compile is there."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from syndicate.digests import letters
from syndicate.digests.bundle import Section
from syndicate.digests.compose import compose
from syndicate.digests.letters import Kind, Letter, Letterhead
from syndicate.digests.model import Masthead
from syndicate.digests.together import Sheet, compose_together, make_part
from syndicate.posts.model import Post
from tests.chaos import outside, worker
from tests.chaos.site import START

#: What a forked process finds imported.
PRELOADED = (outside, worker)
_ZONE = ZoneInfo("Asia/Shanghai")
_POST = Post(
    source="_posts/2026-11-20-one.md",
    id="tag:blog.example,2026:1",
    url="https://blog.example/one.html",
    title="One",
    published=START,
    updated=START,
    language="en",
    html="<p>A paragraph.</p>",
    summary="A paragraph.",
)
_MASTHEAD = Masthead(
    site_title="Lanjiang",
    site_url="https://blog.example",
    category_title="tech",
    description="",
    number=1,
    date=START,
    zone=_ZONE,
    language="en",
    web_url="https://blog.example/editions/1",
    postal_address="1 Example Road, Example Town",
    cadence="daily",
)
_SECTION = Section(
    edition=1,
    category="tech",
    title="tech",
    number=1,
    language="en",
    web_url="https://blog.example/editions/1",
    posts=(_POST,),
)


def warm() -> None:
    """Make one of each kind of mail, whose templates stay compiled in this process."""
    compose(_MASTHEAD, [_POST])
    sheet = Sheet(_MASTHEAD)
    compose_together(sheet, [make_part(sheet, _SECTION)] * 2)
    letters.compose(
        Letter(
            kind=Kind.CONFIRM,
            masthead=Letterhead("Lanjiang", "https://blog.example", "1 Example Road"),
            language="en",
            zone=_ZONE,
            asked_at=START,
            link="https://blog.example/confirm",
            until=START + timedelta(days=2),
        )
    )


warm()
