"""Settings: the file, the environment over it, and what is said of a wrong one."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from syndicate.cli.site import _TOML, _toml_string
from syndicate.errors import SettingsError
from syndicate.settings import ENV_PREFIX, FILE_NAME, SITE_VARIABLE, Settings, load
from syndicate.settings.digest import USUAL
from syndicate.settings.hours import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

#: Why `syndicate init` doesn't write a setting: the file begins with what a person decides first.
UNWRITTEN = {
    "posts.max_bytes": "no honest post comes near it",
    "mail.password": "belongs into the environment, as the file says",
    **{
        f"workers.{name}": "the usual suits two cores; docs/running.md tells of it"
        for name in ("ingest", "publish", "digest", "deliver", "post", "patience")
    },
    "logs.format": "programs that read logs are set up by the environment",
    "web.metrics": "this machine's own addresses do; docs/metrics.md tells of it",
    "web.proxies": "shown in a comment: a proxy on this machine needs no word",
    "web.forwarded": "nearly every proxy sets X-Forwarded-For",
    "signup.origins": "shown in a comment, for those who embed a form",
    "signup.refused_domains": "as above: a file has to be made first",
    "signup.role_accounts": "as above: the usual suits nearly everybody",
    "signup.sub_addresses": "as above",
    "signup.per_network": "as above",
    "signup.per_domain": "as above",
    "signup.per_hour": "as above",
    "signup.per_address": "as above",
    "signup.fill_time": "nobody types faster",
    "categories.group": "shown in a comment, as all of a category",
    "api.tokens": "shown in a comment: a secret",
    "api.rate": "as above",
    "api.layout": "as above",
    "hook.secret": "as above",
    "hook.branch": "as above",
    "hook.pull": "as above",
    "redis.prefix": "for sites that share a server",
    "state.folder": "for machines that keep state elsewhere",
    "delivery.final_dot": "RFC 5321 decides it",
    "delivery.hard_limit": "as above, with what follows from it",
    "delivery.lease": "as above",
    "delivery.visibility": "as above",
    "delivery.heartbeat": "for tests and slow machines",
    "delivery.sweep": "as above",
    "delivery.expiry": "two days suit every digest",
    "delivery.connections": "four keep a relay busy; docs/relays.md tells of more",
    **dict.fromkeys(
        ("cadences.expiry", "digests.expiry", "cadences.uncertain", "digests.uncertain"),
        "the usual suits nearly everybody",
    ),
    "relays.dsn": "for those who read the mails that come back; docs/relays.md tells of it",
    "cadences.timezone": "the site's zone suits nearly everybody",
    "cadences.grace": "six hours suit a daily and a weekly digest",
    **dict.fromkeys(
        ("cadences.local", "cadences.window", "cadences.quiet", "cadences.relay"),
        "docs/sending-times.md: by default it goes out at its slot, at any hour and by any relay",
    ),
    "cadences.subject": "shown in a comment: the edition's own suits nearly everybody",
    "cadences.greeting": "shown in a comment: by default there is none",
    "cadences.template": "shown in a comment: a folder has to be made first",
    "digests.template": "as of cadences",
    "digests.subject": "as of cadences",
    "digests.greeting": "as of cadences",
    "categories.feed": "shown in a comment, as all of a category",
    "categories.formerly": "as above",
    "bounces.address": "shown in a comment: a mail server has to hand them over first",
    "bounces.unsubscribe": "as above",
    "bounces.listen": "as above",
    "bounces.maildir": "as above",
    "bounces.imap": "as above",
    "bounces.imap_password": "as above",
    "bounces.imap_done": "most mark what was taken as seen",
    "bounces.soft": "shown in a comment, with the others",
    "dkim.domain": "shown in a comment: a key has to be made first",
    "dkim.selector": "as above",
    "dkim.key_file": "as above",
    "dkim.key": "as above",
    "dkim.days": "as above",
    "dkim.ed25519": "as above",
    "cadences.wait": "shown in a comment: by default a post waits for company for ever",
    "cadences.oldest": "as above: by default nothing is too old",
    "digests.category": "shown in a comment: rules for one digest are rare",
    "digests.cadence": "as above",
    "digests.minimum": "as above",
    "digests.maximum": "as of cadences",
    "digests.wait": "as of cadences",
    "digests.oldest": "as of cadences",
    "digests.approval": "as of cadences",
    "remotes.name": "shown in a comment: most sites have none",
    "remotes.url": "as above",
    "remotes.categories": "as above",
    "remotes.language": "as above",
    "remotes.author": "as above",
    "remotes.every": "as above",
    "remotes.max_bytes": "no honest feed comes near it",
    "remotes.allow_private": "for those who read feeds in their own network",
    "relays.name": "shown in a comment: most sites have one relay, and no limits",
    "relays.url": "as above",
    "relays.tls": "as above",
    "relays.password_file": "as above",
    "relays.ehlo": "as above",
    "relays.connections": "as above",
    "relays.messages": "as above",
    "relays.per_second": "as above",
    "relays.per_minute": "as above",
    "relays.per_hour": "as above",
    "relays.per_day": "as above",
    "relays.weight": "as above",
    "relays.priority": "as above",
    "relays.warmup": "as above",
    "relays.quiet": "as above",
    "relays.hold": "as above",
    "relays.domains": "as above",
    "mail.passwords": "as mail.password",
    "delivery.pause_on_bounces": "five in a hundred suit everybody whose list is clean",
    "delivery.pause_on_complaints": "as above",
    "categories.name": "shown in a comment: no category is known yet",
    "categories.title": "as above",
    "categories.description": "as above",
    "categories.language": "as above",
    "categories.content": "as above",
    "categories.podcast": "as above",
    "feeds.podcast": "shown in a comment: most sites are none",
    "secret": "made and kept by itself",
    "other_secrets": "as above",
    "folder": "is where the file is",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, text: str) -> Path:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(SettingsError) as refused:
        load(folder)
    return str(refused.value)


# Where settings come from


def test_an_empty_folder_has_settings_that_work(folder: Path) -> None:
    settings = load(folder)
    assert settings.folder == folder
    assert settings.output == folder / "public"
    assert settings.state_folder == folder / ".syndicate"
    assert [cadence.name for cadence in settings.cadences] == ["daily", "weekly"]


def test_the_file_wins_over_jekyll_and_the_environment_over_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "_config.yml").write_text("title: Theirs\ndescription: Said once\ntimezone: UTC\n")
    write(folder, '[site]\ntitle = "Ours"\nlanguage = "zh-CN"\n')
    monkeypatch.setenv("SYNDICATE_SITE__LANGUAGE", "en")
    site = load(folder).site
    assert (site.title, site.description, site.language) == ("Ours", "Said once", "en")


def test_what_an_option_says_wins_over_the_file(folder: Path) -> None:
    write(folder, "[feeds]\nsize = 20\n[web]\nport = 9000\n")
    settings = load(folder, {"feeds": {"size": 30}})
    assert (settings.feeds.size, settings.web.port) == (30, 9000)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", "http://127.0.0.1:8000"),
        ("port = 9000", "http://127.0.0.1:9000"),
        ('host = "::1"', "http://[::1]:8000"),
        ('url = "https://n.example/"\nport = 9000', "https://n.example"),
    ],
)
def test_links_begin_with_the_webs_url_or_else_its_host_and_port(
    folder: Path, text: str, url: str
) -> None:
    assert load(write(folder, f"[web]\n{text}\n")).web.url == url


def test_mail_from_is_called_so_in_the_file_and_in_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, '[mail]\nfrom = "One <one@blog.example>"\n')
    assert load(folder).mail.sender == "One <one@blog.example>"
    monkeypatch.setenv("SYNDICATE_MAIL__FROM", "two@blog.example")
    assert load(folder).mail.sender == "two@blog.example"


@pytest.mark.parametrize(
    ("yaml", "expected"),
    [
        ("title: 澜江\nurl: https://a.example/\n", ("澜江", "https://a.example", "en", "UTC")),
        ("lang: zh-CN\ntimezone: Asia/Shanghai\n", (..., ..., "zh-CN", "Asia/Shanghai")),
        ("locale: zh_TW\n", (..., ..., "zh-TW", "UTC")),
        ("title: |\n  Two\n  lines\n", ("Two lines", ..., "en", "UTC")),
        ("title: 7\nurl: ''\nlang: [en]\n", (..., ..., "en", "UTC")),
        ("url: blog.example\ntimezone: Mars/Olympus\nlang: '!'\n", (..., ..., "en", "UTC")),
        ("- no\n- mapping\n", (..., ..., "en", "UTC")),
        ("title: [unclosed\n", (..., ..., "en", "UTC")),
        ("launched: 2026-13-41\ntitle: Lost\n", (..., ..., "en", "UTC")),
        ("[" * 1000, (..., ..., "en", "UTC")),
    ],
)
def test_jekylls_config_is_taken_where_it_would_do_and_left_where_not(
    folder: Path, yaml: str, expected: tuple[object, ...]
) -> None:
    (folder / "_config.yml").write_text(yaml)
    found = load(folder).site
    shown = (found.title, found.url, found.language, found.timezone)
    defaults = ("Untitled", "http://localhost:4000", "en", "UTC")
    assert shown == tuple(d if e is ... else e for d, e in zip(defaults, expected, strict=True))


# What is said of a wrong one


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[site]\nurl = "blog.example"', "[site] url: must be an absolute http(s) URL"),
        ('[site]\nurl = "https://a.example/?x"', "[site] url: must have neither ? nor #"),
        ('[site]\nurl = "https://a.example:http"', "[site] url: must have a port"),
        ('[site]\ntitle = "one\\ntwo"', "[site] title: must be one line"),
        ('[site]\ntimezone = "Europe/Berln"', "did you mean 'Europe/Berlin'?"),
        ('[site]\ntimezone = "../etc/passwd"', "is no IANA time zone, such as 'Asia/Shanghai'"),
        ('[site]\ntimezone = ""', "[site] timezone: '' is no IANA time zone"),
        ('[site]\ntimezone = "America"', "[site] timezone: 'America' is no IANA time zone"),
        ('[site]\nlanguage = "zh_CN"', "[site] language: 'zh_CN' is no BCP 47 language tag"),
        ('[site]\nlanguge = "en"', "[site] languge: no such setting; did you mean 'language'?"),
        ('[sight]\ntitle = "x"', "[sight] no such setting; did you mean 'site'?"),
        ("site = 3", "[site] Input should be"),
        ('[posts]\nvanished = "gone"', "[posts] vanished: Input should be 'keep' or 'withdraw'"),
        ('[feeds]\ncontent = "half"', "[feeds] content: Input should be 'full' or 'excerpt'"),
        ('[feeds]\nimage = "/logo.png"', "[feeds] image: must be an absolute http(s) URL such as"),
        (
            '[feeds.podcast]\nautor = "x"',
            "[feeds] podcast: autor: no such setting; did you mean 'author",
        ),
        ('[feeds.podcast]\nimage = "x"', "podcast: image: must be an absolute http(s) URL such as"),
        ('[feeds.podcast]\nguid = "x"', "podcast: guid: 'x' is no UUID, such as 0000"),
        ('[feeds.podcast]\nowner = "Ann"', "podcast: owner: 'Ann' is no mail address"),
        (
            '[feeds.podcast]\ncategories = ["Arts", "Ships"]',
            "podcast: categories: no. 2: 'Ships' is none of Apple's categories: Arts, Business",
        ),
        (
            '[feeds.podcast]\ncategories = ["News > Old News"]',
            "podcast: categories: no. 1: Apple has no 'Old News' below 'News', but Business News",
        ),
        (
            '[[categories]]\nname = "a"\n[categories.podcast]\nmedium = "x"',
            "[[categories]] no. 1 podcast: medium: Input should be",
        ),
        ('[feeds]\nimage = "https://[/"', "[feeds] image: Invalid IPv6 URL"),
        (
            '[[categories]]\nname = "a"\nlanguage = "zh_CN"',
            "[[categories]] no. 1 language: 'zh_CN' is no BCP 47 language tag",
        ),
        (
            '[[categories]]\nname = "a"\ncontent = ""',
            "[[categories]] no. 1 content: Input should be 'full' or 'excerpt'",
        ),
        ("[web]\nport = 0", "[web] port: Input should be greater than or equal to 1"),
        ('[mail]\nfrom = "nobody"', "[mail] from: 'nobody' is no mail address"),
        ('[mail]\nfrm = "a@b.example"', "[mail] frm: no such setting; did you mean 'from'?"),
        ('[mail]\nreply_to = "a@b.example\\r\\nBcc: c@d.example"', "[mail] reply_to: must be one"),
        (
            '[mail]\nrelay = "mail.example"',
            "[mail] relay: must be 'outbox', 'maildir:folder', 'smtp://host:port'",
        ),
        ('[mail]\nrelay = "smtp://m.example:x"', "[mail] relay: must have a port between"),
        ('[redis]\nurl = "localhost:6379"', "[redis] url: must begin with redis://"),
        ('[redis]\nurl = "redis://h:70000"', "[redis] url: must have a port between"),
        ('[redis]\nprefix = "a b"', "[redis] prefix: String should match"),
        (
            '[[cadences]]\nname = "a"\ncron = "0 * * * *"\n[[cadences]]\nname = "b"\ncron = "?"',
            "[[cadences]] no. 2 cron: '?' is no cron expression",
        ),
        (
            '[[cadences]]\nname = "x"\ncron = "0 0 8 * * 1"',
            "[[cadences]] no. 1 cron: '0 0 8 * * 1' doesn't have five fields; for Mondays at 8",
        ),
        (
            '[[cadences]]\nname = "x"\ncron = "0 8 * * *"\ngrase = 2',
            "[[cadences]] no. 1 grase: no such setting; did you mean 'grace'?",
        ),
        (
            '[[cadences]]\nname = "x"\ncron = "0 8 * * *"\nwindow = "8-20"',
            "[[cadences]] no. 1 window: '8-20' must be two times of day, such as '22:00-07:00'",
        ),
        (
            '[[cadences]]\nname = "x"\ncron = "0 8 * * *"\nquiet = ["2026-02-29"]',
            "[[cadences]] no. 1 quiet: '2026-02-29' is no day; write 'sat', '12-24' for every year",
        ),
        (
            f'[[cadences]]\nname = "x"\ncron = "0 8 * * *"\nquiet = {list(WEEKDAYS)}',
            "[[cadences]] no. 1 quiet: has every day of the week",
        ),
        (
            '[[cadences]]\nname = "x"\ncron = "0 8 * * *"\nrelay = "fast"',
            "syndicate.toml: cadences: 'x' leaves through 'fast'; the relays are: default",
        ),
        ('[[cadences]]\nname = "Daily!"\ncron = "0 8 * * *"', "[[cadences]] no. 1 name: String"),
        ('[[categories]]\ntitle = "x"', "[[categories]] no. 1 name: Field required"),
        ('[[categories]]\nname = "a"\n[[categories]]\nname = "a"', "'a' is there twice"),
        ('folder = "elsewhere"', "folder: no such setting; name it with --site DIR"),
        ('secret = "too short"', "secret: must have 32 characters or more"),
        ('other_secrets = ["too short"]', "other_secrets: must have 32 characters or more"),
        ("[site\n", "Expected ']' at the end of a table declaration (at line 1"),
    ],
)
def test_a_wrong_setting_is_named_with_its_place_and_what_would_be_right(
    folder: Path, text: str, line: str
) -> None:
    message = refusal(write(folder, text))
    assert message.startswith(f"{FILE_NAME}: ")
    assert line in message
    assert "\n" not in message


def test_every_wrong_setting_is_named_in_a_line_of_its_own(folder: Path) -> None:
    write(folder, '[web]\nport = "x"\n[feeds]\nsize = 0\n[site]\ntimezone = "?"\n')
    assert len(refusal(folder).splitlines()) == 3


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("SITE__TIMEZONE", "Berlin", "SYNDICATE_SITE__TIMEZONE: 'Berlin' is no IANA time zone"),
        ("WEB__PORT", "http", "SYNDICATE_WEB__PORT: Input should be a valid integer"),
        ("MAIL__FROM", "x", "SYNDICATE_MAIL__FROM: 'x' is no mail address"),
        ("SITE__TITEL", "x", "SYNDICATE_SITE__TITEL is no setting; did you mean SYNDICATE_SITE__T"),
        ("FOLDER", "/", "SYNDICATE_FOLDER is no setting"),
        ("CADENCES", "daily", "write it as JSON"),
        (
            "CADENCES",
            '[{"name":"a","cron":"0 8 * * *"},{"name":"b","cron":"x"}]',
            "SYNDICATE_CADENCES no. 2: cron: 'x' is no cron expression",
        ),
        ("DELIVERY__LEASE", "1", "SYNDICATE_DELIVERY__…: hard_limit (1800 s) must be less than"),
    ],
)
def test_a_wrong_variable_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, line: str
) -> None:
    monkeypatch.setenv(ENV_PREFIX + variable, value)
    message = refusal(folder)
    assert line in message
    assert "\n" not in message


def test_the_site_variable_is_no_misspelt_setting(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SITE_VARIABLE, str(folder))
    assert load(folder)


def test_a_category_is_the_show_that_it_says_and_else_as_the_whole_site(folder: Path) -> None:
    guid = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
    write(
        folder,
        f'[site]\ntitle = "Harbour"\n[feeds.podcast]\ntitle = "All"\nguid = "{guid}"\n'
        'explicit = true\nlicense = "CC-BY-4.0"\n'
        '[[categories]]\nname = "talk"\n[categories.podcast]\nlicense = "Ours"\n'
        '[[categories]]\nname = "text"\n',
    )
    settings = load(folder)
    whole, talk = settings.podcast(""), settings.podcast("talk")
    assert settings.podcast("text") is None
    assert whole
    assert (whole.title, whole.author, whole.guid) == ("All", "Harbour", guid)
    assert talk
    assert (talk.title, talk.author, talk.guid) == ("", "Harbour", "")
    assert (talk.explicit, talk.license, whole.license) == (True, "ours", "cc-by-4.0")


def test_a_show_can_be_named_by_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(folder).podcast("") is None
    monkeypatch.setenv(f"{ENV_PREFIX}FEEDS__PODCAST__AUTHOR", "Ann")
    show = load(folder).podcast("")
    assert show
    assert show.author == "Ann"
    monkeypatch.setenv(f"{ENV_PREFIX}FEEDS__PODCAST__AUTOR", "Ann")
    assert "did you mean SYNDICATE_FEEDS__PODCAST__AUTHOR?" in refusal(folder)


@pytest.mark.parametrize(
    ("name", "seconds"), [("final_dot", 1800), ("hard_limit", 2400), ("lease", 3600)]
)
def test_a_time_limit_that_is_no_shorter_than_the_next_is_refused(
    folder: Path, name: str, seconds: int
) -> None:
    write(folder, f"[delivery]\n{name} = {seconds}\n")
    assert f"[delivery] {name} ({seconds} s) must be less than" in refusal(folder)
    write(folder, f"[delivery]\n{name} = {seconds - 1}\n")
    assert load(folder)


def test_a_folder_that_is_none_is_named(folder: Path) -> None:
    assert refusal(folder / "nowhere") == (
        f"{folder / 'nowhere'} is no folder; name your site's with --site DIR"
    )


def test_a_file_that_is_not_text_or_not_readable_is_named(folder: Path) -> None:
    (folder / FILE_NAME).write_bytes(b'[site]\ntitle = "\xff"')
    assert refusal(folder).startswith(f"{FILE_NAME}: ")
    (folder / FILE_NAME).unlink()
    (folder / FILE_NAME).mkdir()
    assert "Is a directory" in refusal(folder)


@pytest.mark.parametrize(
    "sender",
    [
        "news@blog.example",
        "Lanjiang <news@blog.example>",
        "澜江财经 <news@blog.example>",
        '"Say \\"hi\\", all" <news@blog.example>',
        "O. & C. <news@例子.example>",
    ],
)
def test_a_sender_may_have_any_name(folder: Path, sender: str) -> None:
    write(folder, f"[mail]\nfrom = {_toml_string(sender)}\n")
    assert load(folder).mail.sender == sender


def test_a_cadence_that_is_not_there_is_answered_with_those_that_are(folder: Path) -> None:
    with pytest.raises(SettingsError, match="no cadence 'hourly'; there are: daily, weekly"):
        load(folder).cadence("hourly")


# Secrets


def test_no_secret_shows_in_what_settings_look_like(folder: Path) -> None:
    write(
        folder,
        f'secret = "{"hush" * 8}"\nother_secrets = ["{"hush" * 9}"]\n[mail]\npassword = "hush"\n'
        '[redis]\nurl = "redis://:hush@localhost"\n',
    )
    settings = load(folder)
    assert "hush" not in repr(settings) + str(settings) + f"{settings.mail!r}{settings.redis}"


def test_a_password_in_the_relays_url_is_refused_without_being_shown(folder: Path) -> None:
    write(folder, '[mail]\nrelay = "smtp://me:hush@mail.example"\n')
    message = refusal(folder)
    assert "SYNDICATE_MAIL__PASSWORD" in message
    assert "hush" not in message


def test_a_wrong_redis_url_is_refused_without_its_password(folder: Path) -> None:
    write(folder, '[redis]\nurl = "http://:hush@localhost"\n')
    assert "hush" not in refusal(folder)


# What `syndicate init` writes


def settings_there_are(section: type[BaseModel] = Settings, prefix: str = "") -> set[str]:
    """Every setting, as `section.name`."""
    found = set()
    for name, field in section.model_fields.items():
        kind = next(iter(get_args(field.annotation)), field.annotation)
        if not prefix and isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= settings_there_are(kind, f"{name}.")
        else:
            found.add(prefix + (field.alias or name))
    return found


def settings_written() -> set[str]:
    """Every setting that stands in the file that `syndicate init` writes."""
    names = ("title", "url", "description", "language", "timezone", "sender", "source", "output")
    text = _TOML.substitute(dict.fromkeys(names, '""'))
    written = set()
    for name, section in tomllib.loads(text).items():
        for entry in section if isinstance(section, list) else [section]:
            written |= {f"{name}.{inner}" for inner in entry}
    return written


def test_every_setting_is_written_by_init_or_has_a_reason_not_to_be() -> None:
    assert settings_written() | set(UNWRITTEN) == settings_there_are()
    assert not settings_written() & set(UNWRITTEN)


@pytest.fixture
def init(folder: Path, syndicate: Callable[..., Result]) -> Callable[[], Settings]:
    """Runs `syndicate init` there; gives what the file then says."""

    def run() -> Settings:
        assert syndicate("init", folder).exit_code == 0
        return load(folder)

    return run


def test_what_init_writes_says_what_jekyll_says(folder: Path, init: Callable[[], Settings]) -> None:
    (folder / "_config.yml").write_text(
        "title: 澜江财经\ndescription: 每天\nurl: https://finance.example\n"
        "timezone: Asia/Shanghai\nlang: zh-CN\n"
    )
    before = load(folder)
    after = init()
    assert after.site == before.site
    assert after.mail.sender == '"澜江财经" <news@finance.example>'
    assert [each.over(USUAL) for each in after.cadences] == [
        each.over(USUAL) for each in before.cadences
    ]
    assert [each.cron for each in after.cadences] == [each.cron for each in before.cadences]


@given(title=st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(str.strip))
def test_any_text_is_a_toml_string(title: str) -> None:
    assert tomllib.loads(f"x = {_toml_string(title)}")["x"] == title


@pytest.mark.parametrize(
    "title", ['Say "hi", \\all\\', "$site {of} [mine]", "one\n  two\ttabs", "O. & C.", "<b>"]
)
def test_init_copes_with_any_title(folder: Path, init: Callable[[], Settings], title: str) -> None:
    (folder / "_config.yml").write_text(f"title: {_toml_string(title)}\nurl: https://a.example\n")
    after = init()
    assert after.site.title == " ".join(title.split())
    assert after.mail.sender.endswith("<news@a.example>")


@pytest.mark.parametrize("url", ["http://localhost:4000", "http://127.0.0.1", "http://a.local"])
def test_init_copes_with_a_host_that_has_no_mail(
    folder: Path, init: Callable[[], Settings], url: str
) -> None:
    (folder / "_config.yml").write_text(f"title: T\nurl: {url}\n")
    assert init().mail.sender.endswith("<news@localhost.localdomain>")


def test_init_never_overwrites(folder: Path, syndicate: Callable[..., Result]) -> None:
    write(folder, "# mine\n")
    assert syndicate("init", folder).exit_code == 2
    assert (folder / FILE_NAME).read_text() == "# mine\n"
