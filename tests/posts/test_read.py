from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.posts.jekyll.config import read_config
from syndicate.posts.jekyll.read import Reader, tag_uri
from syndicate.posts.model import Post, Severity
from syndicate.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.posts.model import Reading

    Read = Callable[..., Reading]

NOW = datetime(2026, 11, 23, tzinfo=UTC)
POST = """\
---
layout: post
title: "港口“扩建”"
date: 2026-01-02 17:13:17 +0800
categories: gangkou
tags: 港口新闻
---
<p style="display:none"> </p><!-- x --><p><img src="//img.example/k.png" width="5" height="2"></p>

**港口：**扩建

<http://boats.example/a>

[返回](//news.example/category/gangkou.html)
"""
CONFIG = "url: https://news.example\ntimezone: Asia/Shanghai\n"


def reader_of(folder: Path) -> Reader:
    return Reader(load(folder), read_config(folder)[0])


def post_of(reading: Reading) -> Post:
    assert reading.post is not None, reading.problems
    return reading.post


def test_a_file_becomes_a_post_with_all_that_readers_see(read: Read) -> None:
    reading = read(POST)
    post = post_of(reading)
    assert reading.problems == ()
    assert post.id == "tag:news.example,2026-01-02:/boats.md"
    assert post.url == "https://news.example/gangkou/2026/01/02/boats.html"
    assert post.title == "港口“扩建”"
    assert post.published == post.updated == datetime(2026, 1, 2, 9, 13, 17, tzinfo=UTC)
    assert post.published.tzinfo is UTC
    assert (post.categories, post.tags) == (("gangkou",), ("港口新闻",))
    assert post.language == "zh-CN"
    assert post.html == (
        '<p><img src="https://img.example/k.png" width="5" height="2"></p>\n'
        "<p><strong>港口：</strong>扩建</p>\n"
        '<p><a href="http://boats.example/a">http://boats.example/a</a></p>\n'
        '<p><a href="https://news.example/category/gangkou.html">返回</a></p>'
    )
    assert post.summary.startswith("港口：扩建")


def test_reading_twice_gives_the_same_post(read: Read) -> None:
    assert read(POST) == read(POST)


def test_what_is_rewritten_in_a_file_leaves_its_id(read: Read) -> None:
    other = POST.replace("2026-01-02 17", "2026-01-05 17").replace("港口“扩建”", "新")
    assert post_of(read(other)).id == post_of(read(POST)).id


def test_line_ends_and_a_byte_order_mark_change_nothing(read: Read) -> None:
    dos = b"\xef\xbb\xbf" + POST.replace("\n", "\r\n").encode()
    assert read(dos) == read(POST)


def test_folders_above_posts_are_categories_and_those_below_are_not(read: Read) -> None:
    post = post_of(read(POST, "en/news/_posts/old/2026-01-02-boats.md"))
    assert post.categories == ("en", "news", "gangkou")
    assert post.id == "tag:news.example,2026-01-02:/en/news/_posts/old/boats.md"
    assert post.url == "https://news.example/en/news/gangkou/2026/01/02/boats.html"


def test_html_files_are_not_read_as_markdown(read: Read) -> None:
    post = post_of(read("---\ntitle: a\n---\n<p>*x*</p>", "_posts/2026-01-02-a.html"))
    assert post.html == "<p>*x*</p>"


def test_a_post_of_tomorrow_is_none_yet_and_appears_then(read: Read) -> None:
    reading = read(POST, now=datetime(2026, 1, 2, 9, tzinfo=UTC))
    assert reading.post is None
    (problem,) = reading.problems
    assert problem.severity is Severity.WARNING
    assert "future" in problem.reason
    assert read(POST, now=datetime(2026, 1, 2, 9, 14, tzinfo=UTC)).post


def test_an_unpublished_post_is_none_and_nothing_is_wrong(read: Read) -> None:
    reading = read("---\ntitle: a\npublished: false\n---\n")
    assert (reading.post, reading.problems) == (None, ())


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("no matter", 1, "no front matter"),
        ("---\ntitle: a\n", 1, "doesn't end"),
        ("---\n[[[\n---\n", 3, "no YAML"),
        (b"---\ntitle: \xb8\xdb\n---\n", 2, "not UTF-8 at line 2"),
        (b"\xff\xfe-\x00", 1, "not UTF-8"),
        ("---\ntitle: a\n---\n" + "<div>" * 3000, None, "nested too deep"),
    ],
)
def test_what_is_beyond_repair_says_where_and_why(
    read: Read, content: str | bytes, line: int | None, words: str
) -> None:
    reading = read(content)
    assert reading.post is None
    (problem,) = reading.problems
    assert (problem.severity, problem.line) == (Severity.ERROR, line)
    assert words in problem.reason
    assert "\n" not in str(problem)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("_posts/boats.md", "no date in the file's name"),
        ("_posts/2026-13-02-boats.md", "no such day"),
        ("_posts/26-01-02-boats.md", "no such day"),
        ("_posts/2026-01-02-boats.textile", "Markdown or HTML"),
    ],
)
def test_a_name_that_is_no_posts_says_how_to_rename_it(read: Read, source: str, words: str) -> None:
    (problem,) = read(POST, source).problems
    assert words in problem.reason


