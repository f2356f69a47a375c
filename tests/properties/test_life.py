"""A site lives: files come, change, move and go, the clock goes on, and nobody is told twice."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from syndicate.posts.model import Severity
from tests.properties.stories import Story
from tests.properties.witness import Witness

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from tests.properties.sites import Site

    Open = Callable[[str], AbstractContextManager[Site]]

NAMES = ["tech", "Tech", "央行"]
#: What the first of them is called later.
RENAMED = '\n[[categories]]\nname = "Press & more"\nformerly = ["tech"]\n'
WORDS = ["A paragraph.", "Other *words*.", "央行：下调 ]]> &amp;", "<p>open <b>html", ""]


class Life(RuleBasedStateMachine):
    """The rules do what people do to a site; `publish` holds all that is said of it to be true."""

    def __init__(self, open_site: Open) -> None:
        super().__init__()
        self._open = open_site
        self._stack = ExitStack()
        self._numbers = itertools.count(1)
        self.stories: list[Story] = []
        #: Paths that posts have moved away from: since the last sync, and before it. What is at one
        #: at the next sync is the post that was there.
        self.leaving: dict[int, str] = {}
        self.free: list[str] = []
        #: Files written since the last sync.
        self.edited: set[str] = set()
        self.withdraws = False
        self.renamed = False

    @initialize(
        size=st.integers(1, 5),
        withdraws=st.booleans(),
        archive=st.integers(0, 3),
        categories=st.lists(st.sampled_from(NAMES), unique=True, max_size=2),
    )
    def begin(self, size: int, withdraws: bool, archive: int, categories: list[str]) -> None:
        self.withdraws = withdraws
        what = "withdraw" if withdraws else "keep"
        self.site = self._stack.enter_context(
            self._open(f'\n[posts]\nvanished = "{what}"\n[feeds]\nsize = {size}\ntags = true\n')
        )
        self.witness = Witness(self.site, self._current)
        for _ in range(archive):
            self.add(WORDS[0], categories, 0, 0)
        for story in self.stories:
            story.imported = True
        self.publish()

    def teardown(self) -> None:
        self._stack.close()

    # What people do

    @rule(
        words=st.sampled_from(WORDS),
        categories=st.lists(st.sampled_from(NAMES), unique=True),
        age=st.integers(-2, 400),
        folder=st.integers(0, 1),
    )
    def add(self, words: str, categories: list[str], age: int, folder: int) -> None:
        number = next(self._numbers)
        date = self._now() - timedelta(days=age)
        source = f"_posts/{'sub/' * folder}2026-01-{number % 28 + 1:02}-story-{number}.md"
        self._write(Story(number, source, words, categories, date, number))

    @rule(count=st.integers(2, 8))
    def add_many(self, count: int) -> None:
        for _ in range(count):
            self.add(WORDS[0], NAMES[:1], 0, 0)

    @precondition(lambda self: self._some())
    @rule(data=st.data(), words=st.sampled_from(WORDS))
    def rewrite(self, data: st.DataObject, words: str) -> None:
        self._edit(data, words=words)

    @precondition(lambda self: self._some())
    @rule(data=st.data(), categories=st.lists(st.sampled_from(NAMES), unique=True))
    def refile(self, data: st.DataObject, categories: list[str]) -> None:
        self._edit(data, categories=categories)

    @precondition(lambda self: self._some(settled=True))
    @rule(data=st.data(), days=st.integers(-3, 300))
    def redate(self, data: st.DataObject, days: int) -> None:
        self._edit(data, settled=True, date=self._now() - timedelta(days=days))

    @precondition(lambda self: self._some(settled=True))
    @rule(data=st.data(), hidden=st.booleans())
    def hide_or_show(self, data: st.DataObject, hidden: bool) -> None:
        self._edit(data, settled=True, hidden=hidden)

    @precondition(lambda self: self._some(settled=True))
    @rule(data=st.data())
    def give_another_address(self, data: st.DataObject) -> None:
        story = self._draw(data, settled=True)
        self._write(self._replaced(story, settled=False, address=next(self._numbers)))

    @precondition(lambda self: self._some(settled=True))
    @rule(data=st.data(), folder=st.sampled_from(["a", "b"]))
    def move(self, data: st.DataObject, folder: str) -> None:
        story = self._draw(data, settled=True)
        if story.source in self.edited:
            return
        (self.site.folder / story.source).unlink()
        self.leaving[story.number] = story.source
        source = f"_posts/{folder}/2025-02-03-moved-{next(self._numbers)}.md"
        self._write(self._replaced(story, source=source, settled=False))

    @precondition(lambda self: self.free)
    @rule()
    def add_where_another_was(self) -> None:
        number = next(self._numbers)
        self._write(Story(number, self.free.pop(), "", NAMES[:1], self._now(), number))

    @precondition(lambda self: self._some(settled=True))
    @rule(data=st.data())
    def claim_the_address_of_another(self, data: st.DataObject) -> None:
        story = self._draw(data, settled=True)
        if not story.out or story.source in self.edited:
            return
        number = next(self._numbers)
        source = f"_posts/2026-01-01-claims-{number}.md"
        date = self._now() - timedelta(days=1)
        claims = Story(number, source, "Mine.", NAMES, date, story.address)
        self.site.write(source, claims.content)
        self.publish_with(source)
        (self.site.folder / source).unlink()

    @precondition(lambda self: self._some())
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        story = self._draw(data)
        if story.id and story.source in self.edited:
            return
        (self.site.folder / story.source).unlink()
        story.written = False

    @precondition(lambda self: self._some(written=False))
    @rule(data=st.data(), words=st.sampled_from(WORDS))
    def bring_back(self, data: st.DataObject, words: str) -> None:
        story = self._draw(data, written=False)
        self._write(self._replaced(story, words=words, written=True))

    @rule(hours=st.integers(1, 100))
    def wait(self, hours: int) -> None:
        self.site.clock.advance(hours=hours)

    @precondition(lambda self: not self.renamed)
    @rule()
    def rename_category(self) -> None:
        self.renamed = True
        self.site.reopen(RENAMED)

    @rule()
    def restart(self) -> None:
        self.site.reopen(RENAMED if self.renamed else "")

    @rule(name=st.sampled_from([*NAMES, "Press & more"]))
    def cut(self, name: str) -> None:
        if self.site.app.categories.get(name) is None:
            return
        edition = self.site.app.desk.cut("daily", name)
        if edition:
            self.witness.mailed(name, edition.posts)

    # What must hold

    @rule()
    def publish(self) -> None:
        self.publish_with()

    def publish_with(self, *refused: str) -> None:
        """Publish all but these files, which are no posts and told of."""
        problems = self.site.app.sync().problems
        errors = [one.source for one in problems if one.severity is Severity.ERROR]
        assert errors == list(refused)
        self.site.publish()
        self._learn()
        self.witness.look(self.stories)

    def _learn(self) -> None:
        """What becomes of each story at a sync."""
        for story in self.stories:
            if story.written:
                story.out = not story.hidden and story.date <= self._now()
            elif self.withdraws:
                story.out = False
            story.settled = True
        self.edited.clear()
        here = {story.number for story in self.stories if story.out and story.written}
        self.free += [source for number, source in self.leaving.items() if number in here]
        self.leaving.clear()

    # Hands

    def _now(self) -> datetime:
        return self.site.clock()

    def _current(self, name: str) -> str:
        return "Press & more" if self.renamed and name == "tech" else name

    def _some(self, *, written: bool = True, settled: bool = False) -> bool:
        return bool(self._those(written, settled))

    def _those(self, written: bool, settled: bool) -> list[Story]:
        return [s for s in self.stories if s.written is written and s.settled >= settled]

    def _draw(self, data: st.DataObject, *, written: bool = True, settled: bool = False) -> Story:
        those = self._those(written, settled)
        return those[data.draw(st.integers(0, len(those) - 1))]

    def _edit(self, data: st.DataObject, *, settled: bool = False, **changes: Any) -> None:  # noqa: ANN401 - any field
        self._write(self._replaced(self._draw(data, settled=settled), **changes))

    def _replaced(self, story: Story, **changes: Any) -> Story:  # noqa: ANN401 - any field
        self.stories.remove(story)
        return replace(story, **changes)

    def _write(self, story: Story) -> None:
        self.stories.append(story)
        self.edited.add(story.source)
        self.site.write(story.source, story.content)


#: The same lives at every run: a change breaks them, or it doesn't. A failure is told as it was
#: found, for to make it small takes minutes; `LONG` does.
QUICK = settings(
    max_examples=10,
    stateful_step_count=18,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
LONG = settings(max_examples=200, stateful_step_count=40, deadline=None)


def live(open_site: Open, profile: settings) -> None:
    # It takes whatever makes a machine, though it is typed to take a class.
    factory = cast("type[RuleBasedStateMachine]", lambda: Life(open_site))
    run_state_machine_as_test(factory, settings=profile)


@pytest.mark.slow
def test_a_site_lives_and_nobody_is_told_twice(open_site: Open) -> None:
    live(open_site, QUICK)


@pytest.mark.slow
def test_a_site_lives_long(open_site: Open) -> None:
    live(open_site, LONG)
