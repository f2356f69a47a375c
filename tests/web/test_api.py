"""Posts that programs hand in: one key is one post, one post is one file."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from syndicate.app import App
from syndicate.posts.inbound import put
from syndicate.settings import ENV_PREFIX, load
from syndicate.store import client, embedded
from syndicate.web.site import make_site
from tests.web.conftest import NO_QUEUE, Browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Clock
    from tests.web.conftest import Answer

TOKEN = "t0ken-" * 6
OTHER = "0ther-" * 6
JSON = "application/json"


@dataclass
class Newsroom:
    """A program that hands in posts to a site."""

    app: App
    token: str = TOKEN
    #: What workers were asked to take in.
    queued: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        queue = replace(NO_QUEUE, sync=self.queued.append)
        self._browser = Browser(make_site(self.app, queue))

    def __call__(self, method: str, path: str, body: bytes = b"", /, **headers: str) -> Answer:
        sent = {"content_type": JSON, "authorization": f"Bearer {self.token}"} | headers
        return self._browser(method, path, [body], **sent)

    def post(self, key: str = "", **fields: object) -> Answer:
        said = {"title": "Boats", "markdown": "They float.", "categories": ["tech"], **fields}
        body = json.dumps(said).encode()
        return self("POST", "/api/posts", body, **({"idempotency_key": key} if key else {}))

    def put(self, key: str, **fields: object) -> Answer:
        said = {"title": "Boats", "markdown": "They float.", "categories": ["tech"], **fields}
        return self("PUT", f"/api/posts/{key}", json.dumps(said).encode())

    def delete(self, key: str) -> Answer:
        return self("DELETE", f"/api/posts/{key}")

    def published(self) -> dict[str, dict[str, Any]]:
        """The items of the site's feed by id, after the workers did what they were asked to."""
        for sources in self.queued:
            self.app.sync(only=sources)
        self.queued.clear()
        self.app.publish()
        feed = json.loads((self.app.settings.output / "feed.json").read_text())
        return {item["id"]: item for item in feed["items"]}


def add_settings(site: Path, more: str = "", rate: int = 1000) -> None:
    """Two tokens, and more."""
    with (site / "syndicate.toml").open("a") as file:
        file.write(f'[api]\nrate = {rate}\ntokens.press = "{TOKEN}"\ntokens.wire = "{OTHER}"\n')
        file.write(more)


@pytest.fixture
def newsroom(site: Path, open_app: Callable[[], App]) -> Newsroom:
    add_settings(site)
    app = open_app()
    app.sync()
    return Newsroom(app)


def files(site: Path) -> list[str]:
    return sorted(path.name for path in (site / "_posts").iterdir())


def said(answer: Answer) -> dict[str, Any]:
    assert answer["content-type"] == JSON
    assert answer["cache-control"] == "no-store"
    assert not answer["access-control-allow-origin"]
    found: dict[str, Any] = json.loads(answer.body)
    return found


def errors(answer: Answer) -> list[str]:
    lines = [each["error"] for each in said(answer)["errors"]]
    assert lines
    assert not any("\n" in line for line in lines)
    return lines


# A post


def test_a_post_that_is_handed_in_is_a_file_and_then_in_the_feeds(
    newsroom: Newsroom, site: Path
) -> None:
    answer = newsroom.post("k1")
    assert answer.status == 201
    told = said(answer)
    assert told == {
        "key": "k1",
        "source": "_posts/2026-11-23-boats.md",
        "url": "https://blog.example/tech/2026/11/23/boats.html",
        "id": "tag:blog.example,2026-11-23:/boats.md",
        "state": "published",
    }
    assert answer["location"] == told["url"]
    assert files(site) == ["2026-11-23-boats.md"]
    assert (site / told["source"]).stat().st_mode & 0o777 == 0o644
    assert newsroom.queued == [[told["source"]]]
    item = newsroom.published()[told["id"]]
    assert item["url"] == told["url"]
    assert newsroom.app.pending.counts("daily") == {"tech": 1}


def test_a_chinese_title_makes_a_chinese_name(newsroom: Newsroom, site: Path) -> None:
    answer = newsroom.post(title="北陵零售")
    assert files(site) == ["2026-11-23-北陵零售.md"]
    assert said(answer)["source"] == "_posts/2026-11-23-北陵零售.md"
    assert answer["location"].isascii()


