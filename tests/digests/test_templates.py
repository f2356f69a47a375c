"""A site's own templates: what they may say, and what is said of one that is wrong."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from syndicate.digests.compose import compose
from syndicate.digests.overrides import LARGEST, OURS, find
from syndicate.errors import TemplateError
from syndicate.resources import templates_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.digests.model import Composed, Masthead
    from syndicate.posts.model import Post

FOLDER = "templates/email/digest"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Puts a template into the site's folder: `write("post.html", "…", slug="tech")`."""

    def put(name: str, text: str, slug: str = "") -> Path:
        path = tmp_path / FOLDER / slug / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return put


@pytest.fixture
def composed(
    tmp_path: Path, masthead: Masthead, make_post: Callable[..., Post]
) -> Callable[..., Composed]:
    """The edition of five posts as the site's templates make it now."""
    return lambda slug="": compose(
        masthead, [make_post(n) for n in range(5)], templates=find(tmp_path, slug)
    )


def ours(name: str) -> str:
    return (templates_folder() / "email" / "digest" / name).read_text(encoding="utf-8")


def test_a_file_of_the_site_stands_in_for_ours_and_the_rest_stays(
    write: Callable[..., Path], composed: Callable[..., Composed]
) -> None:
    before = composed()
    write("post.txt", "* {{ post.title }}")
    after = composed()
    assert "* 第4条新闻" in after.text
    assert after.html == before.html


def test_a_category_has_templates_of_its_own_over_the_sites(
    write: Callable[..., Path], composed: Callable[..., Composed]
) -> None:
    write("subject.txt", "all of it")
    write("subject.txt", "{{ masthead.category_title }} alone", slug="jingji")
    assert composed().subject == composed("other").subject == "all of it"
    assert composed("jingji").subject == "经济网新闻 alone"


def test_a_digest_may_have_a_folder_that_wins_over_the_sites_and_its_categories(
    tmp_path: Path, masthead: Masthead, make_post: Callable[..., Post]
) -> None:
    for path, text in {
        "email/digest/subject.txt": "of all",
        "email/digest/post.txt": "* {{ post.title }}",
        "email/digest/tech/subject.txt": "of tech",
        "weekly/digest/subject.txt": "of the week",
        "weekly/digest/money/subject.txt": "of the week in money",
    }.items():
        file = tmp_path / "templates" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def made(slug: str, template: str) -> Composed:
        return compose(masthead, [make_post(1)], templates=find(tmp_path, slug, template))

    assert made("tech", "").subject == "of tech"
    assert made("tech", "weekly").subject == "of the week"
    assert made("money", "weekly").subject == "of the week in money"
    assert "* 第1条新闻" in made("money", "weekly").text
    with pytest.raises(TemplateError, match="templates/monthly: is no folder"):
        made("", "monthly")


def test_a_change_is_seen_at_once_and_a_file_that_leaves_too(
    write: Callable[..., Path], composed: Callable[..., Composed]
) -> None:
    before = composed()
    path = write("subject.txt", "first")
    for text in ("first", "other", "longer than either"):
        path.write_text(text)
        os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
        assert composed().subject == text
    path.unlink()
    assert composed() == before


