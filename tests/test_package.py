"""The package as a whole: importing it does nothing, and it needs what it says it needs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import click
import pytest

from syndicate.cli.main import main

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "syndicate").rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: Declared, though no module of ours imports them: uvicorn and Starlette look for them.
UNIMPORTED = {"httptools", "python-multipart"}
#: Imported, though not declared: a part of what another one offers.
WITHIN = {"anyio": "starlette", "markupsafe": "jinja2", "pydantic-core": "pydantic"}

_IMPORT_ALL = """
import socket, sys, threading

def refuse(*args, **kwargs):
    raise AssertionError("something connects at import")

socket.socket.connect = socket.socket.bind = refuse
import syndicate.tasks, syndicate.cli.main, syndicate.web.site
assert threading.active_count() == 1, threading.enumerate()
"""


def run(*argv: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """This Python, in some other folder than the checkout."""
    return subprocess.run(
        [sys.executable, *argv], cwd=cwd, capture_output=True, text=True, check=False
    )


def named(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match
    return re.sub(r"[._-]+", "-", match[0]).lower()


def imported() -> set[str]:
    """The distributions whose modules the package imports."""
    modules = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules.add((node.module or "").partition(".")[0])
    foreign = modules - set(sys.stdlib_module_names) - {"syndicate"}
    homes = packages_distributions()
    return {named(homes[module][0]) for module in foreign}


@pytest.mark.slow
def test_importing_warns_of_nothing_connects_to_nothing_and_starts_nothing(tmp_path: Path) -> None:
    (tmp_path / "syndicate.toml").write_text("[wrong")  # not even read
    done = run("-W", "error", "-c", _IMPORT_ALL, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout + done.stderr == ""


@pytest.mark.slow
def test_what_is_imported_is_declared_and_what_is_declared_is_used() -> None:
    declared = {named(requirement) for requirement in PROJECT["dependencies"]}
    assert imported() - declared == set(WITHIN)
    assert declared - imported() == UNIMPORTED
    for part, whole in WITHIN.items():
        assert part in {named(requirement) for requirement in requires(whole) or ()}


def test_what_is_declared_is_pinned() -> None:
    pins = {
        named(line)
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    extras = PROJECT["optional-dependencies"].values()
    wanted = [*PROJECT["dependencies"], *(one for extra in extras for one in extra)]
    assert {named(requirement) for requirement in wanted} <= pins


def test_no_file_names_a_registry() -> None:
    for name in ("constraints.txt", "pyproject.toml", "Makefile", ".ci/run"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"index-url|find-links|pypi\.org|https?://[^\s]*simple", text), name


def test_every_command_that_the_readme_names_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named_there = re.findall(r"(?:^|[`/ ])syndicate ((?:[a-z]+)(?: [a-z]+)?)", text, re.MULTILINE)
    context = click.Context(main)
    known = {name: main.get_command(context, name) for name in main.list_commands(context)}
    commands = [words.split() for words in named_there if words.split()[0] in known]
    assert {words[0] for words in commands} >= {"init", "sync", "up", "posts", "subscribers"}
    for first, *rest in commands:
        below = getattr(known[first], "commands", None)
        assert not below or rest[0] in below, f"syndicate {first} {rest[0]}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").strip()


@pytest.mark.slow
def test_a_command_imports_what_it_needs_and_no_more() -> None:
    heavy = "{'celery', 'uvicorn', 'starlette'}"
    code = f"import sys, syndicate.cli.sync; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# As a process


@pytest.mark.slow
def test_a_wrong_setting_is_one_line_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "syndicate.toml").write_text('[site]\nurl = "blog"\n')
    done = run("-W", "error", "-m", "syndicate", "sync", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "error: syndicate.toml: [site] url: must be an absolute http(s) URL such as "
        "https://example.com\n"
    )


@pytest.mark.slow
def test_a_worker_without_settings_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "syndicate.toml").write_text('[site]\nurl = "blog"\n')
    done = run("-m", "celery", "--app", "syndicate.tasks", "worker", cwd=tmp_path)
    assert done.returncode != 0
    assert "[site] url: must be an absolute http(s) URL" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_reader_that_closes_the_pipe_is_no_error(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "syndicate", "--help"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""
