"""A page of a Hugo site becomes a post."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.errors import PostError
from syndicate.posts.faults import Faults
from syndicate.posts.html.shown import EXCERPT_LENGTH, beginning, shown
from syndicate.posts.hugo.addresses import Addresses
from syndicate.posts.hugo.body import Bodies
from syndicate.posts.hugo.fields import PageFields
from syndicate.posts.hugo.front_matter import split
from syndicate.posts.hugo.goldmark import Renderer
from syndicate.posts.hugo.inherited import Cascade
from syndicate.posts.hugo.page import parse
from syndicate.posts.jekyll import naming
from syndicate.posts.jekyll.read import tag_uri
from syndicate.posts.matter.fields import below
from syndicate.posts.media.media import Media
from syndicate.posts.model import Post, Reading
from syndicate.posts.post_file import read_file
from syndicate.posts.text import clean, plain_text, summary

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from syndicate.posts.hugo.config import HugoConfig
    from syndicate.posts.hugo.page import Page
    from syndicate.posts.matter.front_matter import FrontMatter
    from syndicate.settings import Settings

#: The folder that is copied to the site's root.
_STATIC = "static"


class HugoReader:
    """Reads the posts of one site; what can be prepared is, once.

    Not for several threads at a time.
    """

    def __init__(self, settings: Settings, config: HugoConfig) -> None:
        self._settings = settings
        self._config = config
        self._folder = settings.folder.resolve()
        self._site = settings.site
        self._cascade = Cascade(self._folder, config)
        self._addresses = Addresses(self._folder, config, self._cascade, self._site.zone)
        self._markdown = Renderer(config.goldmark)
        self._bodies = Bodies(self._markdown, self._addresses, config.params, self._site.url)
        self._media = Media(self._folder / _STATIC, self._site.url, "")

    def read(self, source: str, *, now: datetime) -> Reading:
        """The post of this file as of `now`, and whatever is wrong with it.

        Never raises for what a file holds or for a file that can't be read.
        """
        faults = Faults(source)
        post, held = None, ""
        try:
            page = parse(source, self._config)
            if page is None:
                raise PostError("no page of this site, by where it is")  # noqa: TRY301 -- one way out
            post, held = self._post(page, now, faults)
        except PostError as error:
            faults.error(error.reason, error.line)
        return Reading(source, post, tuple(faults.problems), held)

    def _post(self, page: Page, now: datetime, faults: Faults) -> tuple[Post | None, str]:
        """The post, or None and why its author holds it back."""
        if page.kind is naming.Kind.OTHER:
            raise PostError("only Markdown and HTML are read; write the post in one of them")
        text = read_file(self._folder, page.source, self._settings.posts.max_bytes)
        matter = split(text, faults)
        fields = PageFields(page, matter, self._cascade.above(page, faults), faults)
        held = fields.held(now, self._site.zone)
        if held:
            return None, held
        day = fields.day(self._config, self._site.zone)
        published = fields.published(day, self._site.zone)
        if published > now:
            when = f"dated in the future ({published:%Y-%m-%d %H:%M} UTC); it appears then"
            faults.warn(when, matter.line("publishdate", "date"))
            return None, ""
        return self._made(fields, matter, day, published, faults), ""

    def _made(
        self,
        fields: PageFields,
        matter: FrontMatter,
        day: datetime,
        published: datetime,
        faults: Faults,
    ) -> Post:
        page, categories, title = fields.page, fields.categories(self._config), fields.title()
        url = self._site.url + self._addresses.path(fields, day, title, faults)
        language = self._config.languages[page.language].tag
        language = language or self._settings.language_of(categories)
        body = self._bodies.body(fields, matter, language, faults)
        html = shown(body.html, url)
        return Post(
            source=page.source,
            # The store keeps the id of the first reading, whatever day the page says later.
            id=tag_uri(self._site.authority, day.date(), page.specific),
            url=url,
            title=title,
            published=published,
            updated=published,
            categories=categories,
            tags=fields.tags(self._config),
            authors=fields.authors(self._config.author, {}),
            language=language,
            image=fields.image(self._site.url, self._picture_of(page, url)),
            episode=self._media.episode(fields, body.html, html, url),
            html=html,
            summary=self._summary(fields, html, body.excerpt, language),
            correction=fields.correction(),
        )

    def _picture_of(self, page: Page, url: str) -> Callable[[str, str], str]:
        """Where a picture is: in the page's own folder if it is there, else below the site's."""
        folder = self._folder / page.folder

        def located(base: str, path: str) -> str:
            return f"{url}{path}" if page.is_bundle and _is_in(folder, path) else below(base, path)

        return located

    def _summary(self, fields: PageFields, html: str, excerpt: str, language: str) -> str:
        written = "" if excerpt else fields.text("summary", "description")
        if written:
            excerpt = self._markdown.render(clean(written), language)
        return summary(plain_text(excerpt), EXCERPT_LENGTH) if excerpt else beginning(html)


def _is_in(folder: Path, name: str) -> bool:
    try:
        return ".." not in name.split("/") and (folder / name).is_file()
    except (OSError, ValueError):  # too long for a name, or with a NUL in it
        return False
