"""`syndicate init` and `syndicate sync`."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from syndicate.cli.common import (
    bar,
    console,
    notes,
    print_problems,
    print_table,
    service,
    site_option,
)
from syndicate.errors import AddressError, HubError, SettingsError
from syndicate.settings import FILE_NAME, Vanished, load
from syndicate.subscribers.model import parse_address

if TYPE_CHECKING:
    from syndicate.settings import Site

_TOML = Template("""\
# syndicate.toml: what syndicate has to know of this site.
# Every value can be set from the environment too: SYNDICATE_MAIL__RELAY=smtp://localhost

[site]
title = $title
# Where the posts stand on the web.
url = $url
description = $description
# BCP 47, such as "zh-CN".
language = $language
# IANA, such as "Asia/Shanghai".
timezone = $timezone

[posts]
source = "jekyll"                      # _posts/YYYY-MM-DD-slug.md, front matter, Liquid
vanished = "keep"                      # a file that is gone: "keep" its post, or "withdraw" it

[feeds]
output = "public"                      # feeds are written here; serve it, or let syndicate do it
size = 50                              # posts in a feed; what is older stands in archives
content = "full"                       # what they hold of a post: "full", or its "excerpt"
image = ""                             # URL of a square picture that stands for the site
hub = ""                               # a WebSub hub that is told of changes

[web]
host = "127.0.0.1"
port = 8000
url = ""                               # what links in feeds and mails begin with, such as
                                       # "https://news.example.com"; empty: host and port

[mail]
from = $sender
reply_to = ""
postal_address = ""                    # the law wants one; nothing is sent without
relay = "outbox"                       # captured on this machine; to send, "smtp://user@host:587"
                                       # with the password in SYNDICATE_MAIL__PASSWORD

[redis]
url = ""                               # empty: a server of our own; else "redis://host:6379/0"

# When digests go out: cron expressions, in the site's time zone.
[[cadences]]
name = "daily"
cron = "0 8 * * *"

[[cadences]]
name = "weekly"
cron = "0 8 * * 1"

# How a category is shown; those without an entry are shown by their name.
# [[categories]]
# name = "techweb"
# title = "TechWeb"
# description = "What the industry is up to."
# language = "en"                      # of its feed and page, if not the site's
# content = "excerpt"                  # in its feed, if not as in the others
""")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path(), metavar="[DIR]")
def init(folder: Path) -> None:
    r"""Write a commented syndicate.toml into DIR, filled in from _config.yml where there is one.

    \b
      syndicate init ~/my-site
    """
    path = folder / FILE_NAME
    if path.exists():
        raise SettingsError(f"{path} is there already; edit it, or move it away first")
    if not folder.is_dir():
        raise SettingsError(f"{folder} is no folder; name your site's: syndicate init DIR")
    site = load(folder).site
    values = {
        "title": site.title,
        "url": site.url,
        "description": site.description,
        "language": site.language,
        "timezone": site.timezone,
        "sender": _sender(site),
    }
    text = _TOML.substitute({name: _toml_string(value) for name, value in values.items()})
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"can't write {path}: {error.strerror}") from error
    load(folder)
    console.print(f"Wrote {path}. Look at \\[mail], then run: syndicate up --site {folder}")


def _sender(site: Site) -> str:
    """A first `from`: the site's title at the site's host, where that can have mail."""
    try:
        address = parse_address(f"news@{urlsplit(site.url).hostname}")
    except AddressError:
        address = "news@localhost.localdomain"
    name = site.title.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}" <{address}>'


def _toml_string(value: str) -> str:
    """A TOML basic string: control characters and the two special ones escaped."""
    safe = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in safe) + '"'


@click.command()
@site_option
@click.option(
    "--announce/--archive",
    default=None,
    help="Whether new posts are for the digests too. By default those of the first sync are an "
    "archive, which is never mailed, and later ones are news.",
)
@click.option("--rebuild", is_flag=True, help="Write every feed anew, as after new settings.")
def sync(folder: Path, announce: bool | None, rebuild: bool) -> None:
    r"""Read the site's posts and write its feeds, in this process.

    \b
      syndicate sync --site ~/my-site
      syndicate sync --rebuild
    """
    with service(folder) as app:
        with bar("Reading posts") as progress:
            report = app.sync(announce=announce, progress=progress)
        if rebuild:
            app.republish()
        with bar("Writing feeds") as progress:
            published = app.publish(progress)
        try:
            app.tell_hub()
        except HubError as error:
            notes.print(f"{error} (the next sync tells it again)", markup=False)
        print_problems(report.problems)
        rows = [
            ("files found", report.found),
            ("posts new" if report.announced else "posts new (archive: not mailed)", report.new),
            ("files rewritten", report.rewritten),
            ("files unchanged", report.unchanged),
            ("posts withdrawn", report.withdrawn),
            ("problems", len(report.problems)),
            ("feeds written", len(published)),
            ("documents changed", sum(len(one.changed) for one in published)),
        ]
        print_table("", ("", ""), rows)
        if report.vanished and app.settings.posts.vanished is Vanished.KEEP:
            notes.print(
                f"{report.vanished} files have vanished since the last sync; their posts stay in "
                'the feeds (vanished = "withdraw" would take them out)'
            )
        console.print(f"Feeds are in {app.settings.output}")
