"""Everything that a person decides: sections, names, defaults, and what they mean."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from syndicate.errors import SettingsError
from syndicate.settings.bounces import Bounces
from syndicate.settings.cadence import Cadence
from syndicate.settings.checks import (
    absolute_url,
    language_tag,
    mail_address,
    network,
    one_line,
    port_of,
    web_url,
    zone_name,
)
from syndicate.settings.digest import USUAL, DigestRules, Rules
from syndicate.settings.dkim import Dkim
from syndicate.settings.inbound import Api, Hook
from syndicate.settings.key import KEY_BYTES
from syndicate.settings.key_file import KeyFile
from syndicate.settings.logs import Logs
from syndicate.settings.podcast import Podcast
from syndicate.settings.relays import DEFAULT, OUTBOX, Relay, Threshold, relay_url
from syndicate.settings.remote import Remote
from syndicate.settings.signup import SignupRules
from syndicate.settings.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

#: What every environment variable of ours begins with.
ENV_PREFIX = "SYNDICATE_"
#: Names the site's folder to processes that get no option: workers, beat.
SITE_VARIABLE = f"{ENV_PREFIX}SITE_DIR"


class Vanished(StrEnum):
    """What a post is whose file is gone."""

    #: It stays: many sites keep only the last days as files.
    KEEP = "keep"
    #: It is taken out of every feed and digest.
    WITHDRAW = "withdraw"


class Content(StrEnum):
    """How much of a post its feeds hold."""

    #: All of it.
    FULL = "full"
    #: The summary; the rest is read on the site.
    EXCERPT = "excerpt"


class _Section(BaseModel):
    """Frozen; an unknown name is an error, for it is most often a misspelt one."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Site(_Section):
    """Whose posts they are."""

    #: What feeds, mails and pages are headed with.
    title: str = "Untitled"
    #: Where the posts stand on the web; what is relative in them is resolved against it.
    url: str = "http://localhost:4000"
    #: A sentence on what it is about, as feed readers show it.
    description: str = ""
    #: BCP 47, such as `zh-CN`: of posts that say no other, of feeds, mails and pages.
    language: str = "en"
    #: IANA, such as `Asia/Shanghai`: dates are shown in it, and cadences go by its clocks.
    timezone: str = "UTC"

    _check_title = field_validator("title")(one_line)
    _check_url = field_validator("url")(absolute_url)
    _check_zone = field_validator("timezone")(zone_name)
    _check_language = field_validator("language")(language_tag)

    @property
    def zone(self) -> ZoneInfo:
        """The zone that dates are shown in."""
        return ZoneInfo(self.timezone)

    @property
    def authority(self) -> str:
        """The host that new `tag:` URIs name (RFC 4151)."""
        return urlsplit(self.url).hostname or "localhost"


class Posts(_Section):
    """Where posts come from."""

    #: The kind of site. Jekyll: `_posts/YYYY-MM-DD-slug.md`; Hugo: pages in sections of `content`.
    source: Literal["jekyll", "hugo"] = "jekyll"
    #: Of a Hugo site, the sections that hold posts; empty: those of its `mainSections`, else all.
    sections: tuple[str, ...] = ()
    #: What becomes of a post whose file is gone.
    vanished: Vanished = Vanished.KEEP
    #: Bytes. A larger file is not a post but a mistake.
    max_bytes: int = Field(default=5_000_000, gt=0)


class Feeds(_Section):
    """What is published."""

    #: The folder that documents are written into, below the site's folder unless absolute.
    output: Path = Path("public")
    #: Posts in a live document at the most; archives hold a third of it each.
    size: int = Field(default=50, ge=1, le=1000)
    #: How much of a post they hold; a category may say otherwise.
    content: Content = Content.FULL
    #: URL of a picture that stands for the site in feed readers, square; empty for none.
    image: str = ""
    #: Whether every tag has a feed of its own, or which have.
    tags: bool | tuple[str, ...] = False
    #: Whether every author has one, or who has.
    authors: bool | tuple[str, ...] = False
    #: A WebSub hub that is told of every change, such as `https://hub.example/`; empty for none.
    hub: str = ""
    #: What makes the feed of the whole site a podcast, and what the shows of categories share; left
    #: out: it is none.
    podcast: Podcast | None = None

    @field_validator("hub")
    @classmethod
    def _check_hub(cls, value: str) -> str:
        if value and not urlsplit(value).scheme.startswith("http"):
            raise ValueError("must be the absolute http(s) URL of a hub, or empty")
        return value

    @field_validator("image")
    @classmethod
    def _check_image(cls, value: str) -> str:
        return web_url(value) if value else value


