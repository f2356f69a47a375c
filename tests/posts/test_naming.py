"""What a post's path says."""

from __future__ import annotations

from syndicate.posts.jekyll import naming


def test_files_of_one_day_never_share_what_their_ids_are_made_of() -> None:
    sources = [
        "_posts/2026-01-02-x.md",
        "_posts/2026-01-02-x.html",
        "_posts/2026-01-02-x.markdown",
        "en/news/_posts/2026-01-02-x.md",
        "en/_posts/news/2026-01-02-x.md",
        "_posts/en/news/2026-01-02-x.md",
    ]
    assert len({naming.parse(source).specific for source in sources}) == len(sources)
