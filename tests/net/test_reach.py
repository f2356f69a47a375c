"""Whether links lead anywhere."""

from __future__ import annotations

import threading

from syndicate.net.client import Client
from syndicate.net.reach import reach
from tests.servers import Page, Server

CLIENT = Client(agent="tester/1", allow_private=True, seconds=5)


def test_each_url_is_asked_once_and_says_where_it_ends(server: Server) -> None:
    server.pages |= {"/a": Page(b"words"), "/b": Page(status=301, headers={"Location": "/a"})}
    urls = [f"{server.url}/{name}" for name in ("a", "b", "gone", "a")]
    assert list(reach(CLIENT, urls, 30).values()) == [200, 200, 404]
    assert [path for path, headers in server.asked if headers["X-Method"] == "HEAD"].count(
        "/a"
    ) == 2  # for itself, and where the redirect leads


def test_a_server_that_knows_no_head_is_asked_by_get(server: Server) -> None:
    server.pages["/a"] = Page(b"x" * 100_000, no_head=True)
    assert reach(CLIENT, [f"{server.url}/a"], 30) == {f"{server.url}/a": 200}


def test_what_cannot_be_asked_says_why() -> None:
    urls = ["http://127.0.0.1:1/", "http://[", "ftp://blog.example/"]
    refused, wrong, other = reach(CLIENT, urls, 30).values()
    assert "can't reach 127.0.0.1" in str(refused)
    assert "is no absolute http(s) URL" in str(wrong)
    assert "is no absolute http(s) URL" in str(other)


def test_nobody_is_sent_into_our_own_network(server: Server) -> None:
    (answer,) = reach(Client(agent="tester/1"), [server.url], 30).values()
    assert "no public address" in str(answer)
    assert server.asked == []


def test_after_the_time_is_up_no_more_are_asked(server: Server) -> None:
    go = threading.Event()
    late = Page(raw=lambda write: (go.wait(30), write(b"HTTP/1.1 200 OK\r\n\r\n")))
    urls = [f"{server.url}/{n}" for n in range(40)]
    server.pages |= {f"/{n}": late for n in range(40)}
    timer = threading.Timer(0.5, go.set)
    timer.start()
    answers = reach(CLIENT, urls, 0.1)
    timer.join()
    assert 0 < len(answers) < 40
    assert set(answers.values()) == {200}
