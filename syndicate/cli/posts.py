"""`syndicate posts`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from syndicate.app import wall_clock
from syndicate.cli.common import bar, console, site_option
from syndicate.posts.jekyll import read_config
from syndicate.posts.model import Severity
from syndicate.posts.read import Reader
from syndicate.posts.scan import scan
from syndicate.settings import load

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def posts() -> None:
    """Look at the site's posts."""


@posts.command()
@site_option
@click.option("--strict", is_flag=True, help="Fail for warnings too.")
def check(folder: Path, strict: bool) -> None:
    """Read every post and list what is wrong, without touching feeds or state.

    Exit code 1 if something readers would miss is left out.
    """
    settings = load(folder)
    config, found_problems = read_config(settings.folder)
    problems = list(found_problems)
    reader = Reader(settings, config)
    files, good = list(scan(settings.folder, config)), 0
    with bar("Reading posts") as progress:
        for done, file in enumerate(files, 1):
            reading = reader.read(file, now=wall_clock())
            problems += reading.problems
            good += reading.post is not None
            progress(done, len(files))
    for problem in problems:
        console.print(str(problem), markup=False)
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    console.print(
        f"{len(files)} files, {good} posts, {errors} errors, {len(problems) - errors} warnings"
    )
    if errors or (strict and problems):
        sys.exit(1)
