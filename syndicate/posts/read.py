"""A file of a Jekyll site becomes a post."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from syndicate.errors import PostError
from syndicate.posts import front_matter, links, naming, site_files, tree
from syndicate.posts.addresses import Addresses
from syndicate.posts.dates import strftime
from syndicate.posts.faults import Faults
from syndicate.posts.fields import Fields
from syndicate.posts.liquid import Liquid, is_template
from syndicate.posts.liquid_filters import Filters
from syndicate.posts.markdown import Markdown
from syndicate.posts.model import Post, Reading
from syndicate.posts.sanitise import Sink, sanitise
from syndicate.posts.text import SUMMARY_LENGTH, clean, plain_text, summary
from syndicate.posts.tidy import tidy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from syndicate.posts.jekyll import SiteConfig
    from syndicate.posts.naming import FileName
    from syndicate.posts.scan import Found
    from syndicate.settings import Settings

#: RFC 4151 §2.1: what may stand in a tag URI's specific part as it is.
_TAG_SAFE = "/-._~!$&'()*+,;=:@"
#: As Jekyll shows a time in Liquid.
_TIME = "%Y-%m-%d %H:%M:%S %z"
#: Characters of HTML that are looked at first for a summary.
_SUMMARY_HTML = 20 * SUMMARY_LENGTH
#: Characters of an author's own excerpt.
_EXCERPT_LENGTH = 1_000


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
        self._liquid = Liquid(
            Filters(
                self._site.zone,
                self._site.url,
                config.baseurl,
                lambda text: self._markdown.render(text, self._site.language),
            ),
            self._addresses.resolve,
            lambda name: site_files.read_text(self._folder / "_includes", name),
            self._beside,
        )
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
        matter = front_matter.split(self._text(name.source), faults)
        fields = Fields(name, matter, self._config.defaults_for(name.source), faults)
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
        language = fields.language(self._site.language)
        body = matter.body
        if is_template(body):
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
            html=html,
            summary=self._summary(fields, html, excerpt, language),
        )

    def _beside(self, path: str) -> str:
        """The text of a file in the folder of posts that the path names.

        Raises:
            PostError: it can't be read, or is no post's to show.
        """
        folder, mark, name = path.partition(f"{naming.POSTS_FOLDER}/")
        return site_files.read_text(self._folder / folder / mark, name)

    def _text(self, source: str) -> str:
        """The file's text with LF at line ends, fit for XML.

        Raises:
            PostError: no file, no text, or too much of it.
        """
        path = self._folder / source
        limit = self._settings.posts.max_bytes
        try:
            if path.is_symlink() and not path.resolve().is_relative_to(self._folder):
                raise PostError("a symbolic link that leads out of the site; put the file here")
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise PostError("not a file")
            if status.st_size > limit:
                raise PostError(f"{status.st_size} bytes, more than {limit}; it was not read")
            data = path.read_bytes()
        except OSError as error:
            if "\\" in source:
                raise PostError("its name is not UTF-8; rename it") from error
            raise PostError(f"can't be read: {error.strerror}") from error
        return _decoded(data)

    def _html(self, body: str, name: FileName, url: str, language: str) -> str:
        if name.kind is naming.Kind.MARKDOWN:
            body = self._markdown.render(body, language)
        content = tree.parse(body)
        links.absolutise(content, url)
        tidy(content)
        return sanitise(tree.serialise(content), Sink.FEED)

    def _excerpt(self, fields: Fields, body: str) -> str:
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

    def _summary(self, fields: Fields, html: str, excerpt: str, language: str) -> str:
        names = ("excerpt",) if excerpt else ("excerpt", "description", "summary")
        written = fields.text(*names)
        if written:
            shown = plain_text(self._markdown.render(clean(written), language))
            return summary(shown, _EXCERPT_LENGTH)
        if excerpt:
            return summary(plain_text(excerpt), _EXCERPT_LENGTH)
        # The beginning of the HTML nearly always holds the beginning of the text.
        shown = plain_text(html[:_SUMMARY_HTML])
        if len(shown) <= SUMMARY_LENGTH and len(html) > _SUMMARY_HTML:
            shown = plain_text(html)
        return summary(shown)

    def _page(
        self,
        fields: Fields,
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


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PostError(
            f"not UTF-8 at line {line}; convert it, e.g. iconv -f GB18030 -t UTF-8", line
        ) from error
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return clean(text)