def test_a_file_too_large_is_not_read(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNDICATE_POSTS__MAX_BYTES", "100")
    (problem,) = read(POST).problems
    assert "more than 100" in problem.reason


def test_a_link_out_of_the_site_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside.md").write_text(POST, encoding="utf-8")
    folder = tmp_path / "site"
    (folder / "_posts").mkdir(parents=True)
    (folder / "_posts/2026-01-03-link.md").symlink_to(tmp_path / "outside.md")
    reading = reader_of(folder).read("_posts/2026-01-03-link.md", now=NOW)
    assert reading.post is None
    assert "leads out of the site" in reading.problems[0].reason


def test_a_file_that_went_away_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    (problem,) = reader_of(tmp_path).read("_posts/2026-01-09-gone.md", now=NOW).problems
    assert "can't be read" in problem.reason


def test_a_picture_and_an_excerpt_are_the_authors_own(read: Read) -> None:
    matter = "---\ntitle: a\nimage: {path: /a.png, alt: Boat}\nexcerpt: A *short* one\n---\nlong"
    post = post_of(read(matter))
    assert post.image is not None
    assert (post.image.url, post.image.alt) == ("https://news.example/a.png", "Boat")
    assert post.summary == "A short one"


@pytest.mark.parametrize(
    ("said", "sides"),
    [
        ("width: 1200, height: 630", (1200, 630)),
        ("width: '1200', height: 630px", (1200, 630)),
        ("width: 100%, height: auto", (0, 0)),
        ("width: -1, height: 9999999", (0, 0)),
        ("width: true, height: [630]", (0, 0)),
        ("alt: Boat", (0, 0)),
    ],
)
def test_a_picture_is_as_large_as_its_author_says(
    read: Read, said: str, sides: tuple[int, int]
) -> None:
    post = post_of(read(f"---\ntitle: a\nimage: {{path: /a.png, {said}}}\n---\nlong"))
    assert post.image is not None
    assert (post.image.width, post.image.height) == sides
    assert Post.loads(post.dumps()).image == post.image


@pytest.mark.parametrize("where", ["front matter", "configuration"])
def test_an_excerpt_ends_at_the_authors_mark(read: Read, where: str) -> None:
    mark = "excerpt_separator: <!--more-->\n"
    matter, config = (mark, CONFIG) if where == "front matter" else ("", CONFIG + mark)
    content = f"---\ntitle: a\ndescription: d\n{matter}---\nA *short* one.\n\n<!--more-->\nLong."
    post = post_of(read(content, config=config))
    assert post.summary == "A short one."
    assert "Long." in post.html


def test_without_its_mark_a_post_has_no_such_excerpt(read: Read) -> None:
    content = "---\ntitle: a\ndescription: d\nexcerpt_separator: <!--more-->\n---\nb"
    assert post_of(read(content)).summary == "d"


@pytest.mark.parametrize(
    ("matter", "expected"),
    [
        ("", ("Ann Lee",)),
        ("author: bo", ("Bo Berg",)),
        ("authors: [bo, Cora]", ("Bo Berg", "Cora")),
        ("author: {name: Dee}", ("Dee",)),
    ],
)
def test_a_post_is_by_its_authors_or_the_sites(
    read: Read, tmp_path: Path, matter: str, expected: tuple[str, ...]
) -> None:
    (tmp_path / "_data").mkdir()
    (tmp_path / "_data/authors.yml").write_text("bo: {name: Bo Berg, email: bo@b.example}\n")
    site = CONFIG + "author: {name: Ann Lee, email: ann@a.example}\n"
    assert post_of(read(f"---\ntitle: a\n{matter}\n---\n", config=site)).authors == expected


def test_names_that_cant_be_looked_up_are_told(read: Read, tmp_path: Path) -> None:
    (tmp_path / "_data").mkdir()
    (tmp_path / "_data/authors.yml").write_text("[")
    reading = read("---\ntitle: a\nauthor: bo\n---\n")
    assert reading.post
    assert reading.post.authors == ("bo",)
    assert "authors.yml" in reading.problems[0].reason


def test_what_a_site_shows_early_is_out_when_it_is_dated(read: Read) -> None:
    reading = read(POST, config=CONFIG + "future: true\n", now=datetime(2026, 1, 1, tzinfo=UTC))
    assert reading.post is None
    assert "appears then" in reading.problems[0].reason


def test_the_folder_of_collections_is_no_category(read: Read) -> None:
    config = CONFIG + "collections_dir: content\n"
    reading = read("---\ntitle: a\n---\n", "content/_posts/2026-01-02-a.md", config)
    assert post_of(reading).url == "https://news.example/2026/01/02/a.html"
    assert post_of(reading).categories == ()


def test_a_tag_uri_is_percent_encoded() -> None:
    day = date(2026, 1, 2)
    assert tag_uri("a.example", day, "/经 x") == "tag:a.example,2026-01-02:/%E7%BB%8F%20x"


@pytest.mark.slow
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace")))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_content_whatever_raises(read: Read, body: bytes) -> None:
    for content in (body, b"---\n" + body + b"\n---\nx", b"---\ntitle: a\n---\n" + body):
        reading = read(content)
        assert reading.post or reading.problems


@pytest.mark.parametrize(
    "body",
    [
        *("*&#8;![boat](odd:boat.png)*", "<em>&#x1;<img src=odd:boat.png alt=boat></em>"),
        *('<em><img data-src="&#2" alt=boat></em>', "<em><img alt='&#0031;boat' src='odd:a'></em>"),
    ],
)
def test_a_control_character_behind_a_reference_is_no_text(
    read: Callable[..., Reading], body: str
) -> None:
    reading = read(f"---\ntitle: a\n---\n{body}\n")
    assert reading.post is not None
    assert reading.post.html == "<p><em>boat</em></p>"