class Web(_Section):
    """The web app."""

    #: The address that it listens on.
    host: str = "127.0.0.1"
    #: The port of that.
    port: int = Field(default=8000, ge=1, le=65535)
    #: What links in feeds and mails begin with; the Host header is never believed. Empty: the host
    #: and port above, which do for one machine.
    url: str = ""
    #: Addresses or networks of the proxies before it: who asks is whom they name, not they. A
    #: machine's own proxy is among them, for nobody else speaks from that address.
    proxies: tuple[str, ...] = ("127.0.0.0/8", "::1")
    #: The header by which they name him; each must set it, whatever it was sent.
    forwarded: Literal["X-Forwarded-For", "Forwarded"] = "X-Forwarded-For"

    #: Addresses or networks that may read `/metrics`; empty: nobody.
    metrics: tuple[str, ...] = ("127.0.0.0/8", "::1")

    @field_validator("proxies", "metrics")
    @classmethod
    def _check_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(network, value))

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str, info: ValidationInfo) -> str:
        # What is missing here was wrong, and is told of by itself.
        host, port = info.data.get("host", "localhost"), info.data.get("port", 80)
        return absolute_url(value or f"http://{f'[{host}]' if ':' in host else host}:{port}")


class Mail(_Section):
    """Who sends, and through which relay."""

    model_config = ConfigDict(populate_by_name=True)

    #: Who mails are from: `user@host` or `Name <user@host>`.
    sender: str = Field(default="News <news@localhost.localdomain>", alias="from")
    #: Where answers go to; empty: to whom mails are from.
    reply_to: str = ""
    #: Anti-spam law wants one in every mail; nothing is sent without.
    postal_address: str = ""
    #: Whether he who confirmed gets a mail at once that says what comes when, and how to change it.
    #: Otherwise a reader of a weekly has nothing to change or leave it by for a week.
    welcome: bool = True
    #: Whether he who left everything on a page gets a last mail with a way back. One click never
    #: gets one: it is often pressed by those who mean that there be no mail.
    goodbye: bool = False
    #: `outbox`, `smtp://[user@]host[:port]` (with STARTTLS, unless the host is this machine) or
    #: `smtps://[user@]host[:port]`: the short form of one of `[[relays]]`, called "default".
    relay: str = OUTBOX
    #: The relay's password; better in the environment than in a file.
    password: SecretStr = SecretStr("")
    #: Those of `[[relays]]` by their names; the same.
    passwords: dict[str, SecretStr] = Field(default_factory=dict)

    @field_validator("sender", "reply_to")
    @classmethod
    def _check_address(cls, value: str) -> str:
        return mail_address(value) if value else value

    _check_relay = field_validator("relay")(relay_url)


class Redis(_Section):
    """Where all state is."""

    #: Empty: an embedded server, started by the first process that needs it. May hold a password.
    url: str = Field(default="", repr=False)
    #: What every key begins with, so that sites can share a server.
    prefix: str = Field(default="syndicate", pattern=r"^[A-Za-z0-9_-]+$")

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and parts.scheme not in ("redis", "rediss", "unix"):
            raise ValueError("must begin with redis://, rediss:// or unix://, or be empty")
        port_of(parts)
        return value


class State(_Section):
    """What this machine keeps on disk, feeds apart."""

    #: Below the site's folder unless absolute: the embedded Redis, the captured mail, the key.
    folder: Path = Path(".syndicate")


class Delivery(_Section):
    """Time limits of sending, in seconds, the first four each longer than the one before."""

    #: How long a relay may think over the final dot: RFC 5321 §4.5.3.2.6 says ten minutes.
    final_dot: float = Field(default=600, gt=0)
    #: Celery ends a task after this.
    hard_limit: float = Field(default=1800, gt=0)
    #: A chunk belongs to its worker no longer than this.
    lease: float = Field(default=2400, gt=0)
    #: Redis hands an unacknowledged task to another worker after this.
    visibility: float = Field(default=3600, gt=0)
    #: A worker that shows no sign of life for this long has lost its chunk.
    heartbeat: float = Field(default=15, gt=0)
    #: Connections that one worker process sends a chunk by; a relay may allow fewer to all of them.
    connections: int = Field(default=4, ge=1, le=256)
    #: How often work that nobody holds is looked for.
    sweep: float = Field(default=60, gt=0)
    #: A message not accepted this long after its edition was cut is given up.
    expiry: float = Field(default=2 * 86400, gt=0)
    #: A mailing of which more comes back is paused until a person resumes it.
    pause_on_bounces: Threshold = Threshold(percent=5)
    #: The same of spam complaints; large providers want fewer than 0.1 % in the long run.
    pause_on_complaints: Threshold = Threshold(percent=0.3, after=500)

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        limits = ("final_dot", "hard_limit", "lease", "visibility")
        for low, high in pairwise(limits):
            if getattr(self, low) >= getattr(self, high):
                raise ValueError(
                    f"{low} ({getattr(self, low):g} s) must be less than "
                    f"{high} ({getattr(self, high):g} s)"
                )
        return self


