"""The published documents over HTTP: RFC 9110 §8.8, §9.3 and §13."""

from __future__ import annotations

import asyncio
import errno
import os
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from time import perf_counter, tzset
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from syndicate.feeds.files import write_if_changed
from syndicate.feeds.model import Format
from syndicate.web import documents as module
from syndicate.web.documents import Documents, Version, locate, unchanged

if TYPE_CHECKING:
    from starlette.types import Message

#: When the documents of these tests were last changed, in seconds since 1970, and as a header.
MODIFIED = 1_772_452_800
LAST_MODIFIED = "Mon, 02 Mar 2026 12:00:00 GMT"
LATER = MODIFIED + 1000
VALIDATORS = {"etag", "cache-control", "vary"}


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


@pytest.fixture
def root(tmp_path: Path) -> Path:
    public = tmp_path / "public"
    for kind in Format:
        put(public, kind.value, f"<{kind.value}>".encode())
    return public


@pytest.fixture
def app(root: Path) -> Documents:
    return Documents(root, lambda: LATER)


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
    assert answer.headers["etag"].strip('"').isalnum()
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


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("warm", [True, False])
@pytest.mark.parametrize(("conditions", "status"), MATRIX)
def test_the_matrix_of_conditions(
    root: Path, conditions: dict[str, str], status: int, warm: bool, method: str
) -> None:
    known = ask(Documents(root)).headers["etag"]
    sent = {
        name: value.replace("ETAG", known).replace("BARE", known.strip('"'))
        for name, value in conditions.items()
    }
    app = Documents(root)
    if warm:
        ask(app)
    answer = ask(app, method=method, **sent)
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


def test_a_304_has_no_body_and_repeats_etag_cache_control_and_vary(app: Documents) -> None:
    whole = ask(app)
    answer = ask(app, if_none_match=whole.headers["etag"])
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers == {name: whole.headers[name] for name in VALIDATORS}


def test_several_if_none_match_headers_are_one_list() -> None:
    version = Version(mtime_ns=0, size=1, tag="b")
    headers = Headers(raw=[(b"if-none-match", b'"a"'), (b"if-none-match", b'W/"b"')])
    assert unchanged(headers, version)


@pytest.mark.parametrize("evil", ['"', '"a', 'W/"a" ', ",", "\t"])
def test_a_long_condition_is_read_in_linear_time(evil: str) -> None:
    version = Version(mtime_ns=0, size=1, tag="b")
    begun = perf_counter()
    for name in ("if-none-match", "if-modified-since"):
        unchanged(Headers({name: evil * (100_000 // len(evil))}), version)
    assert perf_counter() - begun < 0.5


@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_no_condition_is_an_error(text: str) -> None:
    version = Version(mtime_ns=0, size=1, tag="b")
    for name in ("if-none-match", "if-modified-since"):
        assert unchanged(Headers({name: text}), version) in (True, False)


def test_other_content_has_another_etag_and_the_same_content_the_same(
    root: Path, app: Documents
) -> None:
    first = ask(app).headers["etag"]
    put(root, "rss.xml", b"<other>", MODIFIED + 5)
    second = ask(app, if_none_match=first)
    assert (second.status, second.body) == (200, b"<other>")
    put(root, "rss.xml", b"<rss.xml>", MODIFIED + 9)
    assert ask(app).headers["etag"] == first


def test_every_write_is_seen_by_etag_and_by_date(root: Path) -> None:
    """Two changes within one second, of the same length: nobody keeps the first."""
    path = root / "rss.xml"
    app = Documents(root)
    for data in (b"<one>", b"<two>", b"<six>"):
        before = ask(app).headers
        write_if_changed(path, data, root=root)
        assert ask(app, if_none_match=before["etag"]).body == data
        assert ask(app, if_modified_since=before["last-modified"]).body == data


def test_nothing_was_modified_in_the_future(root: Path) -> None:
    put(root, "rss.xml", b"x", MODIFIED + 10**9)
    app = Documents(root, lambda: MODIFIED)
    answer = ask(app)
    assert answer.headers["last-modified"] == LAST_MODIFIED
    assert ask(app, if_none_match=answer.headers["etag"]).status == 304


def test_a_known_document_is_neither_read_nor_hashed_for_those_who_have_it(
    app: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = ask(app).headers["etag"]

    def refuse(*_: object) -> None:
        raise AssertionError("the file was read")

    monkeypatch.setattr(module, "_read", refuse)
    assert ask(app, if_none_match=etag).status == 304
    assert ask(app, method="HEAD").status == 200


def test_a_document_that_goes_while_it_is_being_read_is_not_found(
    app: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = module._look

    def look_then_delete(path: Path) -> os.stat_result:
        about = real(path)
        path.unlink()
        return about

    monkeypatch.setattr(module, "_look", look_then_delete)
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
