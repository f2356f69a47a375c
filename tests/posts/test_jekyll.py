from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from syndicate.posts.jekyll import naming
from syndicate.posts.jekyll.config import SiteConfig, read_config
from syndicate.posts.jekyll.permalink import path, slugify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.posts.model import Reading

    Read = Callable[..., Reading]

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
NAME = naming.parse("en/_posts/sub/2026-01-02-Boats_&-more.md")


def config(folder: Path, text: str) -> SiteConfig:
    (folder / "_config.yml").write_text(text, encoding="utf-8")
    made, problems = read_config(folder)
    assert problems == ()
    return made


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("date", "/en/two%20words/2026/01/02/Boats_&-more.html"),
        ("pretty", "/en/two%20words/2026/01/02/Boats_&-more/"),
        ("ordinal", "/en/two%20words/2026/002/Boats_&-more.html"),
        ("weekdate", "/en/two%20words/2026/W01/Fri/Boats_&-more.html"),
        ("none", "/en/two%20words/Boats_&-more.html"),
    ],
)
def test_the_styles_are_jekylls(tmp_path: Path, style: str, expected: str) -> None:
    template = config(tmp_path, f"permalink: {style}").permalink
    assert path(template, NAME, WHEN, ("en", "Two words")) == expected


def test_every_placeholder_is_known() -> None:
    template = (
        "/:short_year/:i_month/:i_day/:y_day/:week/:w_year/:w_day/:short_month/:long_month"
        "/:long_day/:hour:minute:second/:slug/:name/:path/:collection/:slugified_categories"
        "/:year_:month/:basename:output_ext"
    )
    assert path(template, NAME, WHEN, ("Two words",)) == (
        "/26/1/2/002/01/2026/5/Jan/January/Friday/030405/boats-more/2026-01-02-boats-more"
        "/en/sub/2026-01-02-Boats_&-more/posts/two-words/2026_01/2026-01-02-Boats_&-more.html"
    )


def test_a_path_is_percent_encoded_and_goes_nowhere_but_down() -> None:
    name = naming.parse("_posts/2026-01-02-港口.md")
    assert path("/../a//:title/", name, WHEN, ()) == "/a/%E6%B8%AF%E5%8F%A3/"
    assert path("/caf%C3%A9/é", name, WHEN, ()) == "/caf%C3%A9/%C3%A9"


def test_an_unknown_placeholder_is_named() -> None:
    with pytest.raises(ValueError, match=":nonsense"):
        path("/:nonsense/", NAME, WHEN, ())


def test_a_posts_own_permalink_and_slug_win(read: Read) -> None:
    reading = read("---\ntitle: a\npermalink: /own/:year/:slug/\nslug: Other\n---\n")
    assert reading.post
    assert reading.post.url == "https://news.example/own/2026/other/"


def test_a_permalink_that_cant_be_is_told_and_the_usual_taken(read: Read) -> None:
    reading = read("---\ntitle: a\npermalink: /:nonsense/\n---\n")
    assert reading.post
    assert reading.post.url == "https://news.example/2026/01/02/boats.html"
    assert ":nonsense" in reading.problems[0].reason


def test_the_base_url_stands_between_host_and_path(read: Read) -> None:
    reading = read("---\ntitle: a\n---\n", config="url: https://a.example\nbaseurl: blog/\n")
    assert reading.post
    assert reading.post.url == "https://a.example/blog/2026/01/02/boats.html"


def test_defaults_hold_in_their_scope_and_the_longer_path_wins(tmp_path: Path) -> None:
    site = config(
        tmp_path,
        """
defaults:
  - scope: {path: en/news, type: posts}
    values: {lang: en, deep: {b: 2}}
  - scope: {path: ""}
    values: {lang: de, author: Ann, deep: {a: 1}}
  - scope: {path: "", type: pages}
    values: {author: Nobody}
  - scope: {path: en/newspaper}
    values: {author: Nobody}
""",
    )
    assert site.defaults_for("en/news/_posts/a.md") == {
        "lang": "en",
        "author": "Ann",
        "deep": {"a": 1, "b": 2},
    }


def test_a_default_permalink_is_a_template_too(read: Read) -> None:
    defaults = "defaults: [{scope: {path: ''}, values: {permalink: '/:year/:i_day/:title'}}]\n"
    reading = read("---\ntitle: a\n---\n", config="url: https://a.example\n" + defaults)
    assert reading.post
    assert reading.post.url == "https://a.example/2026/2/boats"


def test_no_configuration_is_jekylls_own(tmp_path: Path) -> None:
    assert read_config(tmp_path) == (SiteConfig(), ())


@pytest.mark.parametrize(
    ("text", "line"), [("title: a\nurl: [\n", 3), ("- a\n", 1), ("a: b: c\n", 1)]
)
def test_broken_configuration_is_one_problem_with_its_line(
    tmp_path: Path, text: str, line: int
) -> None:
    (tmp_path / "_config.yml").write_text(text, encoding="utf-8")
    made, (problem,) = read_config(tmp_path)
    assert made == SiteConfig()
    assert (problem.source, problem.line) == ("_config.yml", line)


def test_an_entry_of_defaults_without_values_is_told(tmp_path: Path) -> None:
    (tmp_path / "_config.yml").write_text("defaults:\n  - scope: {}\n", encoding="utf-8")
    assert "values" in read_config(tmp_path)[1][0].reason


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("default", "the-config-yml-é"),
        ("pretty", "the-_config.yml-é"),
        ("raw", "the-_config.yml-é"),
        ("ascii", "the-config-yml"),
        ("latin", "the-config-yml-e"),
        ("none", "the _config.yml é"),
    ],
)
def test_slugs_are_jekylls(mode: str, expected: str) -> None:
    assert slugify("The _config.yml é", mode) == expected