def test_what_is_unchanged_is_not_read_again(
    tmp_path: Path, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find(tmp_path) is OURS
    write("post.txt", "x")
    found = find(tmp_path)
    monkeypatch.setattr("syndicate.digests.overrides._source", None)
    assert find(tmp_path) is found
    assert find(tmp_path, "any") is found


def test_a_style_sheet_is_inlined_like_ours_and_a_template_may_include_another(
    write: Callable[..., Path], composed: Callable[..., Composed]
) -> None:
    write("style.css", ours("style.css").replace("#a3261b", "#00507a"))
    write("colophon.html", '<p class="site">{{ masthead.site_title }} 印</p>')
    body = ours("body.html").replace(
        '<p class="footer-text">{{ why }}</p>', '{% include "email/digest/colophon.html" %}'
    )
    write("body.html", body)
    html = composed().html
    assert "color:#00507a" in html
    assert html.index("澜江财经 印") < html.index("澜江市临水路")


def test_a_template_without_html_of_its_own_does(
    write: Callable[..., Path], composed: Callable[..., Composed]
) -> None:
    body = "{# ours #}\n{% include 'email/digest/ours.html' %}"
    write("body.html", body)
    write("ours.html", ours("body.html"))
    assert "第4条新闻" in composed().html


# What is wrong is told with its file and its line, and never goes out


@pytest.mark.parametrize(
    ("name", "after", "bad", "line", "reason"),
    [
        ("body.html", "<h1", "{% if %}", True, "Expected an expression"),
        ("body.html", "<h1", "{% endfor %}", True, "unknown tag 'endfor'"),
        ("body.html", "<h1", "{{ masthed.title }}", True, "'masthed' is undefined"),
        ("body.html", "<h1", "{{ masthead.titel }}", True, "has no attribute 'titel'"),
        ("body.html", "<h1", "{{ issue | shout }}", True, "No filter named 'shout'"),
        ("body.html", "<h1", "{{ issue + 1 }}", True, "can only concatenate str"),
        ("body.html", "<h1", "{{ 1 // 0 }}", True, "by zero"),
        ("body.html", "<h1", "{% set both = [issue, day] %}", True, "only plain texts"),
        ("body.html", "<h1", "{% for a in [1] recursive %}{% endfor %}", True, "recursive"),
        (
            "body.html",
            "<h1",
            "{% include 'email/digest/nope.html' %}",
            True,
            "there is no template",
        ),
        ("body.html", "<h1", "{% include '../../../syndicate.toml' %}", True, "no template"),
        ("body.html", "<h1", "{% include '/etc/passwd' %}", True, "no template"),
        ("body.html", "<h1", "<p {% if more %}lang=x{% endif %}>", True, "within a tag"),
        ("body.html", "<h1", "<style>p { color: red }</style>", True, "data-premailer"),
        ("body.html", "<h1", "{{ ''.__class__ }}", True, "is unsafe"),
        ("body.html", "<h1", "{{ masthead.zone.no_cache('UTC') }}", True, "not safely callable"),
        (
            "body.html",
            "<h1",
            "{% include 'email/digest/body.html' %}",
            True,
            "loops that don't end",
        ),
        ("post.html", '<tr><td class="pad post-cell', "{{ nope }}", True, "'nope' is undefined"),
        ("post.txt", "{{ byline", "{{ nope }}", True, "'nope' is undefined"),
        ("subject.txt", "{{ _", "{{ nope }}", True, "'nope' is undefined"),
        ("style.css", ".page", "{{ nope }}", True, "'nope' is undefined"),
        ("style.css", ".page", "@import url(http://192.0.2.1/x.css);", False, "media.css"),
        ("prose.css", ".body", "\\40 import url(http://192.0.2.1/x.css);", False, "media.css"),
    ],
)
def test_a_broken_template_names_file_and_line(  # noqa: PLR0913, PLR0917 - a table's columns
    write: Callable[..., Path],
    composed: Callable[..., Composed],
    name: str,
    after: str,
    bad: str,
    line: bool,
    reason: str,
) -> None:
    before, found, rest = ours(name).partition(after)
    assert found
    write(name, f"{before}{bad}{found}{rest}")
    with pytest.raises(TemplateError) as error:
        composed()
    text = str(error.value)
    place = f"{FOLDER}/{name}"
    assert text.startswith(f"{place}:{before.count(chr(10)) + 1}: " if line else f"{place}: ")
    assert reason in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("name", "gone", "reason"),
    [
        ("body.html", 'href="https://unsubscribe.invalid/"', "has no way out"),
        ("body.txt", "https://unsubscribe.invalid/", "has no line https"),
        ("body.html", "{{ masthead.postal_address }}", "lacks the postal address"),
        ("body.txt", "{{ masthead.postal_address | wrap }}", "lacks the postal address"),
    ],
)
def test_what_every_mail_has_to_have_cannot_be_left_out(
    write: Callable[..., Path], composed: Callable[..., Composed], name: str, gone: str, reason: str
) -> None:
    write(name, ours(name).replace(gone, ""))
    with pytest.raises(TemplateError, match=f"^{FOLDER}/{name}: {reason}"):
        composed()


@pytest.mark.parametrize("name", ["body.html", "body.txt"])
def test_a_greeting_with_a_name_in_it_needs_a_line_of_its_own(
    write: Callable[..., Path],
    tmp_path: Path,
    masthead: Masthead,
    make_post: Callable[..., Post],
    name: str,
) -> None:
    greeted = replace(masthead, greeting="你好，{name|读者}：")
    compose(greeted, [make_post()])
    write(name, ours(name).replace("{{ greeting }}", "> {{ greeting }}"))
    with pytest.raises(TemplateError, match=f"^{FOLDER}/{name}: has no line {{{{ greeting }}}}"):
        compose(greeted, [make_post()], templates=find(tmp_path))


def test_an_address_in_several_lines_is_recognised(
    write: Callable[..., Path], composed: Callable[..., Composed]
) -> None:
    lines = '{{ masthead.postal_address.split(" ") | join("<br>" | safe) }}'
    write("body.html", ours("body.html").replace("{{ masthead.postal_address }}", lines))
    assert "澜江市临水路<br" in composed().html


def test_a_template_is_utf8_of_this_site_and_not_too_large(
    tmp_path: Path, write: Callable[..., Path], composed: Callable[..., Composed]
) -> None:
    path = write("subject.txt", "x" * (LARGEST + 1))
    with pytest.raises(TemplateError, match=r"subject\.txt: is larger than 200,000 bytes"):
        composed()
    path.write_bytes("x\n二".encode("gb18030"))
    with pytest.raises(TemplateError, match=r"subject\.txt:2: isn't UTF-8"):
        composed()
    path.unlink()
    outside = tmp_path.parent / "secret.txt"
    outside.write_text("secret")
    path.symlink_to(outside)
    with pytest.raises(TemplateError, match=r"subject\.txt: leads out of the site's folder"):
        composed()
    path.unlink()
    (tmp_path / "elsewhere.txt").write_text("within")
    path.symlink_to(tmp_path / "elsewhere.txt")
    assert composed().subject == "within"


def test_what_an_editor_leaves_and_pictures_are_no_templates(
    write: Callable[..., Path], composed: Callable[..., Composed]
) -> None:
    before = composed()
    write(".post.html", "{{ nope }}")
    write("post.html~", "{{ nope }}")
    write("logo.png", "no text").write_bytes(b"\x89PNG\xff")
    assert composed() == before
