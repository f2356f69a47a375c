"""Everything that a person decides: sections, names, defaults, and what they mean."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import (
    SecretStr,
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
from syndicate.settings.delivery import Delivery
from syndicate.settings.digest import USUAL, DigestRules, Rules
from syndicate.settings.dkim import Dkim
from syndicate.settings.feeds import Feeds
from syndicate.settings.inbound import Api, Hook
from syndicate.settings.key import KEY_BYTES
from syndicate.settings.key_file import KeyFile
from syndicate.settings.logs import Logs
from syndicate.settings.mail import Mail
from syndicate.settings.posts import Posts
from syndicate.settings.relays import DEFAULT, OUTBOX, Relay
from syndicate.settings.remote import Remote
from syndicate.settings.signup import SignupRules
from syndicate.settings.site import CategoryText, Site
from syndicate.settings.storage import Redis, State
from syndicate.settings.web import Web
from syndicate.settings.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from syndicate.settings.podcast import Podcast

#: What every environment variable of ours begins with.
ENV_PREFIX = "SYNDICATE_"
#: Names the site's folder to processes that get no option: workers, beat.
SITE_VARIABLE = f"{ENV_PREFIX}SITE_DIR"


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