def test_a_post_of_the_future_appears_at_its_minute(
    newsroom: Newsroom, site: Path, clock: Clock
) -> None:
    told = said(newsroom.post("later", date="2026-11-23T09:00:00Z"))
    assert told["state"] == "scheduled"
    assert told["url"] == "https://blog.example/tech/2026/11/23/boats.html"
    assert not newsroom.published()
    clock.advance(hours=3)
    newsroom.app.sync()
    assert list(newsroom.published()) == [told["id"]]
    assert said(newsroom.post("later", date="2026-11-23T09:00:00Z"))["state"] == "published"
    assert len(files(site)) == 1


def test_liquid_that_is_handed_in_is_not_run(newsroom: Newsroom) -> None:
    told = said(newsroom.post(markdown="{{ site.title }} {% include_relative ../x %}"))
    html = newsroom.published()[told["id"]]["content_html"]
    assert "{{ site.title }} {% include_relative ../x %}" in html


def test_without_a_key_each_is_a_post_of_its_own(newsroom: Newsroom, site: Path) -> None:
    one, two = said(newsroom.post()), said(newsroom.post())
    assert one["key"] != two["key"]
    assert len(files(site)) == 2
    assert len(newsroom.published()) == 2


def test_on_a_hugo_site_it_is_a_page_of_the_posts_and_no_shortcode_is_run(
    site: Path, open_app: Callable[[], App]
) -> None:
    (site / "content").mkdir()
    (site / "hugo.toml").write_text('title = "Lanjiang"\nbaseURL = "https://blog.example/"\n')
    add_settings(site, '[posts]\nsource = "hugo"\n')
    newsroom = Newsroom(open_app())
    newsroom.app.sync()
    told = said(newsroom.post("k1", markdown="**a** {{ x }}", summary="Short."))
    assert told["source"].startswith("content/")
    item = newsroom.published()[told["id"]]
    assert "<strong>a</strong> {{ x }}" in item["content_html"]
    assert item["summary"] == "Short."
    for mark in ("{{<", "{{%"):
        answer = newsroom.post("k2", markdown=f"{mark} x")
        assert (answer.status, said(answer)["errors"][0]["field"]) == (422, "markdown")
    newsroom.delete("k1")
    assert not newsroom.published()


# The same key


@pytest.mark.parametrize("written", ["k1", '"k1"'])
def test_the_same_key_is_the_same_post(newsroom: Newsroom, site: Path, written: str) -> None:
    first = said(newsroom.post("k1"))
    newsroom.queued.clear()
    again = newsroom.post(written)
    assert (again.status, said(again)) == (200, first)
    assert said(newsroom.post(key="k1")) == first
    assert not again["location"]
    assert (len(files(site)), newsroom.queued) == (1, [])


def test_the_same_key_is_the_same_post_the_day_after_and_once_its_file_has_gone(
    newsroom: Newsroom, site: Path, clock: Clock
) -> None:
    first = said(newsroom.post("k1"))
    newsroom.published()
    (site / first["source"]).unlink()
    clock.advance(days=1)
    newsroom.app.sync()
    assert said(newsroom.post("k1")) == first
    assert files(site) == []


def test_the_same_key_with_another_post_is_refused(newsroom: Newsroom, site: Path) -> None:
    newsroom.post("k1")
    before = (site / "_posts" / files(site)[0]).read_bytes()
    answer = newsroom.post("k1", title="Ships")
    assert answer.status == 409
    assert "take another key, or PUT to replace that post" in errors(answer)[0]
    assert [(site / "_posts" / name).read_bytes() for name in files(site)] == [before]


def test_two_requests_at_once_are_one_post(newsroom: Newsroom, site: Path) -> None:
    start = threading.Barrier(8)

    def ask(_number: int) -> Answer:
        start.wait()
        while (answer := newsroom.post("k1")).status == 503:
            assert answer["retry-after"] == "1"
        return answer

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert len({answer.body for answer in answers}) == 1
    assert len(files(site)) == 1


def test_redis_may_lose_the_keys_for_the_files_have_them(newsroom: Newsroom, site: Path) -> None:
    one, gone = said(newsroom.post("k1")), said(newsroom.post("k2", title="Ships"))
    newsroom.delete("k2")
    (site / "_posts" / "2026-01-01-mine.md").write_text(
        "---\nkey: k3\nhanded_in: by hand\n---\nx\n"
    )
    newsroom.app.store.text.delete(newsroom.app.store.keys.handed_in)
    assert said(newsroom.post("k1")) == one
    assert newsroom.post("k1", title="x").status == 409
    withdrawn = said(newsroom.post("k2", title="Ships"))
    assert (withdrawn["source"], withdrawn["state"]) == (gone["source"], "withdrawn")
    assert newsroom.delete("k3").status == 404
    assert len(files(site)) == 3


