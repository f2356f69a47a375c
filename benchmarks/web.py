"""How many 304s a core answers: most requests for a feed are for one that hasn't changed.

wrk asks over connections that are kept alive, one request after the other on each. The figure is of
requests per second of the server's CPU, which is what a core of its own answers per second, however
busy the machine is otherwise.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from benchmarks import sites
from benchmarks.rows import Row
from benchmarks.servers import find_nginx, free_port, nginx, web_app
from syndicate.app import opened
from syndicate.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.servers import Server

#: Requests per second of one core.
BOUND = 15_000
POSTS = 100
#: Of wrk: connections that are open at once, and seconds that it asks.
_CONNECTIONS, _SECONDS = 32, 5
_PATH = "/rss.xml"
_REQUESTS = re.compile(r"(\d+) requests in ")


def measure(work: Path) -> Iterator[Row]:
    """Every row whose programs are installed; tells which are not."""
    wrk, server = shutil.which("wrk"), find_nginx()
    if not wrk:
        print("304s are not measured: wrk is not installed; Debian's package has that name")
        return
    port, folder = free_port(), sites.make(work / "site", POSTS, 2)
    os.environ["SYNDICATE_WEB__PORT"] = str(port)
    settings = load(folder)
    with opened(settings, may_start_redis=True) as app:
        app.sync()
        app.publish()
        with web_app(folder, port) as ours:
            own = rate(wrk, ours)
            yield Row("304s of the web app, one core", own, "/s", BOUND, at_most=False)
            if not server:
                print("nginx is not installed; Debian's package is nginx-light")
                return
            with nginx(
                server, work / "nginx", settings.output, app=port, url=settings.web.url
            ) as other:
                yield Row("304s of nginx, against ours", rate(wrk, other) / own, "ratio")


def rate(wrk: str, server: Server) -> float:
    """304s per second of the server's CPU."""
    etag = validator(server)
    asked = ["-H", "Accept-Encoding: gzip", "-H", f"If-None-Match: {etag}"]
    load = ["-t", "1", "-c", str(_CONNECTIONS), "-d", f"{_SECONDS}s"]
    before = server.cpu
    done = subprocess.run(
        [wrk, *load, *asked, f"http://127.0.0.1:{server.port}{_PATH}"],
        check=True,
        capture_output=True,
        text=True,
    )
    spent = server.cpu - before
    requests = _REQUESTS.search(done.stdout)
    if not requests or "Socket errors" in done.stdout:
        raise RuntimeError(f"wrk: {done.stdout}")
    return int(requests[1]) / spent


def validator(server: Server) -> str:
    """The document's ETag, which is good for a 304."""
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    sent = {"Accept-Encoding": "gzip"}
    for status in (200, 304):
        client.request("GET", _PATH, headers=sent)
        answer = client.getresponse()
        answer.read()
        if answer.status != status:
            raise RuntimeError(f"{_PATH} has status {answer.status} instead of {status}")
        etag = answer.headers["ETag"]
        sent["If-None-Match"] = etag
    client.close()
    return str(etag)
