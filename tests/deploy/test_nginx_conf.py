"""nginx with our file and the web app answer alike: the same status, headers and bytes."""

from __future__ import annotations

import gzip
import http.client
import os
import shutil
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from benchmarks.servers import find_nginx, nginx
from syndicate.feeds import moves
from syndicate.feeds.files import write_if_changed
from tests.web.conftest import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.servers import Server
    from syndicate.app import App

pytestmark = pytest.mark.slow

#: Seconds since 1970.
MODIFIED = 1_772_452_800
HUB = "https://hub.example/?a=1"
#: What servers say of themselves and of the moment, and no client of ours acts by.
OF_ITS_OWN = {"date", "server", "connection"}
#: nginx knows gzip by its name alone: who says `*` gets from it the document as it is.
ENCODINGS = ("identity", "gzip", "gzip;q=0, *", "br, gzip;q=0.1")
DOCUMENTS = (
    *("/rss.xml", "/atom.xml", "/feed.json", "/", "/index.html", "/feeds.html", "/feeds.opml"),
    *("/feed.css", "/search.js", "/rss.xml?from=here", "/categories/tech/", "/r%73s.xml"),
    *("/categories/tech/atom.xml", "/categories/%E7%BB%8F%E6%B5%8E/feed.json"),
    *("/archive/1/rss.xml", "/archive/2/", "/categories/tech/archive/1/feed.json"),
)


@dataclass(frozen=True)
class Answer:
    status: int
    #: By their names in lower case; each is there once.
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Both:
    """The web app by itself, and behind nginx."""

    app: int
    nginx: Server
    root: Path
    logs: Path

    def __call__(self, path: str, method: str = "GET", **sent: str) -> Answer:
        """What both answer, and it is the same."""
        app, other = (ask(port, path, method, **sent) for port in (self.app, self.nginx.port))
        assert other == app
        return app