@pytest.mark.parametrize("crash", ["before", "after"])
def test_a_crash_around_the_writing_costs_nothing(
    newsroom: Newsroom, site: Path, monkeypatch: pytest.MonkeyPatch, crash: str, clock: Clock
) -> None:
    def dies(path: Path, data: bytes, *, root: Path) -> bool:
        if crash == "after":
            create(path, data, root=root)
        raise KeyboardInterrupt

    create = put.create
    monkeypatch.setattr(put, "create", dies)
    with pytest.raises(KeyboardInterrupt):
        newsroom.post("k1")
    monkeypatch.setattr(put, "create", create)
    clock.advance(days=1)
    answer = newsroom.post("k1")
    assert answer.status == (200 if crash == "after" else 201)
    assert len(files(site)) == 1
    assert newsroom.post("k1").status == 200


# Names


def test_a_file_of_somebody_else_is_never_written_over(newsroom: Newsroom, site: Path) -> None:
    theirs = site / "_posts" / "2026-11-23-boats.html"
    theirs.write_text("---\ntitle: Theirs\n---\nx\n")
    told = said(newsroom.post("k1"))
    assert re.fullmatch(r"_posts/2026-11-23-boats-[0-9a-f]{8}\.md", told["source"])
    assert theirs.read_text().endswith("x\n")
    assert len(files(site)) == 2


def test_a_permalink_of_somebody_else_is_never_taken(
    newsroom: Newsroom, site: Path, write_post: Callable[..., Path]
) -> None:
    write_post("old", "tech", extra="permalink: /tech/2026/11/23/boats.html\n")
    newsroom.app.sync()
    told = said(newsroom.post("k1"))
    assert told["url"].startswith("https://blog.example/tech/2026/11/23/boats-")
    assert told["id"] in newsroom.published()
    assert len(files(site)) == 2


def test_no_name_leads_out_of_the_folder(newsroom: Newsroom, site: Path, tmp_path: Path) -> None:
    assert newsroom.post(slug="../../x").status == 422
    assert said(newsroom.post(title="../../../x/y"))["source"] == "_posts/2026-11-23-x-y.md"
    outside = tmp_path / "outside"
    outside.mkdir()
    for path in (site / "_posts").iterdir():
        path.unlink()
    (site / "_posts").rmdir()
    (site / "_posts").symlink_to(outside)
    answer = newsroom.post()
    assert answer.status == 503
    assert "leads out of" in errors(answer)[0]
    assert not list(outside.iterdir())


# Replacing and taking back


def test_a_post_can_be_replaced_and_stays_the_same_post(
    newsroom: Newsroom, site: Path, clock: Clock
) -> None:
    first = said(newsroom.post("k1"))
    newsroom.published()
    clock.advance(days=1)
    answer = newsroom.put("k1", title="Ships", markdown="They sink.")
    assert (answer.status, said(answer)) == (200, first)
    item = newsroom.published()[first["id"]]
    assert (item["title"], item["date_published"]) == ("Ships", "2026-11-23T06:00:00+00:00")
    assert "They sink." in item["content_html"]
    assert len(files(site)) == 1
    # The key stands for what it was replaced by.
    assert newsroom.post("k1", title="Ships", markdown="They sink.").status == 200
    assert newsroom.post("k1").status == 409


def test_replacing_what_is_not_there_makes_it(newsroom: Newsroom) -> None:
    assert newsroom.put("k1").status == 201
    assert newsroom.put("k1").status == 200
    assert len(newsroom.published()) == 1


def test_a_post_stays_in_its_language(newsroom: Newsroom) -> None:
    newsroom.post("k1")
    answer = newsroom.put("k1", markdown=None, html="<p>x</p>")
    assert answer.status == 409
    assert "Markdown or HTML" in errors(answer)[0]


