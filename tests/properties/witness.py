"""Who looks at all that a site publishes, remembers it, and holds it to what was promised."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from syndicate.feeds.model import Format
from syndicate.posts.lookup import Lookup
from syndicate.web.moved import redirect
from tests.feeds.test_publisher import follow
from tests.properties.reader import WEB, assert_valid, items, live_folders, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.properties.sites import Site
    from tests.properties.stories import Story


class Witness:
    """Sees a site after each publishing."""

    def __init__(self, site: Site, current: Callable[[str], str]) -> None:
        """`current` says what a category is called by now."""
        self.site = site
        self._current = current
        #: Bytes of every sealed document ever seen, by its path.
        self._sealed: dict[str, bytes] = {}
        #: Ids that a reader of any feed has been shown, and whose they are.
        self._shown: dict[str, int] = {}
        #: How often a digest's editions had a post.
        self._mailed: Counter[tuple[str, int]] = Counter()

    def mailed(self, name: str, posts: Iterable[int]) -> None:
        """An edition of a category was cut."""
        self._mailed.update((self._current(name), post) for post in posts)

    def look(self, stories: Sequence[Story]) -> None:
        """Everything that must hold."""
        found = assert_valid(self.site)
        self._everybody_is_told_once({story.url: story for story in stories if story.out})
        for story in stories:
            if not story.out:
                told = [name for name, data in found.items() if story.title.encode() in data]
                assert told == [], "a post that was taken back is there"
        self._archives_are_sealed(found)
        self._mail_has_each_post_once(stories)
        self._the_clock_changes_nothing(found)

    def _everybody_is_told_once(self, out: dict[str, Story]) -> None:
        for folder, expected in self._feeds(out).items():
            rss, atom, feed = (items(walk(self.site, folder, kind)) for kind in Format)
            assert rss == atom == feed
            assert len(rss) == len({item.id for item in rss}), "a post stands twice in a feed"
            assert {item.url for item in rss} == expected
            for item in rss:
                story = out[item.url]
                assert (item.title, item.published) == (story.title, story.date)
                story.id = story.id or item.id
                assert item.id == story.id, "a post has another id"
                assert self._shown.setdefault(item.id, story.number) == story.number

    def _feeds(self, out: dict[str, Story]) -> dict[str, set[str]]:
        """The addresses that each feed has to tell of, by its folder."""
        feeds = {folder: set[str]() for folder in live_folders(self.site)}
        feeds[""] |= out.keys()
        if out:
            feeds["tags/one/"] |= out.keys()
        for category in self.site.app.categories.all().values():
            if category.name:
                feeds[f"categories/{category.slug}/"] |= {
                    url for url, story in out.items() if category.name in self._names(story)
                }
        return feeds

    def _archives_are_sealed(self, found: dict[str, bytes]) -> None:
        now = {
            name: data for name, data in found.items() if "archive/" in name and "/." not in name
        }
        for name, data in self._sealed.items():
            if name in now:
                assert now[name] == data, "a sealed document changed"
            else:
                response = redirect(self.site.public, f"/{name}")
                assert response is not None, name
                assert response.status_code == 301
                assert follow(self.site.folder, f"{WEB}{name}").is_file()
        self._sealed |= now

    def _mail_has_each_post_once(self, stories: Sequence[Story]) -> None:
        app, lookup = self.site.app, Lookup(self.site.store)
        told = Counter({(self._current(n), post): c for (n, post), c in self._mailed.items()})
        for name in app.pending.counts("daily"):
            told.update((name, post) for post in app.pending.posts("daily", name, 1000))
        assert set(told.values()) <= {1}
        for story in stories:
            if story.out and not story.imported:
                record = lookup.find(story.url)
                assert record is not None
                assert all((name, record.number) in told for name in self._names(story))

    def _the_clock_changes_nothing(self, found: dict[str, bytes]) -> None:
        site = self.site
        site.clock.advance(days=1)
        assert site.app.publish() == []
        site.app.republish()
        site.publish()
        assert assert_valid(site) == found

    def _names(self, story: Story) -> set[str]:
        return set(map(self._current, story.categories))
