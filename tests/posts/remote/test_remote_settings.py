"""What the settings of a remote feed must be, and what is said of a wrong one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.cli.site import _TOML
from syndicate.errors import SettingsError
from syndicate.running.queues import celery_config
from syndicate.settings import load
from syndicate.settings.remote import Remote

if TYPE_CHECKING:
    from pathlib import Path

GOOD = '[[remotes]]\nname = "harbour"\nurl = "https://harbour.example/feed?a=b"\n'


def test_a_remote_needs_a_name_and_an_address_alone(tmp_path: Path) -> None:
    (tmp_path / "syndicate.toml").write_text(GOOD)
    assert load(tmp_path).remotes == (
        Remote(name="harbour", url="https://harbour.example/feed?a=b"),
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (GOOD + GOOD, "remotes: 'harbour' is there twice"),
        (GOOD.replace("harbour", "../x", 1), "[[remotes]] no. 1 name: String should match"),
        (GOOD.replace("https:", "ftp:"), "[[remotes]] no. 1 url: must be an absolute http(s) URL"),
        (GOOD.replace("//", "//me:hush@"), "[[remotes]] no. 1 url: must be an absolute http(s)"),
        (GOOD + "every = 0", "[[remotes]] no. 1 every: Input should be greater"),
        (GOOD + 'language = "en_GB"', "'en_GB' is no BCP 47 language tag"),
        (GOOD + 'author = "a\\nb"', "[[remotes]] no. 1 author: must be one line"),
        (GOOD + 'category = "x"', "category: no such setting; did you mean 'categories'?"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, line: str) -> None:
    (tmp_path / "syndicate.toml").write_text(text)
    with pytest.raises(SettingsError) as refused:
        load(tmp_path)
    assert line in str(refused.value)
    assert "hush" not in str(refused.value)


def test_the_example_that_init_writes_is_right(tmp_path: Path) -> None:
    example = _TOML.template.partition("# [[remotes]]")[2].partition("\n\n")[0]
    text = example.replace("\n# ", "\n")
    (tmp_path / "syndicate.toml").write_text(f"[[remotes]]{text}")
    (remote,) = load(tmp_path).remotes
    assert (remote.categories, remote.every) == (("harbour",), 30)


def test_feeds_are_asked_by_beat_where_there_are_any(site: Path) -> None:
    assert "fetch" not in celery_config(load(site))["beat_schedule"]
    settings = site / "syndicate.toml"
    settings.write_text(f"{settings.read_text()}\n{GOOD}")
    assert celery_config(load(site))["beat_schedule"]["fetch"]["task"] == "syndicate.fetch"
