"""Archives are sealed by ascending number: nothing is lost, nothing old is written again."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from syndicate.feeds.model import Format
from syndicate.feeds.publisher import part_of
from syndicate.web.moved import redirect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App

SIZE = 10
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def site(site: Path) -> Path:
    settings = site / "syndicate.toml"
    settings.write_text(settings.read_text() + f"\n[feeds]\nsize = {SIZE}\n")
    return site


@pytest.fixture
def add(app: App, write_post: Callable[..., Path]) -> Callable[[int], None]:
    """Writes that many new posts, and publishes."""
    written: list[int] = []
    app.sync()

    def posts(count: int) -> None:
        for _ in range(count):
            written.append(len(written))
            write_post(f"post-{written[-1]:03}", "tech")
        app.sync()
        app.publish()

    return posts


def files(site: Path) -> dict[str, bytes]:
    """What is published, but for the compressed copies."""
    public = site / "public"
    return {
        str(path.relative_to(public)): path.read_bytes()
        for path in public.rglob("*")
        if path.is_file() and path.suffix != ".gz"
    }


def documents(*folders: str) -> set[str]:
    """Names of all that stands for a feed: its three documents and its page."""
    names = (*(kind.value for kind in Format), "index.html")
    return {f"{folder}{name}" for folder in folders for name in names}


def sealed(found: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in found.items() if "archive/" in name}


def follow(site: Path, url: str) -> Path:
    """The file that a URL of ours leads to, over the redirects that the web app gives."""
    path = url.removeprefix("http://127.0.0.1:8000")
    while response := redirect(site / "public", path):
        parts = path.split("/")[:-1]
        for step in response.headers["location"].split("/"):
            parts = parts[:-1] if step == ".." else [*parts, step]
        path = "/".join(parts)
    return site / "public" / path.removeprefix("/")


def links(path: Path) -> dict[str, str]:
    """By relation, of RSS or Atom."""
    tree = etree.parse(path)
    return {link.get("rel", ""): link.get("href", "") for link in tree.iter(f"{ATOM}link")}


def ids(path: Path) -> list[str]:
    tree = etree.parse(path)
    found = tree.findall(".//item/guid") or tree.findall(f"{ATOM}entry/{ATOM}id")
    return [element.text or "" for element in found]


def walk(site: Path, kind: Format, folder: str = "categories/tech") -> list[str]:
    """Every id from the live document back to the first archive."""
    path, found = site / "public" / folder / kind.value, []
    while True:
        if kind is Format.JSON:
            document = json.loads(path.read_text())
            found += [item["id"] for item in document["items"]]
            before = document.get("next_url")
        else:
            found += ids(path)
            before = links(path).get("prev-archive")
        if not before:
            return found
        path = follow(site, before)


@given(st.integers(0, 10_000), st.integers(1, 1000))
def test_the_live_document_keeps_two_thirds_of_its_size_and_never_more_than_it(
    waiting: int, size: int
) -> None:
    part, left = part_of(size), waiting
    while left > size:
        left -= part
    assert min(waiting, size * 2 / 3) <= left <= size


@pytest.mark.parametrize("kind", list(Format))
def test_walking_back_yields_every_post_once(
    site: Path, app: App, add: Callable[[int], None], kind: Format
) -> None:
    add(37)
    for folder in ("categories/tech", "."):
        found = walk(site, kind, folder)
        assert len(found) == len(set(found)) == app.posts.count() == 37


@pytest.mark.slow
def test_two_hundred_posts_leave_sealed_bytes_alone(site: Path, add: Callable[[int], None]) -> None:
    add(23)
    before = sealed(files(site))
    add(200)
    after = files(site)
    # Of 23, five archives of three leave eight: two feeds of them.
    assert len(before) == 2 * 5 * len(documents(""))
    assert {name: after[name] for name in before} == before
    assert len(walk(site, Format.ATOM)) == 223


@pytest.mark.slow
def test_posts_one_by_one_give_the_same_documents_as_all_at_once(
    site: Path, add: Callable[[int], None]
) -> None:
    for _ in range(16):
        add(1)
    assert sorted({name.split("/")[-2] for name in sealed(files(site))}) == ["1", "2"]
    assert len(walk(site, Format.RSS)) == 16


def test_an_archive_says_what_it_is_and_where_the_others_are(
    site: Path, add: Callable[[int], None]
) -> None:
    add(20)
    base = "http://127.0.0.1:8000/categories/tech/"
    for name in ("rss.xml", "atom.xml"):
        second = site / "public" / "categories" / "tech" / "archive" / "2" / name
        found = links(second)
        assert found["self"] == f"{base}archive/2/{name}"
        assert found["current"] == f"{base}{name}"
        assert found["prev-archive"] == f"{base}archive/1/{name}"
        assert found["next-archive"] == f"{base}archive/3/{name}"
        (mark,) = etree.parse(second).iter("{http://purl.org/syndication/history/1.0}archive")
        assert mark.getparent().tag in ("channel", f"{ATOM}feed")  # type: ignore[union-attr]
        live = site / "public" / "categories" / "tech" / name
        assert "current" not in links(live)
        assert not list(etree.parse(live).iter("{http://purl.org/syndication/history/1.0}archive"))
        # Nothing is sealed as number 3 yet: its address leads to the live document.
        newest = links(live)["prev-archive"].split("/")[-2]
        last = site / "public" / "categories" / "tech" / "archive" / newest / name
        assert follow(site, links(last)["next-archive"]) == live


def test_a_backdated_post_reaches_a_full_feed(
    site: Path, app: App, add: Callable[[int], None], write_post: Callable[..., Path]
) -> None:
    add(30)
    write_post("late", "tech", day="2001-01-01")
    app.sync()
    app.publish()
    live = site / "public" / "categories" / "tech" / "rss.xml"
    assert ids(live)[-1] == "tag:blog.example,2001-01-01:/late.md"


def test_a_correction_issues_its_archive_anew_and_touches_no_other(
    site: Path, app: App, add: Callable[[int], None], write_post: Callable[..., Path]
) -> None:
    add(23)
    before = files(site)
    write_post("post-002", "tech", body="Corrected words.")
    app.sync()
    app.publish()
    after = files(site)
    gone = {name for name in before if name not in after}
    assert gone == documents("archive/1/", "categories/tech/archive/1/")
    kept = {name: data for name, data in sealed(before).items() if name not in gone}
    assert {name: after[name] for name in kept} == kept
    assert b"Corrected words." in after["categories/tech/archive/1-2/rss.xml"]
    for kind in Format:
        found = walk(site, kind)
        assert len(found) == len(set(found)) == 23
    response = redirect(site / "public", "/categories/tech/archive/1/rss.xml")
    assert response
    assert response.status_code == 301


def test_a_withdrawn_post_is_erased_from_archives(
    site: Path, app: App, add: Callable[[int], None], write_post: Callable[..., Path]
) -> None:
    add(23)
    write_post("post-002", "tech", extra="published: false\n")
    app.sync()
    app.publish()
    assert not [name for name, data in files(site).items() if b"post-002" in data]
    assert len(walk(site, Format.RSS)) == 22


def test_an_output_folder_that_is_lost_is_written_anew_to_the_byte(
    site: Path, app: App, add: Callable[[int], None]
) -> None:
    add(23)
    before = files(site)
    shutil.rmtree(site / "public")
    app.republish()
    app.publish()
    assert files(site) == before


def test_an_archive_that_is_lost_is_written_by_a_rebuild_and_the_others_stay(
    site: Path, app: App, add: Callable[[int], None]
) -> None:
    add(23)
    before = files(site)
    (site / "public" / "archive" / "2" / "atom.xml").unlink()
    app.republish()
    assert sum(len(step.changed) for step in app.publish(whole=True)) == 1
    assert files(site) == before


def test_where_corrected_archives_were_is_written_anew_too(
    site: Path, app: App, add: Callable[[int], None], write_post: Callable[..., Path]
) -> None:
    add(23)
    for words in ("Corrected.", "Corrected again."):
        write_post("post-002", "tech", body=words)
        app.sync()
        app.publish()
    shutil.rmtree(site / "public")
    app.republish()
    app.publish()
    for kind in Format:
        assert len(set(walk(site, kind))) == 23
    for number in ("1", "1-2"):
        found = redirect(site / "public", f"/categories/tech/archive/{number}/rss.xml")
        assert found
        assert found.status_code == 301


def test_a_new_post_rewrites_one_document_a_format(site: Path, add: Callable[[int], None]) -> None:
    add(23)
    before = files(site)
    add(1)
    after = files(site)
    changed = {name for name, data in after.items() if before.get(name) != data}
    assert changed == documents("", "categories/tech/")


def test_a_crash_after_an_archive_is_written_and_before_it_is_sealed_loses_nothing(
    site: Path,
    app: App,
    add: Callable[[int], None],
    write_post: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add(8)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    for number in range(20, 25):
        write_post(f"more-{number}", "tech")
    app.sync()
    with monkeypatch.context() as patch:
        patch.setattr(app.feeds, "seal", crash)
        with pytest.raises(KeyboardInterrupt):
            app.publish()
    app.publish()
    for kind in Format:
        assert len(walk(site, kind)) == 13
