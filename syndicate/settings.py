"""Settings: `syndicate.toml` of the site, then the environment, checked and frozen.

`SYNDICATE_MAIL__RELAY=smtp://localhost` in the environment wins over `relay` under `[mail]` in the
file. What neither names comes from the site's own `_config.yml` where Jekyll has a word for it, and
from the defaults below otherwise.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import secrets
import threading
import tomllib
from datetime import UTC, datetime
from email.utils import parseaddr
from enum import StrEnum
from itertools import pairwise, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, get_args
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

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
    ValidationInfo,
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
    from collections.abc import Callable, Sequence

    from pydantic.fields import FieldInfo

#: The file's name in the site's folder.
FILE_NAME = "syndicate.toml"
#: What every environment variable of ours begins with.
ENV_PREFIX = "SYNDICATE_"
#: Names the site's folder to processes that get no option: workers, beat.
SITE_VARIABLE = f"{ENV_PREFIX}SITE_DIR"
#: `relay = "outbox"`: mail is captured on this machine and leaves it never.
OUTBOX = "outbox"
#: Bytes of a signing key: as many as HMAC-SHA256 makes of it (RFC 2104 §3 wants no fewer).
_KEY_BYTES = 32
#: What ends a line somewhere: C0, DEL, NEL and Unicode's two separators.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


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
    _port(parts)
    return value.rstrip("/")


def _port(parts: SplitResult) -> None:
    """See that the port of a URL, if it names one, is one."""
    try:
        parts.port  # noqa: B018 - it is looked at when asked for
    except ValueError as error:
        raise ValueError("must have a port between 0 and 65535, or none") from error


def _one_line(value: str) -> str:
    """What stands in subjects and names: without anything that ends a line (STANDARDS S-3)."""
    if _CONTROL.search(value):
        raise ValueError("must be one line, without control characters")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = difflib.get_close_matches(value, available_timezones(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ", such as 'Asia/Shanghai'"
        raise ValueError(f"{value!r} is no IANA time zone{hint}") from error
    return value


def _language(value: str) -> str:
    try:
        Locale.parse(value, sep="-")
    except (ValueError, UnknownLocaleError) as error:
        raise ValueError(f"{value!r} is no BCP 47 language tag, such as 'zh-CN'") from error
    return value


def _address(value: str) -> str:
    """An address, alone or as `Name <user@host>`."""
    _one_line(value)
    # The name may be anything, quoted or not; only the address has to be one.
    address = parseaddr(value)[1] or value
    try:
        validate_email(address, check_deliverability=False, strict=True)
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

    _check_title = field_validator("title")(_one_line)
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
    #: Posts in a live document at the most; archives hold half as many each.
    size: int = Field(default=50, ge=1, le=1000)
    #: A WebSub hub that is told of every change, such as `https://hub.example/`; empty for none.
    hub: str = ""

    @field_validator("hub")
    @classmethod
    def _check_hub(cls, value: str) -> str:
        if value and not urlsplit(value).scheme.startswith("http"):
            raise ValueError("must be the absolute http(s) URL of a hub, or empty")
        return value


class Web(_Section):
    """The web app."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    #: What links in feeds and mails begin with; the Host header is never believed. Empty: the host
    #: and port above, which do for one machine.
    url: str = ""

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str, info: ValidationInfo) -> str:
        # What is missing here was wrong, and is told of by itself.
        host, port = info.data.get("host", "localhost"), info.data.get("port", 80)
        return _absolute_url(value or f"http://{f'[{host}]' if ':' in host else host}:{port}")


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
        _port(parts)
        if parts.password:
            raise ValueError(f"must hold no password; set {ENV_PREFIX}MAIL__PASSWORD instead")
        return value


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
        _port(parts)
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
        hint = "for Mondays at 8 write '0 8 * * 1'"
        try:
            CronSim(value, datetime(2026, 1, 1, tzinfo=UTC))
        except CronSimError as error:
            raise ValueError(f"{value!r} is no cron expression: {error}; {hint}") from error
        # CronSim knows of a sixth, for seconds.
        if len(value.split()) != len(("minute", "hour", "day", "month", "weekday")):
            raise ValueError(f"{value!r} doesn't have five fields; {hint}")
        return value


