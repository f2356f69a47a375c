"""The wheel holds all that the program needs: built, installed elsewhere, and put to work there."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import sysconfig
import urllib.error
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow

#: A page of each kind, and how it answers.
PAGES = {
    "/help": 200,
    "/subscribe": 200,
    "/subscribe/sent": 200,
    "/preferences": 200,
    "/scripts/subscribe.js": 200,
    "/healthz": 200,
    "/u/nonsense": 404,
    "/nothing": 404,
}
#: Run by the Python of the new environment; says what there is.
_TELL = """
import json
from importlib import resources
import syndicate
from syndicate.resources import templates_folder

templates = templates_folder()
print(json.dumps({
    "package": syndicate.__file__,
    "templates": str(templates),
    "files": sorted(str(path.relative_to(templates)) for path in templates.rglob("*.*")),
    "scripts": {
        script.name: len(script.read_text())
        for script in resources.files("syndicate.store").joinpath("lua").iterdir()
    },
}))
"""


def run(*argv: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment that has the wheel, and shares our libraries only."""
    folder = tmp_path_factory.mktemp("new") / "venv"
    venv.create(folder)
    python = folder / "bin" / "python"
    # With --python, our pip installs into the other environment.
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    run(*pip, "install", "--no-deps", "--no-index", "--quiet", wheel, cwd=folder)
    (home,) = folder.glob("lib/python*/site-packages")
    # A folder that a .pth names comes after our own, and its own .pth files are not followed: the
    # checkout, which is installed there as editable, stays out of sight.
    (home / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.fixture
def shown(installed: Path, tmp_path: Path) -> dict[str, object]:
    """What the installed package says of itself."""
    found: dict[str, object] = json.loads(run(installed, "-c", _TELL, cwd=tmp_path))
    return found


def asked(url: str) -> int:
    """The status of an answer."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own server
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def files(*, below: str, but: tuple[str, ...] = ("__pycache__",)) -> set[str]:
    return {
        str(path.relative_to(ROOT / below))
        for path in (ROOT / below).rglob("*.*")
        if path.is_file() and not set(path.parts) & set(but)
    }


def test_it_holds_every_module_script_and_template_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == {f"syndicate/{name}" for name in files(below="syndicate")} | {
        f"syndicate/templates/{name}" for name in files(below="templates")
    }


def test_every_template_and_script_is_found_where_it_is_installed(
    installed: Path, shown: dict[str, object]
) -> None:
    home = installed.parents[1]
    assert Path(str(shown["package"])).is_relative_to(home)
    assert Path(str(shown["templates"])).is_relative_to(home)
    assert shown["files"] == sorted(files(below="templates"))
    assert isinstance(shown["scripts"], dict)
    assert set(shown["scripts"]) == files(below="syndicate/store/lua")
    assert all(shown["scripts"].values())


def test_it_serves_its_pages(installed: Path, site: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with (site / "syndicate.toml").open("a") as file:
        file.write(f"\n[web]\nport = {port}\n")
    command = [str(installed.with_name("syndicate")), "web", "--site", str(site)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as web:
        try:
            assert web.stderr
            next(line for line in web.stderr if "running on" in line)
            for path, status in PAGES.items():
                assert asked(f"http://127.0.0.1:{port}{path}") == status, path
        finally:
            web.terminate()


def test_it_does_the_main_job(installed: Path, site: Path) -> None:
    (site / "_posts" / "2024-05-17-one.md").write_text(
        "---\ntitle: One\ncategories: tech\n---\nA **paragraph**.\n"
    )
    command = installed.with_name("syndicate")
    run(command, "sync", "--announce", "--site", site, cwd=site)
    assert "<title>One</title>" in (site / "public" / "rss.xml").read_text()
    said = run(command, "digest", "send", "tech", "--test", "me@mail.example", cwd=site)
    assert "Sent a test to me@mail.example: 250" in said
