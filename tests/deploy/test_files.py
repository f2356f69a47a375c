"""What stands in the files of deploy/ is true of the program."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click
import pytest
import yaml

from syndicate.cli.main import main
from syndicate.reports.metrics import KINDS
from syndicate.settings import Delivery, load
from syndicate.tasks import QUEUES
from tests.deploy.conftest import DEPLOY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = {kind.full_name for kind in KINDS}
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
DASHBOARD = json.loads((DEPLOY / "grafana.json").read_text())
RULES = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text())["groups"][0]["rules"]
#: Seconds that Celery gives a task.
HARD_LIMIT = Delivery().hard_limit


def metrics_in(text: str) -> set[str]:
    return set(re.findall(r"\bsyndicate_[a-z_]+\b", text))


def objects(kind: str = "") -> list[dict[str, Any]]:
    """What the manifests describe, those of one kind if it is named."""
    files = [
        path for path in (DEPLOY / "kubernetes").glob("*.yaml") if path.stem != "kustomization"
    ]
    found = [each for path in files for each in yaml.safe_load_all(path.read_text())]
    return [each for each in found if each["kind"] == kind or not kind]


def pods() -> list[dict[str, Any]]:
    return [each["spec"]["template"]["spec"] for each in objects("Deployment")]


def units() -> dict[str, str]:
    return {
        path.name: path.read_text() for path in (DEPLOY / "systemd").glob("*.*") if path.is_file()
    }


# env.example


def variables() -> dict[str, str]:
    lines = (DEPLOY / "env.example").read_text().splitlines()
    found = (re.fullmatch(r"#?(SYNDICATE_[A-Z_]+)=(.*)", line) for line in lines)
    return {match[1]: match[2] for match in found if match}


def test_every_variable_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {**variables(), "SYNDICATE_SECRET": "s" * 32, "SYNDICATE_HOOK__SECRET": "h" * 32}
    assert len(said) > 15
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    settings = load(tmp_path)
    assert settings.mail.sender == said["SYNDICATE_MAIL__FROM"]
    assert settings.bounces.listen


def test_a_variable_that_needs_a_value_of_ones_own_is_no_secret_yet() -> None:
    said = variables()
    assert [said[name] for name in ("SYNDICATE_SECRET", "SYNDICATE_MAIL__PASSWORD")] == ["", ""]


# Metrics


def test_alerts_name_metrics_that_there_are() -> None:
    named = {name for rule in RULES for name in metrics_in(rule["expr"])}
    assert len(named) > 5
    assert named <= NAMES


def test_the_dashboard_shows_every_metric_that_there_is_and_no_other() -> None:
    exprs = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    variable = [each["query"]["query"] for each in DASHBOARD["templating"]["list"][1:]]
    assert metrics_in(" ".join(exprs)) == NAMES
    assert metrics_in(" ".join(variable)) <= NAMES


def test_the_dashboards_panels_lie_beside_each_other() -> None:
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))


def commands_in(text: str) -> Iterator[list[str]]:
    """The commands between backticks, without what stands in capitals or braces."""
    for said in re.findall(r"`syndicate ([^`]*)`", text):
        yield [word for word in said.split() if re.fullmatch(r"[a-z-]+", word)]


def test_every_alert_says_what_to_do_with_commands_that_there_are() -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        runbook = rule["annotations"]["runbook"]
        assert len(runbook) > 40
        assert "\n" not in runbook
        for words in commands_in(runbook):
            command: click.Command = main
            for word in words:
                assert isinstance(command, click.Group), words
                found = command.get_command(click.Context(command), word)
                assert found, words
                command = found


# Containers


def test_nothing_but_nginx_can_be_reached() -> None:
    assert {name for name, one in COMPOSE["services"].items() if one.get("ports")} == {"nginx"}
    assert COMPOSE["services"]["redis"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


@pytest.mark.parametrize("name", ["redis", "web", "worker", "beat", "nginx"])
def test_every_service_is_watched_bounded_and_hardened(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["healthcheck"]["test"]
    assert service["restart"] == "unless-stopped"
    assert service["mem_limit"]
    assert service["cpus"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_workers_of_a_composition_serve_every_queue_and_may_end_what_they_do() -> None:
    worker = COMPOSE["services"]["worker"]
    assert f"--queues={','.join(QUEUES)}" in worker["command"]
    assert int(worker["stop_grace_period"].removesuffix("s")) > HARD_LIMIT


def test_nginx_is_told_what_is_ones_own() -> None:
    script = COMPOSE["services"]["nginx"]["command"][-1]
    conf = (DEPLOY / "nginx.conf").read_text()
    replaced = re.findall(r"-e ['\"]s\|([^|]+)\|", script)
    assert len(replaced) == 4
    for each in replaced:
        assert each.replace("\\", "") in conf


def test_the_image_is_small_pinned_and_nobodys() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    stages = text.split("\nFROM ")[1:]
    assert len(stages) == 2
    assert "--constraint constraints.txt" in stages[0]
    assert "pip" not in stages[1]
    assert re.search(r"^USER 10001:10001$", stages[1], re.MULTILINE)
    assert "HEALTHCHECK" in stages[1]
    assert not re.search(r"^ADD |SECRET|PASSWORD", text, re.MULTILINE)
    copied = re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)
    names = {name for line in copied for name in line.split()[:-1]}
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text()
    assert names == set(re.findall(r"^!(.+)$", ignored, re.MULTILINE))
    for name in names:
        assert (DEPLOY.parent / name).exists()


# Kubernetes


def test_a_deployment_serves_each_queue_and_one_is_the_clock() -> None:
    deployments = {each["metadata"]["name"]: each["spec"] for each in objects("Deployment")}
    assert set(deployments) == {"web", "beat", *(f"worker-{queue}" for queue in QUEUES)}
    assert deployments["beat"]["replicas"] == 1
    for queue in QUEUES:
        pod = deployments[f"worker-{queue}"]["template"]["spec"]
        assert f"--queues={queue}" in pod["containers"][0]["args"]
        assert pod["terminationGracePeriodSeconds"] > HARD_LIMIT


def test_every_pod_is_restricted_bounded_and_watched() -> None:
    """As the Pod Security Standard "restricted" has it, and with a root that is only read."""
    for pod in pods():
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = pod["containers"]
        assert container["livenessProbe"]
        assert container["resources"]["limits"]["memory"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_selectors_find_the_pods_that_they_are_for() -> None:
    for each in objects("Deployment"):
        labels = each["spec"]["template"]["metadata"]["labels"]
        assert each["spec"]["selector"]["matchLabels"] == labels
    web = {"app.kubernetes.io/name": "syndicate", "app.kubernetes.io/component": "web"}
    assert objects("Service")[0]["spec"]["selector"] == web
    assert objects("PodDisruptionBudget")[0]["spec"]["selector"]["matchLabels"] == web
    assert len(objects("NetworkPolicy")) == 2


def test_the_web_app_is_asked_on_paths_that_it_has() -> None:
    (web,) = (pod["containers"][0] for pod in pods() if pod["containers"][0]["name"] == "web")
    assert web["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert web["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_the_settings_of_a_cluster_are_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "syndicate.toml").write_text(objects("ConfigMap")[0]["data"]["syndicate.toml"])
    for name, value in objects("Secret")[0]["stringData"].items():
        monkeypatch.setenv(name, value)
    assert load(tmp_path).web.metrics == ("10.0.0.0/8",)


def test_a_cluster_is_made_of_every_manifest_but_the_secret() -> None:
    folder = DEPLOY / "kubernetes"
    named = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    files = {path.name for path in folder.iterdir()}
    assert set(named) == files - {"kustomization.yaml", "secret.example.yaml"}


# systemd


def test_a_worker_has_longer_to_end_than_a_task() -> None:
    (seconds,) = re.findall(
        r"^TimeoutStopSec=(\d+)$", units()["syndicate-worker@.service"], re.MULTILINE
    )
    assert int(seconds) > HARD_LIMIT


def test_the_target_takes_all_services_along() -> None:
    for name, text in units().items():
        if name.endswith(".service"):
            assert "WantedBy=syndicate.target" in text
    assert "PartOf=syndicate.target" in next(DEPLOY.glob("systemd/*.d/*")).read_text()
