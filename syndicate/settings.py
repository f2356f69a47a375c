"""Settings: `syndicate.toml` of the site, then the environment, checked and frozen.

`SYNDICATE_MAIL__RELAY=smtp://localhost` in the environment wins over `relay` under `[mail]` in the
file. What neither names comes from the site's own `_config.yml` where Jekyll has a word for it, and
from the defaults below otherwise.
"""

from __future__ import annotations

import difflib
import os
import secrets
import tomllib
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import yaml
from babel import Locale, UnknownLocaleError
from cronsim import CronSim, CronSimError
from email_validator import EmailNotValidError, validate_email
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as UnreadableVariable

from syndicate.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

#: The file's name in the site's folder.
FILE_NAME = "syndicate.toml"
#: What every environment variable of ours begins with.
ENV_PREFIX = "SYNDICATE_"
#: Names the site's folder to processes that get no option: workers, beat.
SITE_VARIABLE = f"{ENV_PREFIX}SITE_DIR"
#: `relay = "outbox"`: mail is captured on this machine and leaves it never.
OUTBOX = "outbox"
#: 128 bits, what STANDARDS S-4 asks of a token's key, as hex digits.
_SECRET_HEX = 64


class Vanished(StrEnum):
    """What a post is whose file is gone."""

    #: It stays: many sites keep only the last days as files.
    KEEP = "keep"
    #: It is taken out of every feed and digest.
    WITHDRAW = "withdraw"


class _Section(BaseModel):
    """Frozen; an unknown name is an error, for it is most often a misspelt one."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def _absolute_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError("must be an absolute http(s) URL such as https://example.com")
    if parts.query or parts.fragment:
        raise ValueError("must have neither ? nor #")
    return value.rstrip("/")


def _zone(value: str) -> str:
    if value not in available_timezones():
        near = difflib.get_close_matches(value, available_timezones(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ", such as 'Asia/Shanghai'"
        raise ValueError(f"{value!r} is no IANA time zone{hint}")
    return value


def _language(value: str) -> str:
    try:
        Locale.parse(value, sep="-")
    except (ValueError, UnknownLocaleError) as error:
        raise ValueError(f"{value!r} is no BCP 47 language tag, such as 'zh-CN'") from error
    return value


def _address(value: str) -> str:
    """An address, alone or as `Name <user@host>`."""
    if any(ord(char) < 0x20 or char in "\x7f\x85\u2028\u2029" for char in value):  # noqa: PLR2004
        raise ValueError("must not hold control characters")
    try:
        validate_email(value, check_deliverability=False, allow_display_name=True)
    except EmailNotValidError as error:
        raise ValueError(f"{value!r} is no mail address: {error}") from error
    return value


class Site(_Section):
    """Whose posts they are."""

    title: str = "Untitled"
    #: Where the posts stand on the web; what is relative in them is resolved against it.
    url: str = "http://localhost:4000"
    description: str = ""
    language: str = "en"
    timezone: str = "UTC"

    _check_url = field_validator("url")(_absolute_url)
    _check_zone = field_validator("timezone")(_zone)
    _check_language = field_validator("language")(_language)

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

    #: The kind of source. Jekyll's conventions: `_posts/YYYY-MM-DD-slug.md`.
    source: Literal["jekyll"] = "jekyll"
    vanished: Vanished = Vanished.KEEP
    #: Bytes. A larger file is not a post but a mistake.
    max_bytes: int = Field(default=5_000_000, gt=0)


class Feeds(_Section):
    """What is published."""

    #: The folder that documents are written into, below the site's folder unless absolute.
    output: Path = Path("public")
    #: Posts in a live document: enough for a reader who comes once a week.
    size: int = Field(default=50, ge=1, le=1000)


class Web(_Section):
    """The web app."""

    #: What links in feeds and mails begin with; the Host header is never believed.
    url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)

    _check_url = field_validator("url")(_absolute_url)


class Mail(_Section):
    """Who sends, and through which relay."""

    model_config = ConfigDict(populate_by_name=True)

    sender: str = Field(default="News <news@localhost.localdomain>", alias="from")
    reply_to: str = ""
    #: Anti-spam law wants one in every mail; nothing is sent without.
    postal_address: str = ""
    #: `outbox`, `smtp://[user@]host[:port]` (with STARTTLS, unless the host is this machine) or
    #: `smtps://[user@]host[:port]`.
    relay: str = OUTBOX
    #: The relay's password; better in the environment than in a file.
    password: SecretStr = SecretStr("")

    @field_validator("sender", "reply_to")
    @classmethod
    def _check_address(cls, value: str) -> str:
        return _address(value) if value else value

    @field_validator("relay")
    @classmethod
    def _check_relay(cls, value: str) -> str:
        parts = urlsplit(value)
        if value != OUTBOX and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
            raise ValueError("must be 'outbox', 'smtp://host:port' or 'smtps://host:port'")
        if parts.password:
            raise ValueError(f"must hold no password; set {ENV_PREFIX}MAIL__PASSWORD instead")
        return value


class Redis(_Section):
    """Where all state is."""

    #: Empty: an embedded server, started by the first process that needs it.
    url: str = ""
    #: What every key begins with, so that sites can share a server.
    prefix: str = Field(default="syndicate", pattern=r"^[A-Za-z0-9_-]+$")

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("redis", "rediss", "unix"):
            raise ValueError("must begin with redis://, rediss:// or unix://, or be empty")
        return value


class State(_Section):
    """What this machine keeps on disk, feeds apart."""

    #: Below the site's folder unless absolute: the embedded Redis, the captured mail, the key.
    folder: Path = Path(".syndicate")


class Delivery(_Section):
    """Time limits of sending, in seconds, each longer than the one before (STANDARDS X-3)."""

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
    #: How often work that nobody holds is looked for.
    sweep: float = Field(default=60, gt=0)
    #: A message not accepted this long after its edition was cut is given up.
    expiry: float = Field(default=2 * 86400, gt=0)

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


class Cadence(_Section):
    """A named schedule: when the digests of this rhythm are cut."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")
    #: Five fields, as in crontab(5).
    cron: str
    #: IANA name; empty is the site's.
    timezone: str = ""
    #: Hours. A slot found later than this is held for a person to decide.
    grace: float = Field(default=6, gt=0)

    @field_validator("timezone")
    @classmethod
    def _check_zone(cls, value: str) -> str:
        return _zone(value) if value else value

    @field_validator("cron")
    @classmethod
    def _check_cron(cls, value: str) -> str:
        try:
            CronSim(value, datetime(2026, 1, 1, tzinfo=UTC))
        except CronSimError as error:
            raise ValueError(
                f"{value!r} is no cron expression: {error}; for Mondays at 8 write '0 8 * * 1'"
            ) from error
        return value


