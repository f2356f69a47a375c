"""The programs that our files are for take them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.deploy.conftest import DEPLOY
from tests.programs import require

pytestmark = pytest.mark.slow

ROOT = DEPLOY.parent
#: The oldest Kubernetes that the manifests are for.
KUBERNETES = "1.32"
#: Of ten; a service without any hardening has 9.6.
EXPOSURE = 1.1
SERVICES = ("web", "worker@deliver", "beat", "bounces")


def run(*argv: str | Path, **environment: str) -> str:
    command = [str(word) for word in argv]
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units in a folder, with programs that are on this machine."""
    folder = tmp_path / "units"
    shutil.copytree(DEPLOY / "systemd", folder)
    here = str(Path(sys.executable).parent)
    for path in folder.glob("*.service"):
        path.write_text(path.read_text().replace("/opt/syndicate/bin", here))
    return folder


@pytest.mark.parametrize("name", SERVICES)
def test_systemd_understands_each_unit_and_finds_it_hardened(units: Path, name: str) -> None:
    require("systemd-analyze", "systemd")
    path = {"SYSTEMD_UNIT_PATH": f"{units}:/lib/systemd/system"}
    unit = units / f"syndicate-{name}.service"
    verified = run("systemd-analyze", "verify", "--man=no", unit, **path)
    assert str(units) not in verified
    bound = f"--threshold={EXPOSURE * 10:.0f}"
    run("systemd-analyze", "security", "--offline=true", "--no-pager", bound, unit, **path)


def test_systemd_understands_the_target(units: Path) -> None:
    require("systemd-analyze", "systemd")
    path = {"SYSTEMD_UNIT_PATH": f"{units}:/lib/systemd/system"}
    verified = run("systemd-analyze", "verify", "--man=no", units / "syndicate.target", **path)
    assert str(units) not in verified


def test_prometheus_understands_the_alerts(tmp_path: Path) -> None:
    """And they are raised when they should be, and not before: alerts.yaml tells the stories."""
    require("promtool", "prometheus")
    run("promtool", "check", "rules", DEPLOY / "prometheus.yaml")
    for path in (DEPLOY / "prometheus.yaml", Path(__file__).with_name("alerts.yaml")):
        shutil.copy(path, tmp_path)
    run("promtool", "test", "rules", tmp_path / "alerts.yaml")


def test_compose_files_are_written_like_ours() -> None:
    schema = ("--builtin-schema", "vendor.compose-spec")
    run(sys.executable, "-m", "check_jsonschema", *schema, DEPLOY / "compose.yaml")


def test_kubernetes_knows_every_field() -> None:
    files = set((DEPLOY / "kubernetes").glob("*.yaml"))
    files.remove(DEPLOY / "kubernetes" / "kustomization.yaml")
    program = (sys.executable, "-m", "kubernetes_validate")
    run(*program, "--strict", "--kubernetes-version", KUBERNETES, *sorted(files))


def test_the_compositions_redis_gets_the_password_of_the_url(tmp_path: Path) -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    script = compose["services"]["redis"]["command"][-1].replace("$$", "$")
    script = script.replace("/etc/redis/syndicate.acl", str(DEPLOY / "redis.acl"))
    script = script.replace("/tmp/acl", str(tmp_path / "acl")).replace("exec redis", ": redis")  # noqa: S108 - it is replaced
    run("sh", "-euc", script, SYNDICATE_REDIS__URL="redis://syndicate:0a1b2c@redis:6379/0")
    (digest,) = re.findall(r"#([0-9a-f]{64}) ", (tmp_path / "acl").read_text())
    expected = subprocess.run(
        ["sha256sum"], input="0a1b2c", capture_output=True, text=True, check=True
    )
    assert expected.stdout.startswith(digest)


def test_the_images_commands_make_what_serves(tmp_path: Path) -> None:
    """The Dockerfile's build stage and its health check, in a folder of this machine."""
    text = (DEPLOY / "Dockerfile").read_text()
    source, target = tmp_path / "src", tmp_path / "syndicate"
    source.mkdir()
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        for name in line.split()[:-1]:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, source / name)
    (build,) = re.findall(r"^RUN (python -m venv(?:.*\\\n)*.*)$", text, re.MULTILINE)
    script = build.replace("/opt/syndicate", str(target))
    path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
    done = subprocess.run(
        ["sh", "-ec", script],
        cwd=source,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for program in ("syndicate", "celery"):
        assert run(target / "bin" / program, "--help")
    assert not (target / "bin" / "pip").exists()