def ask(port: int, path: str, method: str = "GET", **sent: str) -> Answer:
    """What a server answers; `if_none_match='…'` is a header."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    client.request(method, path, headers={n.replace("_", "-"): v for n, v in sent.items()})
    answer = client.getresponse()
    body = answer.read()
    client.close()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    assert len(headers) == len(answer.getheaders()), "a header is there twice"
    kept = {name: value for name, value in headers.items() if name not in OF_ITS_OWN}
    return Answer(answer.status, kept, body)


@pytest.fixture
def both(
    site: Path,
    open_app: Callable[[], App],
    write_post: Callable[..., Path],
    tmp_path: Path,
) -> Iterator[Both]:
    program = find_nginx()
    if program is None:
        assert "CI" not in os.environ, "CI must have nginx"
        pytest.skip("nginx is not installed; Debian's package is nginx-light")
    settings = site / "syndicate.toml"
    settings.write_text(settings.read_text() + f'[feeds]\nsize = 4\nhub = "{HUB}"\n')
    app = open_app()
    for number in range(12):
        write_post(f"post-{number:03}", "tech", body="Words of a post. " * 40)
    write_post("other", "经济")
    app.sync()
    app.publish()
    output, url = app.settings.output, app.settings.web.url
    slug = next(c.slug for c in app.categories.all().values() if c.name == "经济")
    if slug != "经济":
        shutil.copytree(output / "categories" / slug, output / "categories" / "经济")
    with (
        served(app) as port,
        nginx(program, tmp_path / "nginx", output, app=port, url=url, hub=HUB) as server,
    ):
        yield Both(port, server, output, tmp_path / "nginx")


def test_every_document_is_the_same(both: Both) -> None:
    for path in DOCUMENTS:
        for encoding in ENCODINGS:
            got = both(path, accept_encoding=encoding)
            assert got.status == 200
            head = both(path, "HEAD", accept_encoding=encoding)
            assert (head.status, head.headers, head.body) == (200, got.headers, b"")
        assert both(path).headers["content-type"].endswith("; charset=utf-8")


def test_live_documents_are_compressed_and_archives_are_not(both: Both) -> None:
    for path in ("/rss.xml", "/atom.xml", "/feed.json", "/", "/categories/tech/rss.xml"):
        short = both(path, accept_encoding="gzip")
        assert short.headers["content-encoding"] == "gzip"
        assert gzip.decompress(short.body) == both(path).body
        assert "immutable" not in short.headers["cache-control"]
        # For one that stands behind another, and speaks HTTP/1.0 with it.
        assert both(path, accept_encoding="gzip", via="1.0 cache") == short
    sealed = both("/archive/1/rss.xml", accept_encoding="gzip")
    assert "content-encoding" not in sealed.headers
    assert sealed.headers["cache-control"].endswith("immutable")


def test_the_hub_is_named_with_feeds_alone(both: Both) -> None:
    for name in ("rss.xml", "atom.xml", "feed.json"):
        topic = f"http://127.0.0.1:8000/categories/tech/{name}"
        expected = f'<{HUB}>; rel="hub", <{topic}>; rel="self"'
        assert both(f"/categories/tech/{name}").headers["link"] == expected
    for path in ("/", "/feeds.opml", "/feed.css"):
        assert "link" not in both(path).headers


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_hasnt_changed_is_the_same(both: Both, encoding: str, method: str) -> None:
    for path in ("/rss.xml", "/archive/1/feed.json"):
        got = both(path, accept_encoding=encoding)
        etag, date = got.headers["etag"], got.headers["last-modified"]
        for conditions, status in (
            ({"if_none_match": etag}, 304),
            ({"if_none_match": f'W/"x", W/{etag}'}, 304),
            ({"if_none_match": "*"}, 304),
            ({"if_none_match": '"x"'}, 200),
            ({"if_none_match": '"x"', "if_modified_since": date}, 200),
            ({"if_none_match": etag, "if_modified_since": date}, 304),
            ({"if_modified_since": date}, 304),
            ({"if_modified_since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304),
            ({"if_modified_since": "Thu, 01 Jan 2015 00:00:00 GMT"}, 200),
            ({"if_modified_since": "yesterday"}, 200),
        ):
            answer = both(path, method, accept_encoding=encoding, **conditions)
            assert answer.status == status, conditions
            if status == 304:
                assert set(answer.headers) == {"etag", "last-modified", "cache-control", "vary"}
                assert not answer.body


def test_what_is_written_is_there_at_once(both: Both) -> None:
    path = both.root / "rss.xml"
    for data in (b"<one>" * 99, b"<two>" * 99):
        # Two changes in a second would have the second come from the future, which nginx tells.
        for file in (path, path.with_name("rss.xml.gz")):
            os.utime(file, (MODIFIED, MODIFIED))
        before = both("/rss.xml", accept_encoding="gzip").headers
        write_if_changed(path, data, root=both.root, gzipped=True)
        sent = {"accept_encoding": "gzip", "if_none_match": before["etag"]}
        assert gzip.decompress(both("/rss.xml", **sent).body) == data
        assert both("/rss.xml", if_modified_since=before["last-modified"]).body == data


def test_what_moved_went_or_is_to_come_is_told_alike(both: Both) -> None:
    moves.move_away(both.root / "archive" / "1", both.root / "archive" / "1-2")
    moved = both("/archive/1/rss.xml")
    assert (moved.status, moved.headers["location"]) == (301, "../1-2/rss.xml")
    to_come = both("/archive/99/")
    assert (to_come.status, to_come.headers["location"]) == (307, "../../")
    moves.take_down(both.root / "categories" / "tech")
    assert both("/categories/tech/rss.xml").status == 410
    assert both("/categories/tech/archive/1/").status == 410


def test_nothing_else_is_a_document(both: Both) -> None:
    for name in (".moved", ".rss.xml.tmp", "rss.xml.tmp", ".hidden/rss.xml", "secret.key"):
        file = both.root / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("secret")
    (both.root / "folder" / "rss.xml").mkdir(parents=True)
    shutil.copy(both.root / "rss.xml", both.root.parent)
    for path in (
        *("/.moved", "/.rss.xml.tmp", "/rss.xml.tmp", "/.hidden/rss.xml", "/secret.key"),
        *("/rss.xml.gz", "/RSS.xml", "/no/rss.xml", "/folder/rss.xml", "/categories", "//rss.xml"),
        *("/rss.xml/", "/rss.xml/x", "/nothing", "/categories//tech/rss.xml"),
    ):
        for method in ("GET", "HEAD", "POST"):
            assert both(path, method).status == 404, path


@pytest.mark.parametrize(
    "path", ["/../rss.xml", "/x/../../rss.xml", "/%2e%2e/rss.xml", "/%2e%2e%2frss.xml"]
)
def test_no_path_leads_out_of_the_folder(both: Both, path: str) -> None:
    """nginx calls it no path, and the app no document."""
    shutil.copy(both.root / "rss.xml", both.root.parent)
    assert ask(both.app, path).status == 404
    assert ask(both.nginx.port, path).status == 400


def test_all_else_is_the_apps(both: Both) -> None:
    for path in ("/help", "/u/broken", "/editions/1", "/healthz", "/outbox", "/no/"):
        assert both(path).headers["content-type"].startswith("text/")
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        refused = both("/rss.xml", method)
        assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD")
    big = ask(both.nginx.port, "/u/broken", "POST", content_length="7000000")
    assert big.status == 413


def test_no_log_has_a_readers_token(both: Both) -> None:
    both("/u/the-token")
    both("/rss.xml")
    logged = "".join(path.read_text() for path in both.logs.glob("*.log"))
    assert '"GET /u" 404' in logged
    assert '"GET /rss.xml HTTP/1.1" 200' in logged
    assert "the-token" not in logged


def test_documents_go_on_while_the_app_is_away(both: Both, tmp_path: Path) -> None:
    program = find_nginx()
    assert program
    with socket.create_server(("127.0.0.1", 0)) as probe:
        nobody = int(probe.getsockname()[1])
    away = nginx(program, tmp_path / "alone", both.root, app=nobody, url="https://x.example")
    with away as server:
        assert ask(server.port, "/rss.xml").status == 200
        assert ask(server.port, "/u/the-token").status == 502
    logged = "".join(path.read_text() for path in (tmp_path / "alone").glob("*.log"))
    assert "the-token" not in logged
