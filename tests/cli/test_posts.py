"""`syndicate posts`: a post is found by any of its names, and stands where it is said to stand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from syndicate.delivery.model import MailingState
from tests.cli.conftest import DAY, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from syndicate.app import App

OLD, NEW = (f"_posts/{DAY}-{slug}.md" for slug in ("old", "new"))


@pytest.fixture
def standing(synced: Callable[..., Result]) -> Callable[[str], dict[str, Any]]:
    """What `explain --json` says of a post."""

    def run(post: str) -> dict[str, Any]:
        result = synced("posts", "explain", post, "--json")
        assert result.exit_code == 0, result.output
        return dict(json.loads(result.stdout))

    return run


def feeds(standing: dict[str, Any]) -> dict[str, str]:
    return {row["feed"]: row["state"] for row in standing["feeds"]}


def daily(standing: dict[str, Any]) -> dict[str, str]:
    return {row["category"]: row["state"] for row in standing["digests"] if is_daily(row)}


def is_daily(row: dict[str, Any]) -> bool:
    return str(row["cadence"]) == "daily"


def why(standing: dict[str, Any], category: str = "tech") -> str:
    """Why it stands in the daily digest as it does."""
    rows = filter(is_daily, standing["digests"])
    return str(next(row["why"] for row in rows if row["category"] == category))


def withdraw(site: Path) -> None:
    path = site / NEW
    path.write_text(path.read_text().replace("---\n", "---\npublished: false\n", 1))


# list and show


def test_the_last_to_arrive_is_listed_first(synced: Callable[..., Result]) -> None:
    header, *rows = synced("posts", "list").stdout.splitlines()
    assert header.split() == ["number", "published", "title", "categories", "source"]
    assert [row.split()[1:] for row in rows] == [
        [DAY, "08:00", "New", "tech,", "TechWeb", NEW],
        [DAY, "08:00", "Old", "tech", OLD],
    ]


def test_a_list_is_as_long_as_asked_and_of_the_category_asked(
    synced: Callable[..., Result],
) -> None:
    def listed(*words: object) -> list[str]:
        return [row["title"] for row in json.loads(synced("posts", "list", *words).stdout)]

    assert listed("--json") == ["New", "Old"]
    assert listed("--json", "--limit", 1) == ["New"]
    assert listed("--json", "--category", "TechWeb") == ["New"]
    assert "did you mean 'tech'?" in told(synced("posts", "list", "--category", "tec"))


def test_a_title_is_no_markup(synced: Callable[..., Result], write: Callable[..., Path]) -> None:
    write("marked", "tech", title="[bold]loud[/bold] :100:")
    synced("sync")
    assert "[bold]loud[/bold] :100:" in synced("posts", "list").stdout


def test_show_tells_every_field_in_the_zone_of_the_site(
    app: App, synced: Callable[..., Result]
) -> None:
    shown = json.loads(synced("posts", "show", NEW, "--json").stdout)
    assert shown["published"] == f"{DAY}T08:00:00+08:00"
    assert shown["summary"] == "A paragraph."
    assert shown["content_length"] == len(app.posts.latest("TechWeb", 1)[0].html)
    assert [url.rpartition("8000")[2] for url in shown["feeds"]][1:] == [
        "/categories/tech/",
        "/categories/techweb/",
    ]
    text = synced("posts", "show", NEW).stdout
    assert f"{DAY} 08:00" in text
    assert "tech, TechWeb" in text


def test_a_post_answers_to_all_its_names(
    site: Path, synced: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = json.loads(synced("posts", "show", NEW, "--json").stdout)
    monkeypatch.chdir(site.parent)
    names = [
        shown["url"],
        shown["id"],
        shown["number"],
        site / NEW,
        f"{site.name}/{NEW}",
        f"./{NEW}",
    ]
    for name in names:
        assert json.loads(synced("posts", "show", name, "--json").stdout) == shown, name


def test_a_tag_uri_finds_a_name_that_is_percent_encoded(
    synced: Callable[..., Result], write: Callable[..., Path]
) -> None:
    write("央行[1]*", "tech")
    synced("sync")
    shown = json.loads(synced("posts", "show", f"_posts/{DAY}-央行[1]*.md", "--json").stdout)
    assert "%" in shown["id"]
    assert synced("posts", "show", shown["id"], "--json").exit_code == 0
    assert "no post" in told(synced("posts", "show", shown["id"] + "x"))


@pytest.mark.parametrize("command", ["show", "explain"])
@pytest.mark.parametrize("name", ["new", f"_posts/{DAY}-nwe.md", f"https://x.example/{DAY}-new"])
def test_an_unknown_post_is_one_line_with_the_nearest(
    synced: Callable[..., Result], command: str, name: str
) -> None:
    result = synced("posts", command, name)
    assert told(result) == f"no post {name!r}; did you mean {NEW}?"
    assert result.exit_code == 1


@pytest.mark.parametrize(
    "name", ["99", "tag:nobody.example,2024-05-17:/x.md", "zzzz", "/", "_posts"]
)
def test_a_name_like_no_other_is_one_line_too(synced: Callable[..., Result], name: str) -> None:
    assert told(synced("posts", "explain", name)).startswith(f"no post {name!r}")


# explain


def test_a_new_post_waits_for_every_digest_of_its_categories(
    standing: Callable[[str], dict[str, Any]], synced: Callable[..., Result]
) -> None:
    stands = standing(NEW)
    assert stands["file"]["state"] == "read"
    assert feeds(stands) == {"": "live", "tech": "live", "TechWeb": "live"}
    assert not any(row["to_publish"] for row in stands["feeds"])
    assert daily(stands) == {"tech": "waiting", "TechWeb": "waiting"}
    assert why(stands).startswith("waits for the next edition, due 20")
    assert why(stands).endswith(" 08:00")
    text = synced("posts", "explain", NEW).stdout
    assert text.startswith(f"{NEW}: as it was at the last sync\n")
    assert "waits for the next edition" in text


def test_a_post_of_the_archive_is_never_mailed(standing: Callable[[str], dict[str, Any]]) -> None:
    stands = standing(OLD)
    assert feeds(stands) == {"": "live", "tech": "live"}
    assert daily(stands) == {"tech": "archive"}
    assert "never mailed" in why(stands)


def test_a_mailed_post_names_its_edition_and_what_became_of_its_mailing(
    app: App, standing: Callable[[str], dict[str, Any]]
) -> None:
    edition = app.desk.cut("daily", "tech")
    assert edition
    assert why(standing(NEW)) == (
        "in edition 1 of 2026-11-23 14:00; its mailing is still to be ordered"
    )
    mailing = app.desk.order(edition.id)
    assert why(standing(NEW)).endswith(f"; mailing {mailing} ordered")
    assert list(app.plan(mailing)) == []
    stands = standing(NEW)
    assert daily(stands) == {"tech": "edition", "TechWeb": "waiting"}
    assert why(stands).endswith(f"; mailing {mailing} sent (0 of 0 sent, 0 failed)")
    (row,) = (row for row in stands["digests"] if row["edition"])
    assert (row["edition"], row["mailing"]) == (1, mailing)


def test_the_edition_is_the_one_that_took_the_post(
    app: App,
    write: Callable[..., Path],
    synced: Callable[..., Result],
    standing: Callable[[str], dict[str, Any]],
) -> None:
    app.desk.cut("daily", "tech")
    write("later", "tech")
    synced("sync")
    app.desk.cut("daily", "tech")
    assert why(standing(NEW)).startswith("in edition 1 of ")
    assert why(standing(f"_posts/{DAY}-later.md")).startswith("in edition 2 of ")


def test_a_mailing_that_was_cancelled_says_why(
    app: App, standing: Callable[[str], dict[str, Any]]
) -> None:
    edition = app.desk.cut("daily", "tech")
    assert edition
    mailing = app.desk.order(edition.id)
    app.ledger.move(mailing, MailingState.CANCELLED, "ops said so", app.clock())
    assert why(standing(NEW)).endswith(f"; mailing {mailing} cancelled: ops said so")


def test_a_withdrawn_post_is_nowhere_and_comes_back_as_news(
    site: Path, synced: Callable[..., Result], standing: Callable[[str], dict[str, Any]]
) -> None:
    before = (site / NEW).read_text()
    withdraw(site)
    assert "the next sync withdraws it" in standing(NEW)["file"]["why"]
    synced("sync")
    stands = standing(NEW)
    assert stands["file"]["state"] == "held"
    assert "published: false" in stands["file"]["why"]
    assert set(feeds(stands).values()) == {"out"}
    assert {row["why"] for row in stands["feeds"]} == {"withdrawn"}
    assert daily(stands) == {"tech": "left", "TechWeb": "left"}
    (site / NEW).write_text(before)
    assert "takes it in again" in standing(NEW)["file"]["why"]
    synced("sync")
    stands = standing(NEW)
    assert daily(stands) == {"tech": "waiting", "TechWeb": "waiting"}
    assert feeds(stands) == {"": "live", "tech": "live", "TechWeb": "live"}


def test_an_edition_leaves_out_what_is_withdrawn_before_its_message_is_built(
    app: App,
    site: Path,
    synced: Callable[..., Result],
    standing: Callable[[str], dict[str, Any]],
) -> None:
    app.desk.cut("daily", "tech")
    withdraw(site)
    synced("sync")
    stands = standing(NEW)
    assert daily(stands) == {"tech": "edition", "TechWeb": "left"}
    assert "leaves it out" in why(stands)


def test_a_post_whose_file_is_gone_stays_and_says_so(
    site: Path, synced: Callable[..., Result], standing: Callable[[str], dict[str, Any]]
) -> None:
    (site / NEW).unlink()
    assert "the next one keeps the post" in standing(NEW)["file"]["why"]
    synced("sync")
    stands = standing(NEW)
    assert stands["file"]["state"] == "gone"
    assert "the post stays" in stands["file"]["why"]
    assert feeds(stands)["tech"] == "live"


def test_a_post_goes_with_its_file_where_the_settings_say_so(
    site: Path, synced: Callable[..., Result], standing: Callable[[str], dict[str, Any]]
) -> None:
    settings = site / "syndicate.toml"
    settings.write_text(settings.read_text() + '\n[posts]\nvanished = "withdraw"\n')
    (site / NEW).unlink()
    assert "the next one withdraws the post" in standing(NEW)["file"]["why"]
    synced("sync")
    stands = standing(NEW)
    assert stands["file"]["why"] == "its file is gone, and the post is withdrawn"
    assert feeds(stands)["tech"] == "out"


def test_a_post_that_changes_category_has_left_the_old_one(
    synced: Callable[..., Result],
    write: Callable[..., Path],
    standing: Callable[[str], dict[str, Any]],
) -> None:
    write("new", "TechWeb", "fresh")
    synced("sync")
    stands = standing(NEW)
    assert feeds(stands) == {"": "live", "TechWeb": "live", "fresh": "live", "tech": "out"}
    assert daily(stands) == {"TechWeb": "waiting", "fresh": "waiting", "tech": "left"}
    assert why(stands) == "left the category before an edition took it; mailed if it comes back"
    write("new", "tech")
    synced("sync")
    assert daily(standing(NEW)) == {"tech": "waiting", "TechWeb": "left", "fresh": "left"}


def test_a_moved_file_is_found_under_both_its_names(
    site: Path, synced: Callable[..., Result], standing: Callable[[str], dict[str, Any]]
) -> None:
    before = standing(NEW)
    below = site / "_posts" / "below"
    below.mkdir()
    (site / NEW).rename(below / f"{DAY}-new.md")
    path = f"_posts/below/{DAY}-new.md"
    assert standing(path)["file"]["why"] == "not taken in yet: the next sync does it"
    synced("sync")
    assert standing(path) == standing(NEW)
    assert standing(path)["number"] == before["number"]
    assert daily(standing(NEW)) == daily(before)


def test_a_post_of_the_future_is_held_until_its_minute(
    write_post: Callable[..., Path], standing: Callable[[str], dict[str, Any]]
) -> None:
    write_post("ahead", "tech", day="2090-01-01")
    stands = standing("_posts/2090-01-01-ahead.md")
    assert stands["number"] is None
    assert stands["file"]["state"] == "held"
    assert stands["file"]["why"].startswith("appears at 2090-01-01 08:00")
    assert stands["feeds"] == stands["digests"] == []


def test_a_file_that_gives_no_post_says_what_is_wrong_with_it(
    site: Path, synced: Callable[..., Result], standing: Callable[[str], dict[str, Any]]
) -> None:
    path = site / "_posts" / "undated.md"
    path.write_text("words")
    stands = standing("_posts/undated.md")
    assert stands["file"]["state"] == "broken"
    (problem,) = stands["file"]["problems"]
    assert "no date in the file's name" in problem
    assert problem in synced("posts", "explain", path).stdout
    assert "`syndicate posts explain` says why" in told(synced("posts", "show", path))


def test_a_post_whose_file_broke_stays_as_it_was_last_read(
    site: Path, synced: Callable[..., Result], standing: Callable[[str], dict[str, Any]]
) -> None:
    (site / NEW).write_bytes(b"---\ntitle: \xff\n---\n")
    synced("sync")
    stands = standing(NEW)
    assert stands["file"]["state"] == "broken"
    assert "it stays as it was last read" in stands["file"]["why"]
    assert feeds(stands)["tech"] == "live"


def test_a_permalink_that_is_anothers_is_refused_by_name(
    site: Path, standing: Callable[[str], dict[str, Any]]
) -> None:
    taken = standing(NEW)["file"]["source"]
    below = site / "_posts" / "below"
    below.mkdir()
    (below / f"{DAY}-new.md").write_text((site / NEW).read_text())
    stands = standing(f"_posts/below/{DAY}-new.md")
    assert stands["file"]["state"] == "broken"
    assert f"is that of {taken}" in stands["file"]["why"]


def test_a_file_that_the_site_leaves_out_says_so(
    site: Path, write: Callable[..., Path], standing: Callable[[str], dict[str, Any]]
) -> None:
    (site / "_config.yml").write_text(f"exclude: [_posts/{DAY}-kept.md]\n")
    write("kept", "tech")
    assert "leaves it out" in standing(f"_posts/{DAY}-kept.md")["file"]["why"]


def test_a_corrected_post_waits_to_be_read_then_to_be_published(
    app: App, write: Callable[..., Path], standing: Callable[[str], dict[str, Any]]
) -> None:
    write("new", "tech", "TechWeb", body="Other words.")
    assert standing(NEW)["file"]["state"] == "changed"
    app.sync()
    stands = standing(NEW)
    assert stands["file"]["state"] == "read"
    assert all(row["to_publish"] for row in stands["feeds"])
    app.publish()
    assert not any(row["to_publish"] for row in standing(NEW)["feeds"])


def test_a_post_in_a_sealed_archive_says_which_and_under_which_issue(
    site: Path,
    open_app: Callable[[], App],
    write: Callable[..., Path],
    synced: Callable[..., Result],
    standing: Callable[[str], dict[str, Any]],
) -> None:
    settings = site / "syndicate.toml"
    settings.write_text(settings.read_text() + "\n[feeds]\nsize = 2\n")
    write("third", "tech")
    synced("sync")
    (tech,) = (row for row in standing(OLD)["feeds"] if row["feed"] == "tech")
    assert tech["state"] == "archive"
    assert tech["url"].endswith("/categories/tech/archive/1/")
    assert tech["why"] == "in archive 1"
    write("old", "tech", body="Corrected.")
    app = open_app()
    app.sync()
    (tech,) = (row for row in standing(OLD)["feeds"] if row["feed"] == "tech")
    assert tech["to_publish"]
    app.publish()
    (tech,) = (row for row in standing(OLD)["feeds"] if row["feed"] == "tech")
    assert not tech["to_publish"]
    assert tech["url"].endswith("/categories/tech/archive/1-2/")
    assert tech["why"] == "in archive 1, issue 2"
    folder = tech["url"].partition("/categories/")[2]
    assert "Corrected." in (site / "public" / "categories" / folder / "rss.xml").read_text()


def test_a_cadence_that_came_after_a_post_never_mails_it(
    site: Path, standing: Callable[[str], dict[str, Any]]
) -> None:
    settings = site / "syndicate.toml"
    settings.write_text(
        settings.read_text() + '\n[[cadences]]\nname = "hourly"\ncron = "0 * * * *"\n'
    )
    rows = standing(NEW)["digests"]
    assert {(row["cadence"], row["state"]) for row in rows} == {("hourly", "archive")}
    assert {row["why"] for row in rows} == {"was there before this digest: never mailed"}