class CategoryText(_Section):
    """How a category is shown; categories without an entry are shown by their name."""

    name: str = Field(min_length=1)
    title: str = ""
    description: str = ""


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
    mail: Mail = Mail()
    redis: Redis = Redis()
    state: State = State()
    delivery: Delivery = Delivery()
    cadences: tuple[Cadence, ...] = (
        Cadence(name="daily", cron="0 8 * * *"),
        Cadence(name="weekly", cron="0 8 * * 1"),
    )
    categories: tuple[CategoryText, ...] = ()
    #: Signs the tokens in links; empty: a file in the state folder, made at first need.
    secret: SecretStr = SecretStr("")

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

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for what, names in (
            ("cadences", [c.name for c in self.cadences]),
            ("categories", [c.name for c in self.categories]),
        ):
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                raise ValueError(f"{what}: {min(twice)!r} is there twice")
        return self

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
        return next((c for c in self.categories if c.name == name), _UNSAID)

    def cadence(self, name: str) -> Cadence:
        """The cadence of that name.

        Raises:
            SettingsError: there is none.
        """
        for cadence in self.cadences:
            if cadence.name == name:
                return cadence
        known = ", ".join(c.name for c in self.cadences)
        raise SettingsError(f"no cadence {name!r}; there are: {known}")

    def signing_key(self) -> bytes:
        """The key of all tokens, ≥ 256 bits; made and kept in the state folder if none is set.

        Raises:
            SettingsError: the state folder can't be written.
        """
        if self.secret.get_secret_value():
            return self.secret.get_secret_value().encode()
        path = self.state_folder / "secret.key"
        try:
            self.state_folder.mkdir(parents=True, exist_ok=True)
            # "x" lets one of several processes that start together make it.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes()
        except OSError as error:
            raise SettingsError(
                f"can't write {path}: {error.strerror}; make the folder writable or set "
                f"{ENV_PREFIX}STATE__FOLDER"
            ) from error
        key = secrets.token_hex(_SECRET_HEX // 2).encode()
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
        return key


def load(folder: Path, overrides: dict[str, Any] | None = None) -> Settings:
    """The settings of the site in `folder`.

    `overrides` are what a command's options say, section by section; they win over the file but
    not over the environment.

    Raises:
        SettingsError: one line a fault, each with its place and what would be right.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise SettingsError(f"{folder} is no folder; name your site's with --site DIR")
    values = _merge(_from_jekyll(folder), _from_file(folder / FILE_NAME))
    values = _merge(values, overrides or {})
    _refuse_unknown_variables()
    try:
        return Settings(**{**values, "folder": folder})
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error))) from error
    except UnreadableVariable as error:
        raise SettingsError(f"environment: {error}; write it as JSON") from error


def _merge(low: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    merged = dict(low)
    for name, value in high.items():
        below = merged.get(name)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[name] = _merge(below, value) if both and isinstance(below, dict) else value
    return merged


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name}: {error}") from error
    except OSError as error:
        raise SettingsError(f"can't read {path}: {error.strerror}") from error


def _from_jekyll(folder: Path) -> dict[str, Any]:
    """What a site's `_config.yml` says that is a setting of ours too; faults in it are not ours.

    A value that would not do (a URL without a scheme, a zone nobody knows) is left out here:
    `syndicate posts check` reports on `_config.yml`.
    """
    try:
        config = yaml.safe_load((folder / "_config.yml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    if not isinstance(config, dict):
        return {}
    checks: dict[tuple[str, str], Callable[[str], str]] = {
        ("title", "title"): str,
        ("description", "description"): str,
        ("url", "url"): _absolute_url,
        ("timezone", "timezone"): _zone,
        ("lang", "language"): _language,
        ("locale", "language"): lambda value: _language(value.replace("_", "-")),
    }
    site: dict[str, Any] = {}
    for (theirs, ours), check in checks.items():
        value = config.get(theirs)
        if isinstance(value, str) and value.strip():
            try:
                site.setdefault(ours, check(value.strip()))
            except ValueError:
                continue
    return {"site": site}


def _refuse_unknown_variables() -> None:
    """A misspelt variable would be ignored in silence otherwise."""
    known = {SITE_VARIABLE}
    for name, about in Settings.model_fields.items():
        if name == "folder":
            continue
        section = about.annotation
        known.add(f"{ENV_PREFIX}{name}".upper())
        if isinstance(section, type) and issubclass(section, BaseModel):
            for inner, field in section.model_fields.items():
                known.add(f"{ENV_PREFIX}{name}__{field.alias or inner}".upper())
    for variable in sorted(os.environ):
        if variable.startswith(ENV_PREFIX) and variable not in known:
            near = difflib.get_close_matches(variable, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise SettingsError(f"environment: {variable} is no setting{hint}")


def _explain(error: ValidationError) -> list[str]:
    """One line a fault: file or variable, section, name, what would be right."""
    env = EnvSettingsSource(
        Settings,
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
    )()
    lines = []
    for fault in error.errors(include_url=False):
        place = [str(part) for part in fault["loc"]]
        reason = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            reason = "no such setting" + _near(place)
        where = f"{FILE_NAME}: "
        inside: Any = env
        for part in place:
            inside = inside.get(part) if isinstance(inside, dict) else None
        if inside is not None:
            where = f"{ENV_PREFIX}{'__'.join(place).upper()}: "
        elif place:
            section, *rest = place
            where += f"[{section}] " + (".".join(rest) + ": " if rest else "")
        lines.append(where + reason)
    return lines


def _near(place: list[str]) -> str:
    """`; did you mean …?` where a known name is close to the misspelt one."""
    section = Settings.model_fields.get(place[0])
    annotation = section.annotation if section else Settings
    known: list[str] = []
    if len(place) == 1:
        known = list(Settings.model_fields)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        known = [field.alias or name for name, field in annotation.model_fields.items()]
    near = difflib.get_close_matches(place[-1], known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