class CategoryText(_Section):
    """How a category is shown; categories without an entry are shown by their name.

    What is empty here is as it is for the whole site.
    """

    #: What posts call it, to the letter.
    name: str = Field(min_length=1)
    #: What readers see; empty: the name.
    title: str = ""
    #: A sentence on what it is about.
    description: str = ""
    #: Under which heading it stands where readers choose; empty: by its first letter.
    group: str = ""
    #: Of its feed and its page, BCP 47.
    language: str = ""
    #: How much of a post its feed holds.
    content: Content | None = None
    #: Whether it has a feed. One that was published and is taken back is gone for good (HTTP 410).
    feed: bool = True
    #: What it was called before: posts that still say so are its own, its feed and its digests go
    #: on, and the old addresses lead to the new ones.
    formerly: tuple[str, ...] = ()
    #: What makes its feed a podcast; left out: it is none, though its episodes are episodes.
    podcast: Podcast | None = None

    _check_title = field_validator("title", "group")(one_line)

    @field_validator("language")
    @classmethod
    def _check_language(cls, value: str) -> str:
        return language_tag(value) if value else value


_DAY = 86400.0
#: What the settings say of a category that they don't name: nothing.
_UNSAID = CategoryText(name="?")


class Settings(BaseSettings):
    """Everything that a person decides. Build it with `load`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        validate_default=True,
    )

    #: The site's folder, absolute. Relative paths of other settings count from here.
    folder: Path
    site: Site = Site()
    posts: Posts = Posts()
    feeds: Feeds = Feeds()
    web: Web = Web()
    api: Api = Api()
    hook: Hook = Hook()
    mail: Mail = Mail()
    signup: SignupRules = SignupRules()
    bounces: Bounces = Bounces()
    dkim: Dkim = Dkim()
    redis: Redis = Redis()
    state: State = State()
    delivery: Delivery = Delivery()
    workers: Workers = Workers()
    logs: Logs = Logs()
    #: When digests go out, and by what rules they are cut. Left out: `daily` at 8 o'clock, and
    #: `weekly` on Mondays at 8.
    cadences: tuple[Cadence, ...] = (
        Cadence(name="daily", cron="0 8 * * *"),
        Cadence(name="weekly", cron="0 8 * * 1"),
    )
    categories: tuple[CategoryText, ...] = ()
    digests: tuple[DigestRules, ...] = ()
    remotes: tuple[Remote, ...] = ()
    #: Instead of `[mail] relay`: several, or one with limits.
    relays: tuple[Relay, ...] = ()
    #: Signs the tokens in links, 32 characters or more; empty: a file in the state folder, made at
    #: first need.
    secret: SecretStr = SecretStr("")
    #: What signed before, or will once every machine has it: links of these keys work, too.
    other_secrets: tuple[SecretStr, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which `load` hands in."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    @field_validator("secret")
    @classmethod
    def _check_secret(cls, value: SecretStr) -> SecretStr:
        return _long_enough(value) if value.get_secret_value() else value

    @field_validator("other_secrets")
    @classmethod
    def _check_others(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        return tuple(map(_long_enough, value))

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for what, names in (
            ("cadences", [c.name for c in self.cadences]),
            ("categories", [c.name for c in self.categories]),
            ("remotes", [remote.name for remote in self.remotes]),
            ("relays", [relay.name for relay in self.relays]),
        ):
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                raise ValueError(f"{what}: {min(twice)!r} is there twice")
        old = [name for category in self.categories for name in category.formerly]
        both = {c.name for c in self.categories} | {name for name in old if old.count(name) > 1}
        if again := both.intersection(old):
            raise ValueError(
                f"categories: {min(again)!r} is the former name of one, and named again"
            )
        return self

    @model_validator(mode="after")
    def _aligned(self) -> Self:
        if self.dkim.selector:
            self.dkim.domain_of(self.mail.sender)
        self.bounces.check_aligned(self.mail.sender)
        return self

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        names = {relay.name for relay in self.relays}
        if names and "relay" in self.mail.model_fields_set:
            raise ValueError("relays: [mail] relay names one more; take it out, or have it here")
        if unknown := set(self.mail.passwords) - names:
            raise ValueError(f"mail passwords: there is no relay {min(unknown)!r} in [[relays]]")
        return self

    @model_validator(mode="after")
    def _known_roads(self) -> Self:
        names = [relay.name for relay in self.roads]
        for cadence in self.cadences:
            if cadence.relay and cadence.relay not in names:
                raise ValueError(
                    f"cadences: {cadence.name!r} leaves through {cadence.relay!r}; the relays are: "
                    + ", ".join(names)
                )
        return self

    @cached_property
    def roads(self) -> tuple[Relay, ...]:
        """The relays that mail goes out through, if only the one that `[mail]` names."""
        return self.relays or (Relay(name=DEFAULT, url=self.mail.relay),)

    @property
    def captures(self) -> bool:
        """Whether mail, some of it at least, is captured on this machine."""
        return any(relay.url == OUTBOX for relay in self.roads)

    def password(self, relay: Relay) -> str:
        """What a relay lets us in for; empty if it asks for nothing.

        Raises:
            OSError: the file that has it can't be read.
        """
        said = self.mail.passwords.get(relay.name, SecretStr(""))
        return relay.password(self.folder, said if self.relays else self.mail.password)

    @property
    def output(self) -> Path:
        """The folder of the published documents, absolute."""
        return self.folder / self.feeds.output

    @property
    def state_folder(self) -> Path:
        """The folder of this machine's state, absolute."""
        return self.folder / self.state.folder

    def category_text(self, name: str) -> CategoryText:
        """What the settings say of a category; its fields are empty where they say nothing."""
        return self._texts.get(name, _UNSAID)

    @cached_property
    def _texts(self) -> dict[str, CategoryText]:
        return {category.name: category for category in self.categories}

    @cached_property
    def renamed(self) -> dict[str, str]:
        """What a category is called now, by each name that it had before."""
        return {old: category.name for category in self.categories for old in category.formerly}

    def language_of(self, categories: Iterable[str]) -> str:
        """The language of a post of these categories that doesn't say its own.

        That of the first which has one of its own, else the site's.
        """
        said = (self.category_text(name).language for name in categories)
        return next(filter(None, said), self.site.language)

    def podcast(self, name: str) -> Podcast | None:
        """The show that a category's feed is, or the whole site's (`""`); None: no show."""
        general = self.feeds.podcast
        own = self.category_text(name).podcast if name else general
        show = own.over(general) if own and general and name else own
        return show and show.model_copy(update={"author": show.author or self.site.title})

    def rules(self, cadence: str, category: str) -> Rules:
        """How a digest is cut: by what is said of it alone, else of its category or its cadence."""
        fitting = [rules for rules in self.digests if rules.fits(cadence, category)]
        found = self.cadence(cadence).over(USUAL)
        for rules in sorted(fitting, key=lambda each: each.rank):
            found = rules.over(found)
        return found

    def tried_for(self, rules: Rules) -> float:
        """Seconds for which the mail of such a digest is tried, from its order on."""
        return rules.expiry * _DAY if rules.expiry else self.delivery.expiry

    def known_cadence(self, name: str) -> Cadence | None:
        """The cadence of that name; None: there is none, or none any more."""
        return next((cadence for cadence in self.cadences if cadence.name == name), None)

    def cadence(self, name: str) -> Cadence:
        """The cadence of that name.

        Raises:
            SettingsError: there is none.
        """
        if found := self.known_cadence(name):
            return found
        known = ", ".join(c.name for c in self.cadences)
        raise SettingsError(f"no cadence {name!r}; there are: {known}")

    def key_file(self, clock: Callable[[], datetime]) -> KeyFile:
        """The keys of tokens and Message-IDs: those of the settings, and of the state folder."""
        return KeyFile(
            self.state_folder / "secret.key",
            clock,
            self.secret.get_secret_value().encode(),
            [secret.get_secret_value().encode() for secret in self.other_secrets],
        )


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < KEY_BYTES:
        raise ValueError(f"must have {KEY_BYTES} characters or more")
    return secret