@pytest.mark.parametrize("vanished", ["keep", "withdraw"])
def test_a_post_can_be_taken_back_whatever_vanished_files_mean(
    site: Path, open_app: Callable[[], App], vanished: str
) -> None:
    add_settings(site, f'[posts]\nvanished = "{vanished}"\n')
    newsroom = Newsroom(open_app())
    newsroom.app.sync()
    first = said(newsroom.post("k1", markdown="A secret."))
    assert newsroom.published()
    for _ in range(2):
        answer = newsroom.delete("k1")
        assert answer.status == 200
        assert said(answer)["state"] == "withdrawn"
    assert not newsroom.published()
    assert "secret" not in (site / first["source"]).read_text()
    # The key stays taken, and what was taken back can be published again.
    assert said(newsroom.post("k1", markdown="A secret."))["state"] == "withdrawn"
    assert said(newsroom.put("k1"))["state"] == "published"
    assert list(newsroom.published()) == [first["id"]]


def test_what_was_never_handed_in_cannot_be_taken_back(newsroom: Newsroom, site: Path) -> None:
    answer = newsroom.delete("nothing")
    assert answer.status == 404
    assert errors(answer) == ["no post was handed in under key 'nothing'"]
    assert files(site) == []


def test_what_cannot_be_read_as_a_post_leaves_nothing(newsroom: Newsroom, site: Path) -> None:
    deep = "<div>" * 3000
    answer = newsroom.post("k1", markdown=None, html=deep)
    assert answer.status == 422
    assert "nested too deep" in errors(answer)[0]
    assert (files(site), newsroom.queued) == ([], [])
    assert newsroom.post("k1", markdown=None, html="<p>x</p>").status == 201
    before = (site / "_posts" / files(site)[0]).read_bytes()
    assert newsroom.put("k1", markdown=None, html=deep).status == 422
    assert (site / "_posts" / files(site)[0]).read_bytes() == before


# Who may


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ü", TOKEN],
)
def test_nobody_without_a_token_hands_in_anything(
    newsroom: Newsroom, site: Path, authorization: str
) -> None:
    for method, path in (
        ("POST", "/api/posts"),
        ("PUT", "/api/posts/k"),
        ("DELETE", "/api/posts/k"),
    ):
        answer = newsroom(method, path, b"{}", authorization=authorization)
        assert answer.status == 401
        assert answer["www-authenticate"].startswith('Bearer realm="syndicate"')
        assert len(errors(answer)) == 1
    assert files(site) == []


def test_tokens_can_be_rotated_and_logs_have_their_names_alone(newsroom: Newsroom) -> None:
    with capture_logs() as logs:
        assert newsroom.post().status == 201
        newsroom.token = OTHER
        assert newsroom.post().status == 201
    assert [entry["token"] for entry in logs if entry["event"] == "handed in"] == ["press", "wire"]
    assert TOKEN not in str(logs)
    assert OTHER not in str(logs)
    assert TOKEN not in repr(newsroom.app.settings)


def test_without_tokens_there_is_no_such_place(app: App) -> None:
    newsroom = Newsroom(app)
    for method in ("POST", "GET"):
        assert newsroom(method, "/api/posts").status == 404


def test_a_token_has_its_share_of_a_minute(site: Path, open_app: Callable[[], App]) -> None:
    add_settings(site, rate=2)
    newsroom = Newsroom(open_app())
    assert [newsroom.post("k1").status for _ in range(3)] == [201, 200, 429]
    answer = newsroom.post("k1")
    assert 1 <= int(answer["retry-after"]) <= 60
    newsroom.token = OTHER
    assert newsroom.post("k1").status == 200


# What is sent


@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH", "OPTIONS", "DELETE"])
def test_nothing_else_can_be_asked_of_posts(newsroom: Newsroom, site: Path, method: str) -> None:
    answer = newsroom(method, "/api/posts")
    assert (answer.status, answer["allow"]) == (405, "POST")
    assert answer["cache-control"] == "no-store"
    assert files(site) == []


def test_nothing_else_can_be_asked_of_a_post(newsroom: Newsroom) -> None:
    answer = newsroom("GET", "/api/posts/k1")
    assert answer.status == 405
    assert set(answer["allow"].split(", ")) == {"PUT", "DELETE"}


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": ""},
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "application/json; charset=gb18030"},
        {"content_encoding": "gzip"},
    ],
)
def test_nothing_but_json_is_taken(newsroom: Newsroom, headers: dict[str, str]) -> None:
    answer = newsroom("POST", "/api/posts", b'{"title":"a","markdown":"b"}', **headers)
    assert answer.status == 415
    assert errors(answer)


