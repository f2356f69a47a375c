"""The main job as a newcomer runs it: `syndicate demo`, with every part real."""

from __future__ import annotations

import email
import email.policy
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import feedparser
import pytest
from lxml import etree

from syndicate.settings import ENV_PREFIX, OUTBOX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "site"

#: A site as its generator writes it, with one post: hidden paragraph, comments, an inline chart,
#: full-width punctuation, an autolink, links without a scheme, and a tag that names the category.
CONFIG = "lang: zh-CN\ntitle: 澜江消息\nurl: https://posts.example\ntimezone: Asia/Shanghai\n"
POST = """\
---
layout: post
title: "北陵零售与澜江云宣布合作"
date: 2026-05-06 17:13:17 +0800
categories: beilingwang
tags: 北陵网新闻
---
<p style="display:none;height:1px;overflow:hidden;">hidden words</p><!-- chart begins --><p \
style="text-align:center;"><a href="http://quote.example/r/1" target="_blank"><img \
src="https://chart.example/get?id=1&at=1" alt="K图" style="border:1px" width="578" height="276" \
/></a></p><!-- chart ends --><p>北陵零售的“朋友圈”再添伙伴(下称“北陵”)，将共同打造样板。<br /></p>
 <p><strong>科技+营销</strong></p><p>实现1+1&gt;2的效应。</p>

<http://news.example/share?code=NW1>

[返回北陵网](//posts.example/category/beilingwang.html)｜[返回首页](//posts.example/)
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def environment(port: int) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(ENV_PREFIX)}
    return clean | {f"{ENV_PREFIX}WEB__PORT": str(port), "PYTHONUNBUFFERED": "1"}


def argv(site: Path, work: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "syndicate", "demo"),
        *("--site", str(site), "--work", str(work)),
    ]


@contextmanager
def demo(site: Path, work: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The demo, having done its job and waiting for Ctrl-C."""
    process = subprocess.Popen(
        argv(site, work),
        env=environment(port),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    try:
        assert "Ctrl-C" in said, said
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def messages(work: Path) -> list[EmailMessage]:
    found = sorted((work / "state" / OUTBOX / "new").iterdir())
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in found
    ]


def post(url: str, fields: dict[str, str]) -> int:
    request = urllib.request.Request(url, urlencode(fields).encode())  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        assert answer.url == url
        status: int = answer.status
        return status


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part
    content: str = part.get_content()
    return content


def children(of: int) -> set[int]:
    """Processes that were started, at any depth, by one that is alive."""
    listing = subprocess.run(
        ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    pairs = [tuple(map(int, line.split())) for line in listing.splitlines()]
    found, size = {of}, 0
    while size != len(found):
        size = len(found)
        found |= {pid for pid, parent in pairs if parent in found}
    return found - {of}


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_posts_become_feeds_and_mails_and_one_click_ends_them(tmp_path: Path) -> None:
    work, port = tmp_path / "demo", free_port()
    with demo(EXAMPLE, work, port) as process:
        web = f"http://127.0.0.1:{port}"
        started = children(process.pid)
        # Feeds: they parse, hold the posts, and answer 304 to who has them already.
        posts = len(list((EXAMPLE / "_posts").iterdir()))
        for name in ("rss.xml", "atom.xml"):
            feed = feedparser.parse(f"{web}/{name}")
            assert not feed.bozo
            assert len(feed.entries) == posts
            assert feedparser.parse(f"{web}/{name}", etag=feed.etag).status == 304
        # Mails: each parses, in both its parts, and says how to leave.
        mails = messages(work)
        assert len(mails) == 15
        for mail in mails:
            assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            assert "<title>" in body(mail, "html")
            assert mail["List-Unsubscribe"].strip("<>") in body(mail, "plain")
        # One click, and the mailbox gets no more.
        link = mails[0]["List-Unsubscribe"].strip("<>")
        assert link.startswith(f"{web}/u/")
        assert post(link, {"List-Unsubscribe": "One-Click"}) == 200
        assert post(link, {"List-Unsubscribe": "One-Click"}) == 200
        variables = {
            "STATE__FOLDER": str(work / "state"),
            "MAIL__RELAY": OUTBOX,
        }
        listed = subprocess.run(
            [sys.executable, "-m", "syndicate", "subscribers", "list", "--site", str(EXAMPLE)],
            env=environment(port) | {ENV_PREFIX + n: v for n, v in variables.items()},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        row = next(line for line in listed.splitlines() if mails[0]["To"] in line)
        assert row.count("left)") == 1
    # Ctrl-C ended every child.
    assert process.returncode == 0
    assert len(started) >= 6
    assert not [pid for pid in started if alive(pid)]


@pytest.mark.slow
def test_a_site_of_one_real_looking_post(tmp_path: Path) -> None:
    site, work = tmp_path / "site", tmp_path / "demo"
    (site / "_posts").mkdir(parents=True)
    (site / "_config.yml").write_text(CONFIG)
    (site / "_posts" / "2026-05-06-202605062370784575.md").write_text(POST)
    done = subprocess.run(
        [*argv(site, work), "--once"],
        env=environment(free_port()),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "北陵网新闻" in done.stdout
    folder = work / "public" / "categories" / "beilingwang"
    tree = etree.parse(folder / "rss.xml")
    (content,) = tree.findall(".//{http://purl.org/rss/1.0/modules/content/}encoded")
    html = content.text or ""
    assert "hidden words" not in html
    assert "chart begins" not in html
    assert 'width="578" height="276"' in html
    assert 'href="https://posts.example/category/beilingwang.html"' in html
    assert 'href="http://news.example/share?code=NW1"' in html
    assert not re.search(r'(?:href|src)="//', html)
    (link,) = tree.findall(".//item/link")
    assert link.text == ("https://posts.example/beilingwang/2026/05/06/202605062370784575.html")
    mails = messages(work)
    assert len(mails) == 3
    for mail in mails:
        assert mail["Subject"] == "北陵网新闻 · 第1期：北陵零售与澜江云宣布合作"
        assert "实现1+1>2的效应。" in body(mail, "plain")
        assert "实现1+1&gt;2的效应。" in body(mail, "html")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        ("port", "stop what listens there, or set SYNDICATE_WEB__PORT"),
        ("folder", "name another with --work DIR"),
        ("unwritable", "name one with --work DIR"),
        pytest.param("empty", "the site has no posts with a category", marks=pytest.mark.slow),
    ],
)
def test_what_stands_in_the_way_is_one_clear_line(tmp_path: Path, prepare: str, says: str) -> None:
    site, work, port = EXAMPLE, tmp_path / "demo", free_port()
    taken = None
    if prepare == "port":
        taken = socket.create_server(("127.0.0.1", port))
    elif prepare == "folder":
        work.mkdir()
        (work / "thesis.txt").write_text("mine")
    elif prepare == "unwritable":
        work.write_text("a file where a folder should be")
        work = work / "below"
    else:
        site = tmp_path / "empty"
        site.mkdir()
    done = subprocess.run(
        [*argv(site, work), "--once"],
        env=environment(port),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if taken:
        taken.close()
    assert done.returncode != 0
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert says in errors[0]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "demo" / "thesis.txt").exists() or prepare == "folder"
