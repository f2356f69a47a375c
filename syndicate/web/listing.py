"""What readers can choose from: five categories or two thousand, in groups that can be taken in."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syndicate.store.keys import WHOLE_SITE
from syndicate.web.choice import is_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from babel import Locale

    from syndicate.delivery.prepare import Postmaster
    from syndicate.posts.categories import Category
    from syndicate.settings import Settings

#: So many are taken in at a glance, and need no groups.
FEW = 12
#: Scripts without a first letter that a reader would look under, by Unicode's names of their
#: characters; they have a name of their own in each language.
_SCRIPTS = {"CJK": "Hani", "HANGUL": "Hang", "HIRAGANA": "Hira", "KATAKANA": "Kana"}
_DIGITS, _OTHERS = "0–9", "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A category, as readers know it."""

    #: Names it in forms and links.
    slug: str
    #: Its name in digests.
    category: str
    title: str
    description: str = ""
    #: Slugs that it had under other names: forms elsewhere go on with them.
    former: tuple[str, ...] = ()
    #: The heading that the settings put it under; empty: none.
    group: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Categories under a heading."""

    #: Empty: there is none.
    title: str
    rows: Sequence[Listed]


def listed(
    settings: Settings, postmaster: Postmaster, known: Mapping[str, Category]
) -> list[Listed]:
    """Every category that there is, in the order of titles."""
    found = []
    for name, category in known.items():
        text = settings.category_text(name)
        if name != WHOLE_SITE:
            found.append(
                Listed(
                    slug=category.slug,
                    former=category.former_slugs,
                    category=name,
                    title=postmaster.category_title(name, category),
                    description=text.description,
                    group=text.group,
                )
            )
    return sorted(found, key=lambda each: (each.title.casefold(), each.category))


def by_slug(found: Iterable[Listed]) -> dict[str, str]:
    """The name of a category by each slug that it has or had; one that has it comes first."""
    rows = list(found)
    had = {slug: each.category for each in rows for slug in each.former}
    return had | {each.slug: each.category for each in rows}


def grouped(found: Sequence[Listed], groups: Sequence[str], locale: Locale) -> list[Group]:
    """In the settings' `groups` and their order, or else by their first letters; few in one."""
    if any(each.group for each in found):
        return _parted(found, lambda each: each.group, [*groups, ""].index)
    if len(found) <= FEW:
        return [Group("", found)] if found else []
    return _parted(found, lambda each: initial(each.title, locale), _rank)


def matching(found: Iterable[Listed], query: str) -> list[Listed]:
    """Those that have every word of a query."""
    return [each for each in found if is_found(query, each.title, each.category, each.description)]


def initial(title: str, locale: Locale) -> str:
    """What a title is looked up under: its first letter, or what its script is called there."""
    for char in unicodedata.normalize("NFKD", title):
        if char.isdecimal():
            return _DIGITS
        if char.isalpha():
            script = _SCRIPTS.get(unicodedata.name(char, "").partition(" ")[0])
            return str(locale.scripts[script]) if script else char.upper()
    return _OTHERS


def _parted(
    found: Iterable[Listed], heading: Callable[[Listed], str], rank: Callable[[str], Any]
) -> list[Group]:
    rows: dict[str, list[Listed]] = {}
    for each in found:
        rows.setdefault(heading(each), []).append(each)
    return [Group(title, rows[title]) for title in sorted(rows, key=rank)]


def _rank(title: str) -> tuple[int, str]:
    """Digits, then letters, then scripts, and what is left."""
    if title in (_DIGITS, _OTHERS):
        return (0 if title == _DIGITS else 3), title
    return (1 if len(title) == 1 else 2), title
