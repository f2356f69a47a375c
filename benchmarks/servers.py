"""Real servers on free ports, each in one process: the web app of a site, and nginx before it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: The file that ops install.
CONF = Path(__file__).parents[1] / "deploy" / "nginx.conf"
#: Where Debian has programs that a user's PATH need not name.
_SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin"
#: What stands around our file: as in Debian's own, but for one process in the foreground that
#: writes nowhere else.
_AROUND = """\
daemon off;
master_process off;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{ worker_connections 768; }}
http {{
    sendfile on;
    tcp_nopush on;
    gzip on;
    default_type application/octet-stream;
    client_body_temp_path {work}/body;
    proxy_temp_path {work}/proxy;
    fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    include {work}/site.conf;
}}
"""
#: Seconds that a server may take to start, and between looks.
_READY, _POLL = 30.0, 0.02


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    port: int
    pid: int

    @property
    def cpu(self) -> float:
        """Seconds of CPU that it has used."""
        # The name of the program, in brackets, may hold spaces.
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        user, system = fields[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def find_nginx() -> str | None:
    """The program, if it is installed."""
    return shutil.which("nginx", path=_SBIN)


@contextmanager
def nginx(
    program: str, work: Path, root: Path, *, app: int, url: str, hub: str = ""
) -> Iterator[Server]:
    """`deploy/nginx.conf`, with an operator's own lines, before the web app on port `app`."""
    port, text = free_port(), CONF.read_text(encoding="utf-8")
    for ours, theirs in (
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{app};"),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("/srv/site/public;", f"{root};"),
        ("https://feeds.example.com;", f"{url};"),
        ('syndicate_hub "";', f'syndicate_hub "{hub}";'),
        ("/var/log/nginx/", f"{work}/"),
    ):
        if ours not in text:
            raise ValueError(f"{CONF.name} has no {ours!r}")
        text = text.replace(ours, theirs)
    work.mkdir(parents=True, exist_ok=True)
    (work / "site.conf").write_text(text, encoding="utf-8")
    (work / "around.conf").write_text(_AROUND.format(work=work))
    with running([program, "-p", str(work), "-c", str(work / "around.conf")], port) as server:
        yield server


@contextmanager
def web_app(folder: Path, port: int) -> Iterator[Server]:
    """`syndicate web` for the site in `folder`, whose settings name the port and a Redis."""
    command = [sys.executable, "-m", "syndicate", "web", "--site", str(folder)]
    with running(command, port) as server:
        yield server


@contextmanager
def running(command: Sequence[str], port: int) -> Iterator[Server]:
    """A program that listens on that port, for as long as the block lasts."""
    with TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            end = time.monotonic() + _READY
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > end:
                    said.seek(0)
                    raise RuntimeError(f"no answer on port {port}: {said.read()}")
                time.sleep(_POLL)
            yield Server(port, process.pid)
        finally:
            process.terminate()
            process.wait(_READY)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
