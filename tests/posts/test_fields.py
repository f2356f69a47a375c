from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.posts.matter.fields import language_tag
from syndicate.posts.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.posts.model import Post, Problem, Reading

    Read = Callable[..., Reading]


def post_of(reading: Reading) -> Post:
    assert reading.post is not None, reading.problems
    return reading.post


def only(reading: Reading) -> Problem:
    (problem,) = reading.problems
    return problem


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("A <em>fast</em> &amp; small\tboat", "A fast & small boat"),
        ("'List<T> & a < b'", "List<T> & a < b"),
        ("2023", "2023"),
        ("No", "No"),
        ("1.10", "1.10"),
        ("12:30", "12:30"),
        ('"cafe\\u0301"', "café"),
        ('"a\\x07b\\u2028c"', "ab c"),
    ],
)
def test_a_title_is_plain_text_as_it_was_written(read: Read, written: str, title: str) -> None:
    assert post_of(read(f"---\ntitle: {written}\n---\n")).title == title


@pytest.mark.parametrize("matter", ["", "title:", 'title: ""', "title: '<b></b>'", "title: [a]"])
def test_without_a_title_the_file_names_the_post(read: Read, matter: str) -> None:
    reading = read(f"---\n{matter}\n---\n", "_posts/2026-01-02-small-boats.md")
    assert post_of(reading).title == "Small Boats"
    assert only(reading).severity is Severity.WARNING


@pytest.mark.parametrize("written", [" +0800", "", " soon", " 2026-02-30", " [2026]"])
def test_a_broken_date_is_the_day_of_the_files_name(read: Read, written: str) -> None:
    reading = read(f"---\ntitle: a\ndate:{written}\n---\n")
    assert post_of(reading).published.isoformat() == "2026-01-01T16:00:00+00:00"
    assert (only(reading).severity, only(reading).line) == (Severity.WARNING, 3)


def test_a_post_without_a_date_is_as_jekyll_means_it(read: Read) -> None:
    reading = read("---\ntitle: a\n---\n")
    assert reading.problems == ()
    assert post_of(reading).published.isoformat() == "2026-01-01T16:00:00+00:00"


@pytest.mark.parametrize(
    ("matter", "categories"),
    [
        ("categories: news sports", ("news", "sports")),
        ("category: Career In PEVC", ("Career In PEVC",)),
        (
            "categories: [Career In PEVC, TechWeb, Techweb]",
            ("Career In PEVC", "TechWeb", "Techweb"),
        ),
        ("categories: a b\ncategory: c a", ("a", "b", "c a")),
        ("categories: []", ()),
        ("categories: 2022", ("2022",)),
    ],
)
def test_categories_are_jekylls(read: Read, matter: str, categories: tuple[str, ...]) -> None:
    reading = read(f"---\ntitle: a\n{matter}\n---\n")
    assert (post_of(reading).categories, reading.problems) == (categories, ())


def test_commas_between_categories_are_told(read: Read) -> None:
    reading = read("---\ntitle: a\ncategories: news, foundation\n---\n")
    assert post_of(reading).categories == ("news", "foundation")
    assert (only(reading).severity, only(reading).line) == (Severity.WARNING, 3)


@pytest.mark.parametrize("name", ["../x", "a/b", "'a\\b'", '"a\\nb"', "..", "x" * 201])
def test_a_category_that_is_none_is_an_error_and_the_post_stays(read: Read, name: str) -> None:
    reading = read(f"---\ntitle: a\ncategories: [ok, {name}]\n---\n")
    assert post_of(reading).categories == ("ok",)
    assert (only(reading).severity, only(reading).line) == (Severity.ERROR, 3)


def test_defaults_add_categories(read: Read) -> None:
    defaults = "defaults: [{scope: {path: ''}, values: {categories: [all], lang: de}}]\n"
    post = post_of(read("---\ntitle: a\ncategories: b\n---\n", config=defaults))
    assert (post.categories, post.language) == (("all", "b"), "de")


@pytest.mark.parametrize(
    ("matter", "authors"),
    [
        ("author: Ann Lee", ("Ann Lee",)),
        ("authors: [Ann, Bo, Ann]", ("Ann", "Bo")),
        ("author: {name: Ann, email: ann@a.example}", ("Ann",)),
        ("author: Ann <ann@a.example>", ("Ann",)),
        ("author: ann@a.example", ()),
        ("author: Mu (@mu)", ("Mu (@mu)",)),
        ("author: '@mu'", ("@mu",)),
        ("authors: [{name: Ann}, {email: bo@a.example}]", ("Ann",)),
    ],
)
def test_authors_are_names_and_never_addresses(
    read: Read, matter: str, authors: tuple[str, ...]
) -> None:
    assert post_of(read(f"---\ntitle: a\n{matter}\n---\n")).authors == authors


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        *(("zh_cn", "zh-CN"), ("EN", "en"), ("zh-hant-tw", "zh-Hant-TW"), ("de_DE.UTF-8", "de-DE")),
        *(
            ("es-419", "es-419"),
            ("sl-rozaj", "sl-rozaj"),
            ("english", ""),
            ("", ""),
            ("x" * 99, ""),
        ),
    ],
)
def test_languages_are_written_as_bcp_47_has_them(written: str, tag: str) -> None:
    assert language_tag(written) == tag


def test_a_language_that_is_none_is_the_sites(read: Read) -> None:
    reading = read("---\ntitle: a\nlang: klingonish\n---\n")
    assert post_of(reading).language == "zh-CN"
    assert only(reading).line == 3


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("/i/a.png", "https://news.example/i/a.png"),
        ("i/a b.png", "https://news.example/i/a%20b.png"),
        ("//cdn.example/a.png", "https://cdn.example/a.png"),
        ("{url: 'http://b.example/a.png'}", "http://b.example/a.png"),
    ],
)
def test_an_image_is_absolute(read: Read, written: str, url: str) -> None:
    image = post_of(read(f"---\ntitle: a\nimage: {written}\n---\n")).image
    assert image is not None
    assert image.url == url


def test_an_image_that_is_none_is_told(read: Read) -> None:
    reading = read("---\ntitle: a\nimage: 'javascript:alert(1)'\n---\n")
    assert post_of(reading).image is None
    assert only(reading).severity is Severity.WARNING
