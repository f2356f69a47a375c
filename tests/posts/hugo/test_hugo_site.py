"""Which files of a Hugo site are posts, and what changes them."""

from __future__ import annotations

import os
from datetime import date
from typing import TYPE_CHECKING

import pytest

from syndicate.errors import PostError
from syndicate.posts.sources import Sources
from syndicate.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.posts.hugo.site import HugoSite

    Put = Callable[..., Path]
    Hugo = Callable[..., HugoSite]

PAGES = (
    *("content/posts/a.md", "content/posts/sub/b.md", "content/posts/c/index.md"),
    *("content/notes/d.html", "content/posts/c.fr.md", "content/posts/e.org"),
)
OTHERS = (
    *("content/about.md", "content/_index.md", "content/posts/_index.md", "content/posts/x.png"),
    *("content/posts/c/aside.md", "content/posts/c/sub/deep.md", "content/posts/.hidden.md"),
    *("content/posts/a.md~", "content/.git/a.md", "archetypes/default.md", "public/posts/a.md"),
    *("content/top/index.md", "README.md"),
)


@pytest.fixture
def site(put: Put, hugo: Hugo) -> HugoSite:
    for source in (*PAGES, *OTHERS):
        put(source, "x")
    return hugo()


def test_pages_in_sections_are_posts_and_nothing_else_is(site: HugoSite) -> None:
    assert sorted(found.source for found in site.scan()) == sorted(PAGES)


def test_a_look_at_some_files_finds_what_a_scan_does(site: HugoSite) -> None:
    assert list(
        site.look((*OTHERS, *PAGES, "content/posts/gone.md", "x/../content/posts/a.md"))
    ) == (sorted(site.scan(), key=lambda found: found.source))


def test_what_is_found_is_owned(site: HugoSite) -> None:
    assert all(site.owns(found.source) and site.has(found.source) for found in site.scan())
    assert not any(map(site.owns, ("content/about.md", "content/posts/_index.md", "hugo.toml")))


@pytest.mark.parametrize(
    ("config", "settings", "sources"),
    [
        ('[params]\nmainSections = ["notes"]\n', {}, ["content/notes/d.html"]),
        ('[params]\nmainSections = "notes"\n', {}, ["content/notes/d.html"]),
        ('[params]\nmainSections = ["posts"]\n', {"sections": ["notes"]}, ["content/notes/d.html"]),
    ],
)
@pytest.mark.usefixtures("site")
def test_sections_of_posts_can_be_named(
    hugo: Hugo, config: str, settings: dict[str, object], sources: list[str]
) -> None:
    assert [found.source for found in hugo(config, **settings).scan()] == sources


def test_links_to_folders_are_not_followed(put: Put, hugo: Hugo, tmp_path: Path) -> None:
    put("content/posts/a.md")
    put("elsewhere/b.md")
    (tmp_path / "content/linked").symlink_to(tmp_path / "elsewhere")
    assert [found.source for found in hugo().scan()] == ["content/posts/a.md"]
    assert list(hugo().look(["content/linked/b.md"])) == []


def test_a_site_without_content_is_no_empty_site(hugo: Hugo) -> None:
    with pytest.raises(PostError, match="can't look into"):
        list(hugo().scan())


def test_what_a_page_inherits_from_changes_it(put: Put, hugo: Hugo) -> None:
    put("content/posts/a.md")
    put("content/notes/b.md")
    index = put("content/posts/_index.md", "---\n---\n")
    os.utime(index, ns=(1, 1))
    before = {found.source: found for found in hugo().scan()}
    os.utime(index, ns=(1, 2))
    after = {found.source: found for found in hugo().scan()}
    assert before["content/posts/a.md"] != after["content/posts/a.md"]
    assert before["content/notes/b.md"] == after["content/notes/b.md"]
    assert list(hugo().look(["content/posts/a.md"])) == [after["content/posts/a.md"]]


@pytest.mark.parametrize(
    "path",
    ["hugo.toml", "config.yaml", "config/_default/params.toml", "content/_index.md"],
)
def test_configuration_and_section_pages_shape_posts(hugo: Hugo, path: str) -> None:
    assert hugo().shapes(path)
    assert not hugo().owns(path)


@pytest.mark.parametrize("path", ["content/posts/a.md", "layouts/a.html", "public/_index.md", "x"])
def test_nothing_else_shapes_them(hugo: Hugo, path: str) -> None:
    assert not hugo().shapes(path)


def test_the_version_changes_with_the_configuration_alone(put: Put, hugo: Hugo) -> None:
    assert hugo().version == hugo().version
    assert hugo().version != hugo("enableEmoji = true\n").version
    before = hugo().version
    put("content/posts/a.md")
    assert hugo().version == before


def test_a_new_post_goes_where_posts_are(hugo: Hugo) -> None:
    day = date(2026, 1, 2)
    assert hugo().path_for(day, "tide", ".md") == "content/posts/2026-01-02-tide.md"
    site = hugo('[params]\nmainSections = ["blog"]\n')
    assert site.path_for(day, "tide", ".md") == "content/blog/2026-01-02-tide.md"
    assert site.owns(site.path_for(day, "tide", ".md"))


def test_a_configuration_that_cant_be_read_is_told_with_its_line(put: Put, hugo: Hugo) -> None:
    put("config/_default/params.yaml", "a: 1\nb: [\n")
    put("config/_default/menus.json", "[1]")
    assert [str(problem).partition(": error: ")[0] for problem in hugo("x = [1 2]\n").problems] == [
        "hugo.toml:3",
        "config/_default/menus.json",
        "config/_default/params.yaml:3",
    ]


def test_content_outside_of_the_site_is_told_and_left_out(hugo: Hugo) -> None:
    site = hugo('contentDir = "../elsewhere"\n')
    assert "outside of the site" in site.problems[0].reason
    assert site.owns("content/posts/a.md")


def test_folders_of_configuration_are_read_over_the_file(put: Put, tmp_path: Path) -> None:
    put("hugo.yaml", "baseURL: https://a.example/\ntitle: A\nlanguageCode: de-at\n")
    put("config/_default/config.toml", 'title = "B"\n')
    put("config/_default/params.toml", 'mainSections = ["notes"]\ndescription = "D"\n')
    put("config/production/hugo.json", '{"baseURL": "https://b.example/x/"}')
    settings = load(tmp_path)
    site = settings.site
    assert (site.title, site.url, site.description) == ("B", "https://b.example/x", "D")
    assert (site.language, settings.posts.source) == ("de-at", "hugo")
    sources = Sources(settings)
    assert sources.owns("content/notes/a.md")
    assert not sources.owns("content/posts/a.md")
