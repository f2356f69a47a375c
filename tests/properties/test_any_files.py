"""Whatever lies in `_posts`: the documents are good, they agree, and they tell of every post."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, example, given, settings

from syndicate.feeds.model import Format
from syndicate.posts.model import Severity
from syndicate.store.keys import WHOLE_SITE
from tests.feeds.test_publisher import files
from tests.properties.files import LONGEST, sites
from tests.properties.reader import assert_valid, items, live_folders, walk

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.properties.sites import Site

    Open = Callable[[str], AbstractContextManager[Site]]

SETTINGS = "\n[feeds]\nsize = 2\ntags = true\nauthors = true\n"
#: The same examples at every run: a change breaks them, or it doesn't. A failure is told as it was
#: found, for to make it small takes minutes; `LONG` does.
QUICK = settings(
    max_examples=16, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate]
)
LONG = settings(max_examples=500, deadline=None)


def fill(site: Site, found: dict[str, bytes]) -> None:
    for source, content in found.items():
        site.write(source, content)


def assert_any_files_do(open_site: Open, found: dict[str, bytes]) -> None:
    with open_site(SETTINGS) as site:
        fill(site, found)
        report = site.app.sync()
        site.publish()
        before = assert_valid(site)
        told = {item.id for item in items(walk(site, "", Format.RSS))}
        assert len(told) == site.app.posts.count() == report.new
        # What is no post has its reason, unless its author wants it so.
        left_out = {p.source for p in report.problems if p.severity is Severity.ERROR}
        unpublished = sum(b"published:" in content for content in found.values())
        assert len(found) - len(told) - len(left_out) <= unpublished
        for folder in live_folders(site):
            lists = {kind: items(walk(site, folder, kind)) for kind in Format}
            ids = {kind: [item.id for item in seen] for kind, seen in lists.items()}
            dates = {kind: [item.published for item in seen] for kind, seen in lists.items()}
            assert ids[Format.RSS] == ids[Format.ATOM] == ids[Format.JSON]
            assert dates[Format.RSS] == dates[Format.ATOM] == dates[Format.JSON]
            assert len(set(ids[Format.RSS])) == len(ids[Format.RSS])
            assert set(ids[Format.RSS]) <= told
        # Later, and from nothing but what is in Redis.
        site.clock.advance(days=400)
        site.app.republish()
        site.publish()
        assert files(site.folder) == before
    with open_site(SETTINGS) as other:
        other.clock.advance(days=-30, seconds=17)
        fill(other, found)
        other.app.sync()
        other.publish()
        if other.app.posts.latest(WHOLE_SITE, 1):
            assert files(other.folder) == before


@pytest.mark.slow
@QUICK
@example(found=LONGEST)
@given(found=sites)
def test_any_files_give_good_documents_that_agree_and_are_the_same_at_any_time(
    open_site: Open, found: dict[str, bytes]
) -> None:
    assert_any_files_do(open_site, found)


@pytest.mark.slow
@LONG
@given(found=sites)
def test_very_many_files_do(open_site: Open, found: dict[str, bytes]) -> None:
    assert_any_files_do(open_site, found)
