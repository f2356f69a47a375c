"""Programs that our files are for."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture(scope="session")
def redis_7() -> str:
    """A redis-server of a version that our files are for; the one in a wheel is older."""
    path = os.pathsep.join(("/usr/bin", "/usr/local/bin", os.environ.get("PATH", "")))
    program = shutil.which("redis-server", path=path)
    said = ""
    if program:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=True
        ).stdout
    if program and " v=6." not in said:
        return program
    reason = "no redis-server of version 7; Debian's package has that name"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
