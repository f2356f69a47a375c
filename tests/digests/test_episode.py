"""An episode in a digest: a link to its recording."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from syndicate.digests.blocks import block
from syndicate.digests.model import Step
from syndicate.posts.media.episode import Enclosure, Episode

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.posts.model import Post

ZONE = ZoneInfo("Asia/Shanghai")
URL = "https://cdn.example/1.mp3?a=1&b=2"


def episode(media_type: str, duration: int | None = 3723) -> Episode:
    return Episode(media=(Enclosure(url=URL, type=media_type),), duration=duration)


def links(text: str) -> dict[str, str]:
    """Where each link leads, by what it says."""
    found = {}
    for link in html.fromstring(text).iter("a"):
        says = "".join(map(str, link.itertext()))
        found[" ".join(says.split())] = link.get("href", "")
    return found


@pytest.mark.parametrize(
    ("language", "media_type", "duration", "says"),
    [
        ("en", "audio/mpeg", 3723, "Listen · 1:02:03"),
        ("en", "video/mp4", 123, "Watch · 2:03"),
        ("zh-CN", "audio/mpeg", 9, "收听 · 0:09"),
        ("zh-CN", "video/mp4", None, "观看"),
        ("fr", "audio/mpeg", None, "Écouter"),
    ],
)
def test_an_episode_is_a_link_to_its_recording_in_the_editions_language(
    make_post: Callable[..., Post],
    language: str,
    media_type: str,
    duration: int | None,
    says: str,
) -> None:
    made = block(make_post(episode=episode(media_type, duration)), language, ZONE)
    for step in (Step.FULL, Step.EXCERPT):
        assert links(made.html[step])[f"▶ {says}"] == URL
        assert f"\n{says}\n{URL}\n" in made.text[step]
    assert URL not in made.text[Step.HEADLINE]
    assert URL not in made.html[Step.HEADLINE].replace("&amp;", "&")


def test_a_post_without_a_recording_has_no_such_link(make_post: Callable[..., Post]) -> None:
    for post in (make_post(), make_post(episode=episode("application/pdf"))):
        made = block(post, "en", ZONE)
        assert len(links(made.html[Step.FULL])) == len(("title", "original"))
        assert "cdn.example" not in made.text[Step.FULL]


def test_another_recording_is_another_block(make_post: Callable[..., Post]) -> None:
    one, two = (
        block(make_post(episode=episode("audio/mpeg", seconds)), "en", ZONE) for seconds in (1, 2)
    )
    assert one.html[Step.FULL] != two.html[Step.FULL]
