"""The published documents over HTTP: RFC 9110 §8.8, §9.3, §12.5.3 and §13."""

from __future__ import annotations

import asyncio
import errno
import gzip
import os
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from time import tzset
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse

from syndicate.feeds.files import GZIPPED, write_if_changed
from syndicate.feeds.model import Format
from syndicate.web import documents as module
from syndicate.web.documents import Documents
from syndicate.web.locate import locate

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

#: When the documents of these tests were last changed, in seconds since 1970, and as a header.
MODIFIED = 1_772_452_800
LAST_MODIFIED = "Mon, 02 Mar 2026 12:00:00 GMT"
LATER = MODIFIED + 1000
REPEATED = {"etag", "last-modified", "cache-control", "vary"}
GZIP = "br, gzip"
#: The app behind the documents.
ELSE = PlainTextResponse("Not Found", 404)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def ask(
    app: Documents, path: str = "/rss.xml", method: str = "GET", root_path: str = "", **sent: str
) -> Answer:
    """What the app answers; `if_none_match='…'` is a header."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": root_path,
        "headers": [(name.replace("_", "-").encode(), v.encode()) for name, v in sent.items()],
    }
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    asyncio.run(app(scope, receive, send))
    start, *rest = messages
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert len(headers) == len(start["headers"]), "a header is there twice"
    return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in rest))


def put(root: Path, name: str, data: bytes, modified: int = MODIFIED) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (modified, modified))
    return path


def put_gzipped(root: Path, name: str, data: bytes, modified: int = MODIFIED) -> Path:
    return put(root, name + GZIPPED, gzip.compress(data, mtime=0), modified)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    public = tmp_path / "public"
    for kind in Format:
        put(public, kind.value, f"<{kind.value}>".encode())
    return public


@pytest.fixture
def app(root: Path) -> Documents:
    return Documents(root, ELSE, lambda: LATER)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/rss.xml", "application/rss+xml; charset=utf-8"),
        ("/atom.xml", "application/atom+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json; charset=utf-8"),
    ],
)
def test_a_document_is_served_with_its_type_and_validators(
    app: Documents, path: str, media_type: str
) -> None:
    answer = ask(app, path)
    assert (answer.status, answer.body) == (200, f"<{path[1:]}>".encode())
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["last-modified"] == LAST_MODIFIED
    assert answer.headers["etag"] == f'"{MODIFIED:x}-{len(answer.body):x}"'
    assert answer.headers["cache-control"].startswith("public, max-age=300, stale-while-revalidate")
    assert "stale-if-error=" in answer.headers["cache-control"]
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-security-policy"].startswith("default-src 'none';")
    assert "set-cookie" not in answer.headers


def test_head_has_the_headers_of_get_and_no_body(app: Documents) -> None:
    cold = ask(app, method="HEAD")
    got = ask(app)
    warm = ask(app, method="HEAD")
    assert cold.headers == warm.headers == got.headers
    assert cold.status == warm.status == 200
    assert cold.body == warm.body == b""


OLD, NEW = formatdate(MODIFIED - 1, usegmt=True), formatdate(MODIFIED + 1, usegmt=True)
MATRIX: list[tuple[dict[str, str], int]] = [
    # No condition, or none that counts.
    ({}, 200),
    ({"if_modified_since": ""}, 200),
    ({"if_modified_since": "yesterday"}, 200),
    ({"if_modified_since": "Mon, 99 Mar 2026 12:00:00 GMT"}, 200),
    ({"if_modified_since": "Mon, 02 Mar 99999999 12:00:00 GMT"}, 200),
    # If-Modified-Since, in the three forms of §5.6.7.
    ({"if_modified_since": LAST_MODIFIED}, 304),
    ({"if_modified_since": NEW}, 304),
    ({"if_modified_since": OLD}, 200),
    ({"if_modified_since": "Monday, 02-Mar-26 12:00:00 GMT"}, 304),
    ({"if_modified_since": "Monday, 02-Mar-26 11:59:59 GMT"}, 200),
    ({"if_modified_since": "Mon Mar  2 12:00:00 2026"}, 304),
    ({"if_modified_since": "Mon Mar  2 11:59:59 2026"}, 200),
    ({"if_modified_since": "Mon, 02 Mar 2026 12:00:00 +0800"}, 200),
    # If-None-Match: one, weak, in a list, any.
    ({"if_none_match": "ETAG"}, 304),
    ({"if_none_match": "W/ETAG"}, 304),
    ({"if_none_match": '"a", ETAG'}, 304),
    ({"if_none_match": 'W/"a,b",W/ETAG , "c"'}, 304),
    ({"if_none_match": "*"}, 304),
    ({"if_none_match": " * "}, 304),
    ({"if_none_match": '"a"'}, 200),
    ({"if_none_match": '"*"'}, 200),
    ({"if_none_match": "BARE"}, 200),
    ({"if_none_match": ""}, 200),
    # Where both are there, If-None-Match decides.
    ({"if_none_match": '"a"', "if_modified_since": NEW}, 200),
    ({"if_none_match": "ETAG", "if_modified_since": OLD}, 304),
    ({"if_none_match": "", "if_modified_since": NEW}, 200),
]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("warm", [True, False])
@pytest.mark.parametrize(("conditions", "status"), MATRIX)
def test_the_matrix_of_conditions(
    root: Path, conditions: dict[str, str], status: int, warm: bool, method: str, encoding: str
) -> None:
    put_gzipped(root, "rss.xml", b"<rss.xml>")
    known = ask(Documents(root, ELSE), accept_encoding=encoding).headers["etag"]
    sent = {
        name: value.replace("ETAG", known).replace("BARE", known.strip('"'))
        for name, value in conditions.items()
    }
    app = Documents(root, ELSE)
    if warm:
        ask(app)
        ask(app, accept_encoding="gzip")
    answer = ask(app, method=method, accept_encoding=encoding, **sent)
    assert answer.status == status
    assert answer.headers["etag"] == known


def test_a_date_without_a_zone_is_utc_wherever_the_machine_stands(
    app: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Shanghai")
        tzset()
        assert ask(app, if_modified_since="Mon Mar  2 12:00:00 2026").status == 304
        patch.setenv("TZ", "America/New_York")
        tzset()
        assert ask(app, if_modified_since="Mon Mar  2 11:59:59 2026").status == 200
    tzset()


def test_a_304_has_no_body_and_repeats_what_caches_need(app: Documents) -> None:
    whole = ask(app)
    answer = ask(app, if_none_match=whole.headers["etag"])
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers == {name: whole.headers[name] for name in REPEATED}


# Compressed


def test_who_takes_gzip_gets_it_under_another_etag(root: Path, app: Documents) -> None:
    plain = ask(app)
    put_gzipped(root, "rss.xml", b"<rss.xml>")
    answer = ask(app, accept_encoding=GZIP)
    assert gzip.decompress(answer.body) == plain.body
    assert answer.headers["etag"] != plain.headers["etag"]
    assert answer.headers == plain.headers | {
        "content-encoding": "gzip",
        "content-length": str(len(answer.body)),
        "etag": answer.headers["etag"],
    }
    head = ask(app, method="HEAD", accept_encoding=GZIP)
    assert (head.status, head.headers, head.body) == (200, answer.headers, b"")
    for not_taken in ("", "identity", "gzip;q=0", "br"):
        assert ask(app, accept_encoding=not_taken) == plain


def test_a_tag_of_one_encoding_is_none_of_the_other(root: Path, app: Documents) -> None:
    put_gzipped(root, "rss.xml", b"<rss.xml>")
    plain, short = ask(app), ask(app, accept_encoding=GZIP)
    assert ask(app, if_none_match=short.headers["etag"]).status == 200
    etag = plain.headers["etag"]
    assert ask(app, if_none_match=etag, accept_encoding=GZIP).status == 200
    answer = ask(app, if_none_match=short.headers["etag"], accept_encoding=GZIP)
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers == {name: short.headers[name] for name in REPEATED}


@pytest.mark.parametrize("apart", [-1, 1])
def test_a_compressed_copy_of_another_time_is_not_served(
    root: Path, app: Documents, apart: int
) -> None:
    put_gzipped(root, "rss.xml", b"<another>", MODIFIED + apart)
    assert ask(app, accept_encoding=GZIP) == ask(app)


def test_a_compressed_copy_alone_is_no_document(root: Path, app: Documents) -> None:
    put_gzipped(root, "categories/a/rss.xml", b"<a>")
    assert ask(app, "/categories/a/rss.xml", accept_encoding=GZIP).status == 404
    put_gzipped(root, "rss.xml", b"<rss.xml>")
    assert ask(app, "/rss.xml.gz").status == 404


def test_a_compressed_copy_that_goes_while_it_is_asked_for_is_not_missed(
    root: Path, app: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, real = put_gzipped(root, "rss.xml", b"<rss.xml>"), module._read

    def delete_then_read(*files: Path) -> tuple[Path, os.stat_result, bytes]:
        copy.unlink(missing_ok=True)
        return real(*files)

    monkeypatch.setattr(module, "_read", delete_then_read)
    answer = ask(app, accept_encoding=GZIP)
    assert answer.body == b"<rss.xml>"
    assert "content-encoding" not in answer.headers
    assert answer == ask(app)


# Changes


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_what_is_written_is_served_at_once(root: Path, app: Documents, encoding: str) -> None:
    path = root / "rss.xml"
    for data in (b"one " * 99, b"two " * 99, b"three " * 99):
        write_if_changed(path, data, root=root, gzipped=True)
        answer = ask(app, accept_encoding=encoding)
        assert ("content-encoding" in answer.headers) == (encoding == "gzip")
        body = gzip.decompress(answer.body) if encoding == "gzip" else answer.body
        assert body == data
    path.unlink()
    assert ask(app, accept_encoding=encoding).status == 404


def test_an_archive_is_kept_for_a_day_and_its_feed_for_minutes(root: Path, app: Documents) -> None:
    for place in ("archive/3", "archive/3-2", "categories/archive/archive/1"):
        for name in ("rss.xml", "index.html"):
            put(root, f"{place}/{name}", b"<sealed>")
            kept = ask(app, f"/{place}/{name}").headers["cache-control"]
            assert kept.startswith("public, max-age=86400,")
            assert kept.endswith(", immutable")
    for place in ("", "categories/archive/", "categories/3/", "archive/x/"):
        put(root, f"{place}rss.xml", b"<live>")
        kept = ask(app, f"/{place}rss.xml").headers["cache-control"]
        assert kept.startswith("public, max-age=300,")
        assert "immutable" not in kept


def test_every_write_is_seen_by_etag_and_by_date(root: Path) -> None:
    """Two changes within one second, of the same length: nobody keeps the first."""
    path = root / "rss.xml"
    app = Documents(root, ELSE)
    for data in (b"<one>", b"<two>", b"<six>"):
        before = ask(app).headers
        write_if_changed(path, data, root=root)
        assert ask(app, if_none_match=before["etag"]).body == data
        assert ask(app, if_modified_since=before["last-modified"]).body == data


def test_nothing_was_modified_in_the_future(root: Path) -> None:
    put(root, "rss.xml", b"x", MODIFIED + 10**9)
    app = Documents(root, ELSE, lambda: MODIFIED)
    answer = ask(app)
    assert answer.headers["last-modified"] == LAST_MODIFIED
    assert ask(app, if_none_match=answer.headers["etag"]).status == 304


def test_a_document_is_not_read_for_those_who_have_it(
    app: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = ask(app, method="HEAD").headers["etag"]

    def refuse(*_: object) -> None:
        raise AssertionError("the file was read")

    monkeypatch.setattr(module, "_read", refuse)
    assert ask(app, if_none_match=etag).status == 304
    assert ask(app, method="HEAD").status == 200


def test_a_document_that_goes_while_it_is_being_read_is_not_found(
    app: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = module._choose

    def look_then_delete(place: module._Place, *, gzip: bool) -> tuple[Path, os.stat_result]:
        file, about = real(place, gzip=gzip)
        file.unlink()
        return file, about

    monkeypatch.setattr(module, "_choose", look_then_delete)
    assert ask(app).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get"])
def test_a_document_can_only_be_got(app: Documents, method: str) -> None:
    answer = ask(app, method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_categorys_documents_are_found_in_any_script(root: Path, app: Documents) -> None:
    put(root, "categories/经济 (a)/atom.xml", b"<a>")
    assert ask(app, "/categories/经济 (a)/atom.xml").body == b"<a>"


def test_the_app_can_be_mounted_below_a_path(app: Documents) -> None:
    assert ask(app, "/feeds/rss.xml", root_path="/feeds").status == 200
    assert ask(app, "/feeds/rss.xml").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "//rss.xml",
        "/rss.xml/",
        "/categories/../rss.xml",
        "/../public/rss.xml",
        "/../rss.xml",
        "/./rss.xml",
        "/.hidden/rss.xml",
        "/.rss.xml",
        "/RSS.xml",
        "/rss.xml\0",
        "/a\0/rss.xml",
        "/\ud800/rss.xml",
        "/rss.xml/rss.xml",
        "/%2e%2e/rss.xml",
        "/..\\rss.xml",
        "/secret.key",
        "/rss.xml.tmp",
        "/folder/rss.xml",
        "/loop/rss.xml",
        "/" + "x" * 5000 + "/rss.xml",
        "/" + "x/" * 5000 + "rss.xml",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_nothing_else_is_found(root: Path, app: Documents, path: str, method: str) -> None:
    for name in ("../rss.xml", ".hidden/rss.xml", ".rss.xml", "secret.key", "rss.xml.tmp"):
        put(root, name, b"secret")
    (root / "folder" / "rss.xml").mkdir(parents=True)
    (root / "loop").symlink_to("loop")
    answer = ask(app, path, method)
    assert answer.status == 404
    assert b"secret" not in answer.body


def test_all_that_is_no_document_is_left_to_the_other_app(root: Path) -> None:
    asked = []

    async def other(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append((scope["type"], scope.get("path")))
        if scope["type"] == "http":
            await ELSE(scope, receive, send)

    app = Documents(root, other)
    for path in ("/help", "/u/token", "/preferences/", "/rss.xml"):
        ask(app, path)
    asyncio.run(app({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    expected = [("http", path) for path in ("/help", "/u/token", "/preferences/")]
    assert asked == [*expected, ("lifespan", None)]


@given(st.text(max_size=30) | st.lists(st.sampled_from(["..", ".", "", "a", "/"])).map("/".join))
def test_every_path_leads_to_a_document_below_the_root_or_nowhere(text: str) -> None:
    root = Path("/srv/public")
    try:
        path = locate(root, f"/{text}/rss.xml")
    except FileNotFoundError:
        return
    assert Path(os.path.normpath(path)) == path
    assert root in path.parents


def test_a_disk_that_fails_is_an_error_and_not_an_absent_document(
    app: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:  # noqa: ANN401 - stat's own
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "stat", fail)
    with pytest.raises(OSError, match="Input/output error"):
        ask(app)