class CategoryText(_Section):
    """How a category is shown; categories without an entry are shown by their name."""

    name: str = Field(min_length=1)
    title: str = ""
    description: str = ""

    _check_title = field_validator("title")(_one_line)


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
    #: Signs the tokens in links, 32 characters or more; empty: a file in the state folder, made at
    #: first need.
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

    @field_validator("secret")
    @classmethod
    def _check_secret(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < _KEY_BYTES:
            raise ValueError(f"must have {_KEY_BYTES} characters or more, or be empty")
        return value

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
            if not path.exists():
                _make_key(path)
            key = path.read_bytes()
        except OSError as error:
            raise SettingsError(
                f"can't read or write {path}: {error.strerror}; make the folder writable or set "
                f"{ENV_PREFIX}STATE__FOLDER"
            ) from error
        if len(key) < _KEY_BYTES:
            raise SettingsError(f"{path} holds no key; restore it, or remove it to have one made")
        return key


def _make_key(path: Path) -> None:
    """Put a key there whole, unless another process was faster: a link never replaces."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{os.getpid()}-{threading.get_ident()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(_KEY_BYTES).encode())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()


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
    if "folder" in values:
        raise SettingsError(f"{FILE_NAME}: folder: no such setting; name it with --site DIR")
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
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        # PyYAML lets a ValueError through for a date such as 2026-13-01.
        return {}
    if not isinstance(config, dict):
        return {}
    checks: dict[tuple[str, str], Callable[[str], str]] = {
        ("title", "title"): _one_line,
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
                site.setdefault(ours, check(" ".join(value.split())))
            except ValueError:
                continue
    return {"site": site}


def _refuse_unknown_variables() -> None:
    """A misspelt variable would be ignored in silence otherwise."""
    known = {SITE_VARIABLE}
    for name, about in _fields(Settings).items():
        if name == "folder":
            continue
        known.add(f"{ENV_PREFIX}{name}".upper())
        # A list is one variable, in JSON.
        inner = () if get_args(about.annotation) else _fields(about.annotation)
        known.update(f"{ENV_PREFIX}{name}__{field}".upper() for field in inner)
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
        reason = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            reason = "no such setting" + _near(fault["loc"])
        lines.append(_place(fault["loc"], env) + reason)
    return lines


def _place(loc: Sequence[int | str], env: dict[str, Any]) -> str:
    """Where a setting was written: which variable, or which section of the file and name in it."""
    if not loc:
        return f"{FILE_NAME}: "
    names = [str(part) for part in takewhile(lambda part: isinstance(part, str), loc)]
    item = f" no. {int(loc[len(names)]) + 1}" if len(names) < len(loc) else ""
    inner = "".join(f"{part}: " for part in loc[len(names) + 1 :])
    said: Any = env
    for name in names:
        said = said.get(name) if isinstance(said, dict) else None
    if said is not None:
        # A fault of a section as a whole: any of its variables may be to blame.
        more = "__…" if isinstance(said, dict) else ""
        return f"{ENV_PREFIX}{'__'.join(names).upper()}{more}{item}: {inner}"
    section, *rest = names
    about = Settings.model_fields.get(section)
    if item:
        section = f"[[{section}]]{item}"
    elif about is None or _fields(about.annotation):
        section = f"[{section}]"
    else:
        section += ":"
    return f"{FILE_NAME}: {section} " + "".join(f"{name}: " for name in rest) + inner


def _near(loc: Sequence[int | str]) -> str:
    """`; did you mean …?` where a known name is close to the misspelt one."""
    names = _fields(Settings)
    if len(loc) > 1:
        names = _fields(names[str(loc[0])].annotation)
    near = difflib.get_close_matches(str(loc[-1]), names, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _fields(kind: Any) -> dict[str, FieldInfo]:  # noqa: ANN401 - an annotation may be anything
    """The settings in a section, or in each entry of a list of sections, as people name them."""
    section = next(iter(get_args(kind)), kind)
    if not (isinstance(section, type) and issubclass(section, BaseModel)):
        return {}
    return {field.alias or name: field for name, field in section.model_fields.items()}
