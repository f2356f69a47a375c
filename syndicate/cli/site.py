"""`syndicate init`."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from syndicate.cli.common import json_option, tell
from syndicate.errors import AddressError, SettingsError
from syndicate.settings import FILE_NAME, load
from syndicate.subscribers.address import parse_address

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
# "jekyll": _posts/YYYY-MM-DD-slug.md, with Liquid; "hugo": pages in sections of content/.
source = $source
sections = []                          # of a Hugo site, those with posts; empty: mainSections,
                                       # or all of them
vanished = "keep"                      # a file that is gone: "keep" its post, or "withdraw" it

[feeds]
# Feeds are written into this folder; serve it, or let syndicate do it.
output = $output
size = 50                              # posts in a feed; what is older stands in archives
content = "full"                       # what they hold of a post: "full", or its "excerpt"
image = ""                             # URL of a square picture that stands for the site
tags = false                           # a feed for each tag: true, or a list of tags
authors = false                        # the same for authors
hub = ""                               # a WebSub hub that is told of changes

[web]
host = "127.0.0.1"
port = 8000
url = ""                               # what links in feeds and mails begin with, such as
                                       # "https://news.example.com"; empty: host and port
# proxies = ["10.0.0.0/8"]             # before it, if not on this machine

[mail]
from = $sender
reply_to = ""
postal_address = ""                    # the law wants one; nothing is sent without
relay = "outbox"                       # captured on this machine; to send, "smtp://user@host:587"
                                       # with the password in SYNDICATE_MAIL__PASSWORD
welcome = true                         # to who confirmed: what comes when, and how to change it
goodbye = false                        # to who left everything on a page: a way back

# Several relays, or one with limits, instead of `relay` above (docs/relays.md).
# [[relays]]
# name = "main"
# url = "smtp://user@smtp.example.com:587"   # SYNDICATE_MAIL__PASSWORDS='{"main": "…"}', or:
# password_file = "smtp.password"
# connections = 10                     # at once, over all workers
# per_second = 14                      # also per_minute, per_hour, per_day
# warmup = [50, 100, 500, 1000]        # messages on its first day, its second, …
# quiet = "22:00-07:00"                # nothing goes out
# weight = 1                           # its share, among those of its priority
# priority = 1                         # one of a larger number waits until all others are down
#
# [[relays.domains]]
# match = ["example.net", "*.example.net"]
# per_minute = 60
# connections = 2

# Readers subscribe at /subscribe, and confirm by a link in a mail.
[signup]
open = true                            # false: operators alone add subscribers
privacy = ""                           # URL of the page that says what is done with their data
# origins = ["https://www.example.com"]         # sites of yours whose scripts may sign people up
# refused_domains = ["throw-away.txt"] # files of domains, one a line, that nobody may use
# role_accounts = "refuse"             # abuse@, noreply@, …; or "allow"
# sub_addresses = "allow"              # ann+news@…; or "refuse"
# per_network = 30                     # sign-ups an hour; letters an hour to one domain, and to
# per_domain = 300                     # all; times that one address is asked in vain
# per_hour = 2000
# per_address = 5

# Where what comes back goes to (docs/bounces.md): the domain's mail server has to hand it to us.
# [bounces]
# address = "bounces@example.com"      # mails go out as bounces+TOKEN@example.com
# unsubscribe = "unsubscribe@example.com"  # so that one can leave by mail, too
# listen = "127.0.0.1:2424"            # by LMTP: syndicate bounces listen; or "unix:/path"
# maildir = "/var/mail/bounces/Maildir"    # or from a Maildir, once a minute
# imap = "imaps://user@imap.example.com"   # or by IMAP; SYNDICATE_BOUNCES__IMAP_PASSWORD
# soft = { count = 5, days = 14 }      # nothing arrived of so many days among the last so many

# Mail is signed with a key whose public half DNS has at SELECTOR._domainkey.DOMAIN.
# [dkim]
# selector = "s2026"
# key_file = "dkim.pem"                # openssl genrsa -out dkim.pem 2048; or SYNDICATE_DKIM__KEY

[redis]
url = ""                               # empty: a server of our own; else "redis://host:6379/0"

# Who may hand in posts: POST /api/posts with a token of 32 characters or more.
# [api]
# tokens = { newsroom = "…" }          # better: SYNDICATE_API__TOKENS='{"newsroom": "…"}'
# layout = "post"                      # in the front matter of their files
# rate = 120                           # requests a minute and token

# Who may say that something was pushed: POST /api/hooks/push, which pulls the site's folder.
# [hook]
# secret = "…"                         # better: SYNDICATE_HOOK__SECRET
# branch = "main"
# pull = true                          # git pull --ff-only; false: only look at what changed

# When digests go out: cron expressions, in the site's time zone.
[[cadences]]
name = "daily"
cron = "0 8 * * *"
minimum = 1                            # posts; fewer wait for the next edition,
# wait = 7                             # but no longer than this many days
maximum = 100                          # posts; what is over waits for the next edition
# oldest = 30                          # days; what was published longer ago is not mailed
approval = false                       # true: a person says yes to each edition first
# subject = "{name|Reader}: {subject}" # {subject} is the edition's own
# greeting = "Good morning, {name|reader}!"
# template = "daily"                   # mail templates in templates/daily (docs/templates.md)

[[cadences]]
name = "weekly"
cron = "0 8 * * 1"

# What is said of a cadence's editions, for some of its digests.
# [[digests]]
# category = "techweb"                 # left out: of every category
# cadence = "weekly"                   # left out: of every cadence
# minimum = 3

# Feeds elsewhere whose entries are posts here; `syndicate posts fetch` asks them at once.
# [[remotes]]
# name = "harbour"                      # for ever: the ids of its posts are made with it
# url = "https://harbour.example/feed.xml"
# categories = ["harbour"]              # left out: those that each entry names
# language = "en"                       # left out: what the feed says
# author = "Harbour Office"             # of entries that name nobody
# every = 30                            # minutes, or more if the feed asks for that

# How a category is shown; those without an entry are shown by their name.
# [[categories]]
# name = "techweb"
# title = "TechWeb"
# description = "What the industry is up to."
# group = "Technology"                 # its heading where readers choose
# language = "en"                      # of its feed and page, if not the site's
# content = "excerpt"                  # in its feed, if not as in the others
# feed = true                          # false: its feed is gone (HTTP 410), its digests are not
# formerly = ["tech"]                  # what it was called: old addresses lead here
#
# [categories.podcast]                 # its feed is a podcast; [feeds.podcast]: the whole site's is
# title = "Harbour Talk"               # empty: the feed's
# author = "Ann Author"                # empty: the site's title
# owner = "Ann <ann@example.com>"      # is published, for directories that verify by mail
# image = "https://example.com/cover.jpg"      # square, 1400 to 3000 pixels
# categories = ["News > Daily News", "Arts"]   # Apple's
# explicit = false
# type = "episodic"                    # or "serial": to be heard from the first on
# guid = ""                            # the UUID of a show that moved here
# locked = true                        # other platforms must not import it
# license = "cc-by-4.0"
# funding = [{ url = "https://example.com/give", text = "Support the show" }]
""")

#: Hugo has `public` for itself.
_OUTPUTS = {"jekyll": "public", "hugo": "feeds"}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path(), metavar="[DIR]")
@json_option
def init(folder: Path, as_json: bool) -> None:
    """Write a commented syndicate.toml into DIR, filled in from the site's configuration.

    \b
      syndicate init ~/my-site
    """  # noqa: D301 - click wants the character
    path = folder / FILE_NAME
    if path.exists():
        raise SettingsError(f"{path} is there already; edit it, or move it away first")
    if not folder.is_dir():
        raise SettingsError(f"{folder} is no folder; name your site's: syndicate init DIR")
    found = load(folder)
    site = found.site
    values = {
        "title": site.title,
        "url": site.url,
        "description": site.description,
        "language": site.language,
        "timezone": site.timezone,
        "sender": _sender(site),
        "source": found.posts.source,
        "output": _OUTPUTS[found.posts.source],
    }
    text = _TOML.substitute({name: _toml_string(value) for name, value in values.items()})
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"can't write {path}: {error.strerror}") from error
    load(folder)
    line = f"Wrote {path}. Look at [mail], then run: syndicate up --site {folder}"
    tell(line, {"file": str(path), **values}, as_json=as_json)


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
