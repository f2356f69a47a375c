"""Files that move, and what comes in their place: each post keeps what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.store.keys import WHOLE_SITE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from syndicate.posts.model import Post

    Write = Callable[..., Path]

DAY = "2026-11-20"


@pytest.fixture
def write(write_post: Write) -> Write:
    """Writes a post that is at this address, wherever its file is."""
    return lambda slug, at: write_post(slug, "tech", day=DAY, extra=f"permalink: /{at}/\n")


def posts(app: App) -> dict[str, Post]:
    """What readers see, by the last part of its address."""
    found = app.posts.latest(WHOLE_SITE, 10)
    return {post.url.split("/")[-2]: post for post in found}


@pytest.mark.parametrize("vanished", ["keep", "withdraw"])
def test_a_moved_file_has_not_vanished(
    site: Path, open_app: Callable[[], App], write: Write, vanished: str
) -> None:
    settings = site / "syndicate.toml"
    settings.write_text(settings.read_text() + f'[posts]\nvanished = "{vanished}"\n')
    app = open_app()
    path = write("one", at="first")
    app.sync()
    before = posts(app)["first"]
    (site / "_posts" / "sub").mkdir()
    path.rename(site / "_posts" / "sub" / path.name)
    report = app.sync()
    assert (report.new, report.vanished, report.withdrawn) == (0, 0, 0)
    assert posts(app)["first"].id == before.id
    assert app.sync().vanished == 0


def test_a_file_where_another_was_is_a_post_of_its_own(site: Path, app: App, write: Write) -> None:
    path = write("one", at="first")
    app.sync()
    moved = path.rename(site / "_posts" / f"{DAY}-elsewhere.md")
    app.sync()
    write("one", at="second")
    assert app.sync().new == 1
    app.publish()
    assert app.feeds.dirty() == {}
    found = posts(app)
    assert {name: post.source for name, post in found.items()} == {
        "first": f"_posts/{moved.name}",
        "second": f"_posts/{path.name}",
    }
    assert found["first"].id != found["second"].id
    # For good: whatever it says later, it is the post that it was.
    second = found["second"].id
    write("one", at="third")
    assert app.sync().new == 0
    assert posts(app)["third"].id == second


def test_two_posts_may_change_addresses(app: App, write: Write) -> None:
    write("one", at="first")
    write("two", at="second")
    app.sync()
    before = posts(app)
    write("one", at="second")
    write("two", at="first")
    assert app.sync().problems == ()
    after = posts(app)
    assert after["second"].id == before["first"].id
    assert after["first"].id == before["second"].id


def test_who_claims_an_address_takes_it_from_nobody(app: App, write: Write) -> None:
    write("owner", at="first")
    app.sync()
    owner = posts(app)["first"]
    # Its name comes first, and both are read together.
    write("claims", at="first")
    write("owner", at="first").write_text(
        f"---\ntitle: Mended\ndate: {DAY}\npermalink: /first/\n---\nMended.\n"
    )
    (problem,) = app.sync().problems
    assert problem.source == f"_posts/{DAY}-claims.md"
    assert posts(app)["first"].id == owner.id
    assert posts(app)["first"].title == "Mended"