def test_json_may_say_its_charset(newsroom: Newsroom) -> None:
    body = b'{"title":"a","markdown":"b"}'
    answer = newsroom("POST", "/api/posts", body, content_type='Application/JSON; charset="UTF-8"')
    assert answer.status == 201


def test_a_body_that_is_too_large_is_not_read(site: Path, open_app: Callable[[], App]) -> None:
    add_settings(site, "[posts]\nmax_bytes = 1000\n")
    newsroom = Newsroom(open_app())
    for length in ("1001", "9" * 5000):
        assert newsroom("POST", "/api/posts", b"{}", content_length=length).status == 413
    answer = newsroom("POST", "/api/posts", b"x" * 1001)
    assert answer.status == 413
    assert errors(answer) == ["the body has more than 1000 bytes; send less"]
    # What grows over it on its way into the file.
    assert newsroom.post(title="a", markdown="x" * 900).status == 422


def test_a_sender_that_goes_away_leaves_nothing(newsroom: Newsroom, site: Path) -> None:
    answer = newsroom._browser(
        "POST", "/api/posts", [], content_type=JSON, authorization=f"Bearer {TOKEN}"
    )
    assert answer.status == 400
    assert files(site) == []


def test_every_wrong_field_is_told(newsroom: Newsroom) -> None:
    answer = newsroom.post(title="\x00", date="tomorrow", image="x")
    assert answer.status == 422
    found = {each["field"]: each["error"] for each in said(answer)["errors"]}
    assert set(found) == {"title", "date", "image"}
    assert newsroom("POST", "/api/posts", b"{").status == 400


@pytest.mark.parametrize("key", ["a b", "", "ü", "x" * 201])
def test_a_key_can_stand_in_a_url(newsroom: Newsroom, key: str) -> None:
    answer = newsroom("PUT", f"/api/posts/{key}", b'{"title":"a","markdown":"b"}')
    assert answer.status in (404, 422)
    if key:
        assert newsroom.post(key=key).status == 422


def test_two_different_keys_are_one_too_many(newsroom: Newsroom) -> None:
    body = b'{"title":"a","markdown":"b","key":"k1"}'
    assert newsroom("POST", "/api/posts", body, idempotency_key="k2").status == 422
    assert newsroom("PUT", "/api/posts/k2", body).status == 422
    assert newsroom("PUT", "/api/posts/k1", body).status == 201


def test_while_redis_is_away_the_sender_is_asked_for_patience(site: Path, clock: Clock) -> None:
    add_settings(site)
    folder = site.parent / "other-redis"
    with embedded.EmbeddedServer(folder):
        store = client.connect(embedded.url_of(folder), "x")
    away = Newsroom(App(load(site), store, clock))
    answer = away.post()
    assert (answer.status, answer["retry-after"]) == (503, "30")
    assert "Redis is away" in errors(answer)[0]
    store.close()


# With real workers


@contextmanager
def running(site: Path, port: int) -> Iterator[None]:
    """`syndicate up`, until its web app answers and while the block lasts."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(ENV_PREFIX)}
    variables = {"WEB__PORT": str(port), "API__TOKENS": json.dumps({"press": TOKEN})}
    with subprocess.Popen(
        [sys.executable, "-m", "syndicate", "up", "--site", str(site)],
        env=clean | {ENV_PREFIX + name: value for name, value in variables.items()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        try:
            assert any("Feeds and pages" in line for line in process.stdout)
            drain = threading.Thread(target=process.stdout.read)
            drain.start()
            yield
        finally:
            process.terminate()
            drain.join()


@pytest.mark.slow
def test_a_running_service_publishes_what_is_handed_in(site: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    body = json.dumps(
        {"title": "Boats", "markdown": "They float.", "categories": ["tech"]}
    ).encode()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": JSON, "Idempotency-Key": "k1"}
    with running(site, port):
        request = urllib.request.Request(f"{base}/api/posts", body, headers)  # noqa: S310 - our own
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
            assert answer.status == 201
            told = json.load(answer)
        end = time.monotonic() + 30
        path = site / "public" / "categories" / "tech" / "feed.json"
        while time.monotonic() < end and not path.exists():
            # Another process writes it, into a folder that may not be there yet to be watched.
            time.sleep(0.1)
        items = json.loads(path.read_text())["items"]
    assert [item["id"] for item in items] == [told["id"]]
