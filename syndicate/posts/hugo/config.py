"""What a Hugo site's configuration says about its pages; Hugo's defaults where it is silent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from syndicate.posts.matter.fields import language_tag
from syndicate.posts.model import Problem
from syndicate.settings import hugo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from syndicate.settings.hugo import HugoFiles

_CONTENT = "content"
_TAXONOMIES = {"category": "categories", "tag": "tags"}
#: Where a page's day is looked for, the likelier first.
_DATES = ("date", "publishdate", "lastmod")


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the site."""

    #: As the site calls it: `en`.
    key: str
    #: BCP 47; empty: as the settings say of the whole site.
    tag: str
    #: What paths of its pages begin with, such as `/fr`, or nothing.
    prefix: str


@dataclass(frozen=True, slots=True)
class Goldmark:
    """How Markdown is rendered."""

    #: Raw HTML is kept.
    unsafe: bool = False
    typographer: bool = True
    #: A line such as `{.wide}` belongs to the block above it.
    block_attributes: bool = False
    emoji: bool = False
    hard_wraps: bool = False


@dataclass(frozen=True, slots=True)
class HugoConfig:
    """The part of a configuration that shapes posts. Keys of mappings are in small letters."""

    #: Folders of pages below the site's, the longer ones first, each with its language's key.
    roots: tuple[tuple[str, str], ...] = ((_CONTENT, "en"),)
    #: The default one first.
    languages: Mapping[str, Language] = field(
        default_factory=lambda: {"en": Language("en", "", "")}
    )
    #: Those that hold posts; empty: all.
    sections: tuple[str, ...] = ()
    #: By section, `/:year/:title/`.
    permalinks: Mapping[str, str] = field(default_factory=dict)
    #: What front matter calls the terms of these; empty where the site has no such taxonomy.
    categories: str = _TAXONOMIES["category"]
    tags: str = _TAXONOMIES["tag"]
    #: Sections whose pages end in `.html`; `*` stands for all.
    ugly: frozenset[str] = frozenset()
    keeps_capitals: bool = False
    removes_accents: bool = False
    dates: tuple[str, ...] = _DATES
    #: Whoever wrote the pages that name nobody.
    author: object = None
    goldmark: Goldmark = Goldmark()
    #: Entries of `cascade`, the site's own.
    cascade: tuple[Mapping[str, Any], ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The folder of pages in the default language."""
        usual = next(iter(self.languages))
        return next(root for root, key in self.roots if key == usual)

    def is_ugly(self, section: str) -> bool:
        """Whether pages of the section are files, not folders."""
        return "*" in self.ugly or section in self.ugly


def read_config(
    folder: Path, sections: Sequence[str] = ()
) -> tuple[HugoConfig, tuple[Problem, ...]]:
    """The site's configuration, and what is wrong with it; `sections` are the settings' own."""
    files = hugo.read(folder)
    problems = [Problem(fault.file, fault.reason, fault.line) for fault in files.faults]
    return _config(files, sections), (*problems, *_outside(files))


def _config(files: HugoFiles, sections: Sequence[str]) -> HugoConfig:
    values = files.values
    params = mapping(values.get("params"))
    main = sections or strings(params.get("mainsections")) or strings(values.get("mainsections"))
    taxonomies = values.get("taxonomies", _TAXONOMIES)
    taxonomies = taxonomies if isinstance(taxonomies, dict) else {}
    return HugoConfig(
        roots=_roots(values),
        languages=_languages(values),
        sections=tuple(section.strip("/").lower() for section in main),
        permalinks=_permalinks(values),
        categories=str(taxonomies.get("category", "")).lower(),
        tags=str(taxonomies.get("tag", "")).lower(),
        ugly=_ugly(values.get("uglyurls")),
        keeps_capitals=values.get("disablepathtolower") is True,
        removes_accents=values.get("removepathaccents") is True,
        dates=_dates(values),
        author=params.get("author") or params.get("authors") or values.get("author"),
        goldmark=_goldmark(values),
        cascade=tuple(mappings(values.get("cascade"))),
        params=params,
    )


def mapping(value: object) -> dict[str, Any]:
    """The value if it is a mapping, or an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> Iterator[dict[str, Any]]:
    """The mappings in a value that is one, or a list of them."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield one


def strings(value: object) -> tuple[str, ...]:
    """The texts in a value that is one, or a list of them."""
    found = value if isinstance(value, list) else [value]
    return tuple(one for one in found if isinstance(one, str) and one)


def _outside(files: HugoFiles) -> Iterator[Problem]:
    """Folders of content that are not the site's own: posts are read below the site's folder."""
    told = ((name, mapping(one)) for name, one in mapping(files.values.get("languages")).items())
    for where, about in (("", files.values), *((f"languages.{name}.", one) for name, one in told)):
        written = about.get("contentdir")
        if isinstance(written, str) and written and not _inside(written):
            reason = f"{where}contentDir {written[:60]!r} is outside of the site; it was left out"
            yield Problem(hugo.FILE_NAMES[0], reason)


def _inside(path: str) -> bool:
    return not path.startswith("/") and ".." not in path.split("/")


def _folder(about: Mapping[str, Any], usual: str) -> str:
    written = about.get("contentdir")
    if not isinstance(written, str) or not _inside(written):
        return usual
    return written.removeprefix("./").strip("/") or usual


def _default_language(values: Mapping[str, Any]) -> str:
    return str(values.get("defaultcontentlanguage") or "en").lower()


def _languages(values: Mapping[str, Any]) -> dict[str, Language]:
    usual = _default_language(values)
    below = values.get("defaultcontentlanguageinsubdir") is True
    found = {usual: Language(usual, "", f"/{usual}" if below else "")}
    for key, about in mapping(values.get("languages")).items():
        own = mapping(about)
        if key != usual and own.get("disabled") is not True:
            written = own.get("languagecode") or own.get("locale") or key
            found[key] = Language(key, language_tag(str(written)), f"/{key}")
    return found


def _roots(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    above = _folder(values, _CONTENT)
    roots: dict[str, str] = {}
    for key in _languages(values):
        own = mapping(mapping(values.get("languages")).get(key))
        roots.setdefault(_folder(own, above), key)
    return tuple(sorted(roots.items(), key=lambda root: (-len(root[0]), root[0])))


def _permalinks(values: Mapping[str, Any]) -> dict[str, str]:
    """Since 0.115 they stand by kind: those of pages are meant."""
    found = mapping(values.get("permalinks"))
    found = {**found, **mapping(found.get("page"))}
    return {key.strip("/"): value for key, value in found.items() if isinstance(value, str)}


def _ugly(value: object) -> frozenset[str]:
    if isinstance(value, dict):
        return frozenset(key for key, wanted in value.items() if wanted is True)
    return frozenset("*") if value is True else frozenset()


def _dates(values: Mapping[str, Any]) -> tuple[str, ...]:
    """`:default` stands for Hugo's own; Git and the disk are not asked, for they say otherwise."""
    written = strings(mapping(values.get("frontmatter")).get("date"))
    named = (name.lower() for name in written)
    expanded = (_DATES if name == ":default" else (name,) for name in named)
    return tuple(name for names in expanded for name in names) or _DATES


def _goldmark(values: Mapping[str, Any]) -> Goldmark:
    written = mapping(mapping(values.get("markup")).get("goldmark"))
    renderer = mapping(written.get("renderer"))
    typographer = mapping(written.get("extensions")).get("typographer", True)
    if isinstance(typographer, dict):
        typographer = typographer.get("disable") is not True
    attribute = mapping(mapping(written.get("parser")).get("attribute"))
    return Goldmark(
        unsafe=renderer.get("unsafe") is True,
        typographer=typographer is not False,
        block_attributes=attribute.get("block") is True,
        emoji=values.get("enableemoji") is True,
        hard_wraps=renderer.get("hardwraps") is True,
    )
