"""A Hugo site from its files to its feeds."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import feedparser
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from syndicate.app import App

CONFIG = """\
baseURL = "https://blog.example/"
title = "Lanjiang"
"""
PAGE = """\
+++
title = "{title}"
date = 2026-11-20T08:00:00+08:00
{extra}
+++
Text of *{title}*. {{{{< youtube abc >}}}}
"""


def write(site: Path, name: str, extra: str = "", title: str = "") -> Path:
    path = site / "content" / "posts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PAGE.format(title=title or name, extra=extra))
    return path


@pytest.fixture
def blog(site: Path) -> Path:
    (site / "hugo.toml").write_text(CONFIG)
    (site / "_posts").rmdir()
    write(site, "one.md", 'categories = ["Tech"]')
    write(site, "two/index.md")
    write(site, "three.md", "draft = true")
    return site


def titles(site: Path, document: str) -> set[str]:
    feed = feedparser.parse((site / "public" / document).read_bytes())
    assert not feed.bozo
    return {entry.title for entry in feed.entries}


def test_a_hugo_site_has_feeds(blog: Path, open_app: Callable[[], App]) -> None:
    app = open_app()
    assert app.sync().problems == ()
    app.publish()
    assert titles(blog, "rss.xml") == titles(blog, "atom.xml") == {"one.md", "two/index.md"}
    assert titles(blog, "categories/tech/rss.xml") == {"one.md"}
    assert titles(blog, "categories/posts/rss.xml") == {"two/index.md"}


def test_what_changes_on_a_hugo_site_is_taken_in_once(
    blog: Path, open_app: Callable[[], App]
) -> None:
    open_app().sync()
    assert open_app().sync().unchanged == 2
    write(blog, "three.md", title="At last")
    write(blog, "one.md", 'categories = ["Tech"]\ndraft = true')
    report = open_app().sync(only=["content/posts/three.md", "content/posts/one.md"])
    assert (report.new, report.withdrawn) == (1, 1)
    app = open_app()
    app.publish()
    assert titles(blog, "rss.xml") == {"two/index.md", "At last"}


def test_a_section_page_that_changes_what_its_pages_inherit_is_noticed(
    blog: Path, open_app: Callable[[], App]
) -> None:
    open_app().sync()
    (blog / "content/posts/_index.md").write_text("---\ncascade: {categories: [All]}\n---\n")
    app = open_app()
    assert app.sync().rewritten == 2
    app.publish()
    assert titles(blog, "categories/all/rss.xml") == {"two/index.md"}


def test_posts_explain_says_why_a_page_is_held_back(
    blog: Path, syndicate: Callable[..., Result]
) -> None:
    result = syndicate("posts", "explain", "content/posts/three.md", "--site", blog)
    assert "its author says `draft: true`" in " ".join(result.output.split())


@pytest.mark.parametrize("name", ["hugo.toml", "config.toml", "config/_default/hugo.toml"])
def test_init_knows_a_hugo_site(
    tmp_path: Path, syndicate: Callable[..., Result], name: str
) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(CONFIG + 'languageCode = "zh-cn"\ntimeZone = "Asia/Shanghai"\n')
    assert syndicate("init", tmp_path).exit_code == 0
    said = tomllib.loads((tmp_path / "syndicate.toml").read_text())
    assert said["posts"]["source"] == "hugo"
    assert said["feeds"]["output"] == "feeds"
    assert said["site"]["title"] == "Lanjiang"
    assert said["site"]["url"] == "https://blog.example"
    assert (said["site"]["language"], said["site"]["timezone"]) == ("zh-cn", "Asia/Shanghai")


def test_another_programs_config_toml_is_not_hugos(
    tmp_path: Path, syndicate: Callable[..., Result]
) -> None:
    (tmp_path / "config.toml").write_text('base_url = "https://blog.example"\n')
    assert syndicate("init", tmp_path).exit_code == 0
    said = tomllib.loads((tmp_path / "syndicate.toml").read_text())
    assert (said["posts"]["source"], said["feeds"]["output"]) == ("jekyll", "public")
