"""A file of a Jekyll site becomes a post."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from syndicate.errors import PostError
from syndicate.posts.faults import Faults
from syndicate.posts.html.shown import EXCERPT_LENGTH, beginning, shown
from syndicate.posts.jekyll import naming, site_files
from syndicate.posts.jekyll.addresses import Addresses
from syndicate.posts.jekyll.fields import JekyllFields
from syndicate.posts.jekyll.markdown import Markdown
from syndicate.posts.matter import front_matter
from syndicate.posts.matter.dates import strftime
from syndicate.posts.media.media import Media
from syndicate.posts.model import Post, Reading
from syndicate.posts.post_file import read_file
from syndicate.posts.text import clean, plain_text, summary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from syndicate.posts.jekyll.config import SiteConfig
    from syndicate.posts.jekyll.liquid import Liquid
    from syndicate.posts.jekyll.naming import FileName
    from syndicate.posts.scan import Found
    from syndicate.settings import Settings

#: RFC 4151 §2.1: what may stand in a tag URI's specific part as it is.
_TAG_SAFE = "/-._~!$&'()*+,;=:@"
#: As Jekyll shows a time in Liquid.
_TIME = "%Y-%m-%d %H:%M:%S %z"


def tag_uri(authority: str, day: date, specific: str) -> str:
    """A `tag:` URI (RFC 4151): who gave the name, a day on which they could, and what it names."""
    return f"tag:{authority},{day.isoformat()}:{quote(specific, _TAG_SAFE)}"


class Reader:
    """Reads the posts of one site; what can be prepared is, once.

    Not for several threads at a time.
    """

    def __init__(self, settings: Settings, config: SiteConfig) -> None:
        self._settings = settings
        self._config = config
        self._folder = settings.folder.resolve()
        self._site = settings.site
        self._addresses = Addresses(self._folder, config, self._site.zone)
        self._markdown = Markdown(config.raw)
        self._media = Media(self._folder, self._site.url, config.baseurl)
        self._data = site_files.Data(self._folder / "_data")
        self._variables = {
            **config.raw,
            "url": self._site.url,
            "baseurl": config.baseurl,
            "title": self._site.title,
            "data": self._data,
        }

    def read(self, found: Found | str, *, now: datetime) -> Reading:
        """The post of this file as of `now`, and whatever is wrong with it.

        Never raises for what a file holds or for a file that can't be read.
        """
        source = found if isinstance(found, str) else found.source
        faults = Faults(source)
        post = None
        try:
            name = naming.parse(source).below(self._config.collections_dir)
            post = self._post(name, now, faults)
        except PostError as error:
            faults.error(error.reason, error.line)
        return Reading(source, post, tuple(faults.problems))

    def _post(self, name: FileName, now: datetime, faults: Faults) -> Post | None:
        matter = front_matter.split(
            read_file(self._folder, name.source, self._settings.posts.max_bytes), faults
        )
        fields = JekyllFields(name, matter, self._config.defaults_for(name.source), faults)
        if not fields.is_published:
            return None
        published = fields.published(self._site.zone)
        # Even where `future: true` shows it on the site: no feed item comes from the future.
        if published > now:
            faults.warn(
                f"dated in the future ({published:%Y-%m-%d %H:%M} UTC); it appears then",
                matter.line("date"),
            )
            return None
        categories = fields.categories()
        title = fields.title()
        path = self._addresses.path(fields, published, categories, faults)
        url = self._site.url + path
        language = fields.language(self._settings.language_of(categories))
        body = matter.body
        if fields.has_liquid and _is_template(body):
            page = self._page(fields, published, categories, path, title)
            body = self._liquid.render(body, page, faults, matter.body_line)
        html = self._html(body, name, url, language)
        begun = self._excerpt(fields, body)
        excerpt = self._html(begun, name, url, language) if begun else ""
        return Post(
            source=name.source,
            # The day of the file's name, for a name outlives what is rewritten in the file.
            id=tag_uri(self._site.authority, name.day, name.specific),
            url=url,
            title=title,
            published=published,
            updated=published,
            categories=categories,
            tags=fields.tags(),
            authors=fields.authors(self._config.author, self._people(faults)),
            language=language,
            image=fields.image(self._site.url + self._config.baseurl),
            episode=self._media.episode(fields, body, html, url),
            html=html,
            summary=self._summary(fields, html, excerpt, language),
            correction=fields.correction(),
        )

    @cached_property
    def _liquid(self) -> Liquid:
        # Most posts hold no template, and it takes long to import.
        from syndicate.posts.jekyll.liquid import Liquid  # noqa: PLC0415 - see above
        from syndicate.posts.jekyll.liquid_filters import Filters  # noqa: PLC0415 - see above

        return Liquid(
            Filters(
                self._site.zone,
                self._site.url,
                self._config.baseurl,
                lambda text: self._markdown.render(text, self._site.language),
            ),
            self._addresses.resolve,
            lambda name: site_files.read_text(self._folder / "_includes", name),
            self._beside,
        )

    def _beside(self, path: str) -> str:
        """The text of a file in the folder of posts that the path names.

        Raises:
            PostError: it can't be read, or is no post's to show.
        """
        folder, mark, name = path.partition(f"{naming.POSTS_FOLDER}/")
        return site_files.read_text(self._folder / folder / mark, name)

    def _html(self, body: str, name: FileName, url: str, language: str) -> str:
        if name.kind is naming.Kind.MARKDOWN:
            body = self._markdown.render(body, language)
        return shown(body, url)

    def _excerpt(self, fields: JekyllFields, body: str) -> str:
        """What stands above the author's mark, if there is one."""
        mark = fields.text("excerpt_separator") or self._config.excerpt_separator
        return body.partition(mark)[0] if mark.strip() and mark in body else ""

    def _people(self, faults: Faults) -> Mapping[str, Any]:
        """`_data/authors.yml`: what an author's short name stands for."""
        try:
            people = self._data.get("authors")
        except PostError as error:
            faults.warn(f"{error.reason}; authors are called by their short names")
            people = None
        return people if isinstance(people, dict) else {}

    def _summary(self, fields: JekyllFields, html: str, excerpt: str, language: str) -> str:
        names = ("excerpt",) if excerpt else ("excerpt", "description", "summary")
        written = fields.text(*names)
        if written:
            seen = plain_text(self._markdown.render(clean(written), language))
            return summary(seen, EXCERPT_LENGTH)
        return summary(plain_text(excerpt), EXCERPT_LENGTH) if excerpt else beginning(html)

    def _page(
        self,
        fields: JekyllFields,
        published: datetime,
        categories: Sequence[str],
        path: str,
        title: str,
    ) -> dict[str, Any]:
        """What Liquid may show. `site.time` is the post's: no two readings may differ."""
        moment = strftime(published.astimezone(self._site.zone), _TIME)
        url = path.removeprefix(self._config.baseurl)
        slug = fields.text("slug") or fields.name.slug
        page = {
            **fields.values,
            "title": title,
            "date": moment,
            "url": url,
            "path": fields.name.source,
            "slug": slug,
            "id": f"{url.rstrip('/').rpartition('/')[0]}/{slug}",
            "collection": "posts",
            "ext": fields.name.extension,
            "categories": list(categories),
            "tags": list(fields.tags()),
        }
        return {"page": page, "site": {**self._variables, "time": moment}}


def _is_template(body: str) -> bool:
    """Whether there is anything for Liquid to do."""
    return "{{" in body or "{%" in body
