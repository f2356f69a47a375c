from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.posts.model import Image, Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.posts.hugo.site import HugoSite
    from syndicate.posts.model import Post, Reading

    Read = Callable[..., Reading]
    Put = Callable[..., Path]

TOML = """\
+++
title = "Boats"
date = 2026-01-02T08:00:00+08:00
categories = ["News"]
tags = ["ships", "sea"]
author = "Ann <ann@news.example>"
[params]
mood = "calm"
+++
The *tide* turns.
"""
YAML = """\
---
Title: Boats
date: 2026-01-02T08:00:00+08:00
Categories: [News]
tags: [ships, sea]
author: Ann <ann@news.example>
params: {mood: calm}
---
The *tide* turns.
"""
JSON = """\
{"title": "Boats", "date": "2026-01-02T08:00:00+08:00", "categories": ["News"],
 "tags": ["ships", "sea"], "author": "Ann <ann@news.example>", "params": {"mood": "calm"}}

The *tide* turns.
"""


def page(extra: str = "", body: str = "Text.") -> str:
    return f"---\ntitle: Boats\ndate: 2026-01-02\n{extra}\n---\n{body}\n"


def post_of(reading: Reading) -> Post:
    assert reading.post is not None, reading.problems
    return reading.post


def faults(reading: Reading) -> list[str]:
    return [str(problem) for problem in reading.problems]


@pytest.mark.parametrize("text", [TOML, YAML, JSON], ids=["toml", "yaml", "json"])
def test_front_matter_says_the_same_in_every_language(read: Read, text: str) -> None:
    reading = read(text)
    post = post_of(reading)
    assert reading.problems == ()
    assert post.id == "tag:news.example,2026-01-02:/posts/boats.md"
    assert post.url == "https://news.example/posts/boats/"
    assert post.title == "Boats"
    assert post.published == post.updated == datetime(2026, 1, 2, tzinfo=UTC)
    assert post.published.tzinfo is UTC
    assert (post.categories, post.tags) == (("News",), ("ships", "sea"))
    assert post.authors == ("Ann",)
    assert post.html == "<p>The <em>tide</em> turns.</p>"
    assert post.summary == "The tide turns."


def test_reading_twice_gives_the_same_post(read: Read) -> None:
    assert read(TOML) == read(TOML)


