"""A real browser, and a real service that it visits: `syndicate up`, with every process of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import sync_playwright

from syndicate.web.programs import Queue
from tests.delivery.test_crash import wait_until
from tests.programs import require
from tests.test_main_job import environment, free_port
from tests.web.conftest import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from syndicate.app import App

SETTINGS = """\
[site]
title = "Lanjiang"
url = "https://blog.example"
language = "en"
timezone = "Asia/Shanghai"

[mail]
from = "Lanjiang <news@blog.example>"
postal_address = "1 Example Road, Example Town"
goodbye = true
relay = "outbox"

[web]
port = {port}

[signup]
fill_time = 0
per_network = 10000
"""
#: What the pages of a test's own service need beside the settings of every test.
MORE = """
[web]
port = {port}

[signup]
fill_time = 0
"""


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """Debian's chromium, without a window.

    It lives no longer than a module: while it does, its event loop is this thread's, and tests of
    other folders want their own.
    """
    require("chromium")
    # Root, as in a container, gets no sandbox.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a site for which all processes run."""
    folder, port = tmp_path_factory.mktemp("service") / "site", free_port()
    (folder / "_posts").mkdir(parents=True)
    (folder / "syndicate.toml").write_text(SETTINGS.format(port=port))
    command = [sys.executable, "-m", "syndicate", "up", "--site", str(folder)]
    with (
        (folder.parent / "log").open("wb") as log,
        subprocess.Popen(command, env=environment(port), stdout=log, stderr=log) as process,
    ):
        try:
            wait_until(lambda: _answers(process, f"http://127.0.0.1:{port}/healthz"), "the service")
            yield folder
        finally:
            process.send_signal(signal.SIGINT)


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    assert process.poll() is None, "it ended; the file `log` beside its folder says why"
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
            return bool(answer.status == 200)
    except URLError:
        return False


@pytest.fixture
def site(site: Path) -> Path:
    """A site's folder, of which the settings know where its pages are served."""
    path = site / "syndicate.toml"
    text = path.read_text().replace("[mail]", "[mail]\ngoodbye = true")
    path.write_text(text + MORE.format(port=free_port()))
    return site


@pytest.fixture
def home(app: App, sink: Path) -> Iterator[str]:
    """The pages of a test's own service, which does at once what workers would do; their URL."""
    del sink

    def admit() -> None:
        app.signup.admit()
        app.send_letters()

    queue = Queue(sync=lambda _sources: None, pull=lambda: None, post=app.send_letters, admit=admit)
    with served(app, queue, app.settings.web.port):
        yield app.settings.web.url