def test_line_ends_and_a_byte_order_mark_change_nothing(read: Read) -> None:
    for text in (TOML, YAML, JSON):
        assert read(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()) == read(text)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("+++\ntitle = 1\n", 1, "doesn't end"),
        ("+++\ntitle = 'a'\ndate = 2026-13-01\n+++\n", 3, "no TOML"),
        ('{"title": "a",\n "date": }\n', 2, "no JSON"),
        ("---\ntitle: a\n", 1, "doesn't end"),
        ("+++\ntitle = 'a'\ndate = 'soon'\n+++\n", 3, "'soon' is no date"),
        ("+++\ndate = 2026-01-02\nexpiryDate = 'late'\n+++\n", 3, "expirydate: 'late' is no date"),
        ("just text", None, "no date"),
        ("+++\nx = " + "[" * 5000 + "\n+++\n", 1, "no TOML"),
        ('{"x": ' + "[" * 100_000, 1, "no JSON"),
        (b"+++\ntitle = '\xb8'\n+++\n", 2, "not UTF-8 at line 2"),
        (
            "---\ntitle: a\ndate: 2026-01-02\n---\n"
            + "{{< details >}}" * 21
            + "{{< /details >}}" * 21,
            5,
            "deep",
        ),
    ],
)
def test_what_cant_be_read_is_told_with_its_line(
    read: Read, text: str | bytes, line: int | None, words: str
) -> None:
    reading = read(text)
    assert reading.post is None
    (problem,) = reading.problems
    assert problem.severity is Severity.ERROR
    assert problem.line == line
    assert words in problem.reason


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-01-02", datetime(2026, 1, 1, 16, tzinfo=UTC)),
        ("2026-01-02T09:00:00", datetime(2026, 1, 2, 1, tzinfo=UTC)),
        ("2026-01-02 09:00:00", datetime(2026, 1, 2, 1, tzinfo=UTC)),
        ("2026-01-02T09:00:00Z", datetime(2026, 1, 2, 9, tzinfo=UTC)),
        ("Fri, 02 Jan 2026 09:00:00 +0100", datetime(2026, 1, 2, 8, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_in_the_sites(read: Read, written: str, moment: datetime) -> None:
    text = f"---\ntitle: a\ndate: {written}\n---\n"
    assert post_of(read(text, config='timeZone = "Asia/Shanghai"\n')).published == moment


def test_a_date_may_be_said_otherwise(read: Read) -> None:
    for name in ("publishDate", "pubdate", "lastmod", "modified"):
        text = f"---\ntitle: a\n{name}: 2026-01-02\n---\n"
        assert post_of(read(text)).published == datetime(2026, 1, 2, tzinfo=UTC)


def test_the_files_name_gives_day_and_slug_only_where_the_site_says_so(read: Read) -> None:
    text, source = "---\ntitle: A b\n---\n", "content/posts/2026-01-02-tide.md"
    assert read(text, source).post is None
    config = '[frontmatter]\ndate = [":filename", ":default"]\n'
    post = post_of(read(text, source, config))
    assert post.url == "https://news.example/posts/tide/"
    assert post.published == datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("extra", "why"),
    [
        ("draft: true", "`draft: true`"),
        ("headless: true", "`headless: true`"),
        ("build: {list: never}", "`list: never`"),
        ("_build: {render: false}", "`render: False`"),
        ("expiryDate: 2026-11-23", "expired on 2026-11-23 00:00 (UTC)"),
    ],
)
def test_a_page_held_back_is_no_post_and_nothing_is_wrong(read: Read, extra: str, why: str) -> None:
    reading = read(page(extra))
    assert (reading.post, reading.problems) == (None, ())
    assert why in reading.held


def test_a_page_of_tomorrow_appears_then(read: Read) -> None:
    text = page("publishDate: 2026-11-24")
    reading = read(text)
    assert reading.post is None
    assert "dated in the future (2026-11-24 00:00 UTC)" in reading.problems[0].reason
    assert reading.problems[0].line == 4
    assert post_of(read(text, now=datetime(2026, 11, 25, tzinfo=UTC)))


def test_a_page_without_a_category_is_in_its_section(read: Read) -> None:
    assert post_of(read(page())).categories == ("posts",)
    assert post_of(read(page("categories: [a b, c]"))).categories == ("a b", "c")


def test_the_sites_own_taxonomies_hold(read: Read) -> None:
    config = '[taxonomies]\ncategory = "themen"\n'
    post = post_of(read(page("categories: a\nthemen: [b]\ntags: [c]"), config=config))
    assert (post.categories, post.tags) == (("b",), ())


def test_an_impossible_category_is_left_out_and_told(read: Read) -> None:
    reading = read(page("categories: [a/b, c]"))
    assert post_of(reading).categories == ("c",)
    assert "content/posts/boats.md:4: error: category 'a/b'" in faults(reading)[0]


def test_who_wrote_nothing_is_who_the_site_says(read: Read) -> None:
    config = '[params.author]\nname = "The crew"\n'
    assert post_of(read(page(), config=config)).authors == ("The crew",)
    assert post_of(read(page("authors: [Bo, Cy]"), config=config)).authors == ("Bo", "Cy")


@pytest.mark.parametrize(
    "extra", ["images: [a.jpg]", "cover: {image: a.jpg}", "featuredImage: a.jpg"]
)
def test_a_picture_counts_from_its_own_page_if_it_is_there(
    read: Read, put: Put, extra: str
) -> None:
    source = "content/posts/boats/index.md"
    assert post_of(read(page(extra), source)).image == Image("https://news.example/a.jpg")
    put("content/posts/boats/a.jpg")
    there = Image("https://news.example/posts/boats/a.jpg")
    assert post_of(read(page(extra), source)).image == there


def test_a_recording_is_found_in_the_static_folder(read: Read, put: Put) -> None:
    put("static/talk.mp3", "12345")
    episode = post_of(read(page("audio: /talk.mp3"))).episode
    assert episode is not None
    assert episode.media[0].url == "https://news.example/talk.mp3"
    assert episode.media[0].length == 5


def test_an_excerpt_ends_at_its_mark(read: Read) -> None:
    body = "One *two*.\n\n<!--more-->\n\nThree."
    post = post_of(read(page("summary: no", body)))
    assert post.summary == "One two."
    assert post.html == "<p>One <em>two</em>.</p>\n\n<p>Three.</p>"
    assert post_of(read(page("description: A *b*."))).summary == "A b."


@pytest.mark.parametrize(
    ("config", "html"),
    [
        ("", "<p>a b “c”</p>"),
        ("[markup.goldmark.renderer]\nunsafe = true\n", "<p>a <b>b</b> “c”</p>"),
        ("[markup.goldmark.extensions]\ntypographer = false\n", '<p>a b "c"</p>'),
    ],
)
def test_markdown_is_rendered_as_the_site_is_configured(read: Read, config: str, html: str) -> None:
    assert post_of(read(page(body='a <b>b</b> "c"'), config=config)).html == html


def test_notes_lead_to_where_hugo_has_them(read: Read) -> None:
    html = post_of(read(page(body="x[^b]\n\n[^b]: note"))).html
    assert 'href="https://news.example/posts/boats/#fn:1"' in html
    assert 'href="https://news.example/posts/boats/#fnref:1"' in html


def test_what_sections_hand_down_holds_until_a_page_says_otherwise(read: Read, put: Put) -> None:
    put("content/_index.md", "---\ncascade: {author: Ann, tags: [all]}\n---\n")
    put(
        "content/posts/_index.md",
        "+++\n[[cascade]]\nauthor = 'Bo'\n[[cascade]]\ndraft = true\n[cascade._target]\n"
        "path = '/posts/old**'\n+++\n",
    )
    post = post_of(read(page()))
    assert (post.authors, post.tags) == (("Bo",), ("all",))
    assert post_of(read(page("author: Cy"))).authors == ("Cy",)
    assert read(page(), "content/posts/old/a.md").held == "its author says `draft: true`"


def test_a_section_page_that_cant_be_read_is_told(read: Read, put: Put) -> None:
    put("content/posts/_index.md", "+++\nx\n+++\n")
    reading = read(page())
    assert post_of(reading)
    assert "nothing was inherited from content/posts/_index.md" in faults(reading)[0]


def test_every_language_has_its_own_paths(read: Read, hugo: Callable[..., HugoSite]) -> None:
    config = (
        'defaultContentLanguage = "de"\n[languages.de]\n[languages.zh-tw]\n'
        '[languages.fr]\ncontentDir = "content-fr"\n'
    )
    german = post_of(read(page(), config=config))
    assert (german.language, german.url) == ("de", "https://news.example/posts/boats/")
    chinese = post_of(read(page(), "content/posts/boats.zh-tw.md", config))
    assert (chinese.language, chinese.url) == ("zh-TW", "https://news.example/zh-tw/posts/boats/")
    french = post_of(read(page(), "content-fr/posts/boats.md", config))
    assert (french.language, french.url) == ("fr", "https://news.example/fr/posts/boats/")
    assert len(list(hugo(config).scan())) == 3


def test_a_folder_for_each_language_is_all_that_holds_pages(hugo: Callable[..., HugoSite]) -> None:
    site = hugo(
        'defaultContentLanguage = "fr"\ndefaultContentLanguageInSubdir = true\n'
        '[languages.fr]\ncontentDir = "content/fr"\n[languages.en]\ncontentDir = "content/en"\n'
    )
    assert site.owns("content/fr/posts/a.md")
    assert site.owns("content/en/posts/a.md")
    assert not site.owns("content/posts/a.md")
    assert site.path_for(date(2026, 1, 2), "a", ".md") == "content/fr/posts/2026-01-02-a.md"


@pytest.mark.parametrize(
    ("config", "extra", "path"),
    [
        ('[permalinks]\nposts = "/:year/:month/:day/:slug/"\n', "", "/2026/01/02/boats/"),
        ('[permalinks.page]\nposts = "/:section/:title"\n', "slug: x", "/posts/boats/"),
        ('[permalinks]\nposts = "/:contentbasename.html"\n', "", "/the-tide.html/"),
        ("uglyURLs = true\n", "", "/posts/sub/the-tide.html"),
        ("disablePathToLower = true\n", "", "/posts/sub/The-Tide/"),
        ("", "slug: A  b?c/d", "/posts/sub/a-bc/d/"),
        ("", "url: /x/y.html", "/x/y.html"),
        ("", "url: x", "/x/"),
        ('[permalinks]\nposts = "/:sections[1:]/:filename/"\n', "", "/the-tide/"),
    ],
)
def test_a_permalink_is_made_as_hugo_makes_it(
    read: Read, config: str, extra: str, path: str
) -> None:
    post = post_of(read(page(extra), "content/posts/sub/The Tide.md", config))
    assert post.url == f"https://news.example{path}"


def test_a_permalink_that_nobody_knows_is_told_and_the_usual_taken(read: Read) -> None:
    reading = read(page(), config='[permalinks]\nposts = "/:nonsense/"\n')
    assert post_of(reading).url == "https://news.example/posts/boats/"
    assert "':nonsense'" in faults(reading)[0] or ":nonsense" in faults(reading)[0]


def test_links_out_of_the_site_and_other_languages_of_markup_are_refused(
    read: Read, put: Put, hugo: Callable[..., HugoSite], tmp_path: Path
) -> None:
    assert "only Markdown and HTML" in faults(read("a", "content/posts/a.org"))[0]
    outside = tmp_path.parent / "outside.md"
    outside.write_text(page())
    (put("content/posts/x.md").parent / "out.md").symlink_to(outside)
    reading = hugo().read("content/posts/out.md", now=datetime(2027, 1, 1, tzinfo=UTC))
    assert "leads out of the site" in faults(reading)[0]


def test_too_much_is_not_read(put: Put, hugo: Callable[..., HugoSite]) -> None:
    put("content/posts/a.md", "x" * 100)
    site = hugo(max_bytes=99)
    assert "more than 99" in faults(site.read("content/posts/a.md", now=datetime.now(UTC)))[0]


ANYTHING = st.text(st.sampled_from('{}<>%/*"`= \n-+#.[]()!:|~a1é中\x00\u2028'), max_size=200)


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=ANYTHING)
def test_any_text_gives_a_post_or_a_reason(read: Read, body: str) -> None:
    reading = read(page(body=body))
    assert reading.post or reading.problems
    if reading.post and "*/" not in body:
        assert "Shortcode" not in reading.post.html


@pytest.mark.slow
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(matter=ANYTHING, fence=st.sampled_from(["---", "+++", "{"]))
def test_any_front_matter_gives_a_post_or_a_reason(read: Read, matter: str, fence: str) -> None:
    text = f"{fence}\ndate: 2026-01-02\n{matter}\n{fence}\nText"
    reading = read(text)
    assert reading.post or reading.problems or reading.held


@pytest.mark.parametrize(
    "text",
    [
        '{{<"' * 25_000,
        '{{<"\\"' * 16_000,
        "{{<`" * 25_000,
        "{{</*" * 20_000 + "*/",
        "{{< a >}}" * 11_000,
        "{{< details >}}{{< /details >}}" * 3_000,
        "{{< a " + "x" * 100_000,
        "{{< a " + "a=" * 50_000 + ">}}",
        "# a {" * 20_000,
        "{." * 50_000,
        "`{{< a >}}\n" * 9_000,
        "{{< a >}}Shortcode" + "x" * 100_000,
    ],
)
def test_a_malicious_body_takes_time_in_proportion(read: Read, text: str) -> None:
    read(page())
    begun = time.process_time()
    read(page(body=text))
    assert time.process_time() - begun < 1
