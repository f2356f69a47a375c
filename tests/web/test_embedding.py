"""docs/embedding.md: the form that it shows works as it stands, and says what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import lxml.html
import pytest

from syndicate.settings import load
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.app import App
    from tests.web.conftest import Browser

DOC = (Path(__file__).parents[2] / "docs" / "embedding.md").read_text(encoding="utf-8")
ORIGIN = "https://www.example.com"
FORM_TYPE = "application/x-www-form-urlencoded"


def shown(language: str) -> str:
    """The example in a language."""
    found = re.search(rf"```{language}\n(.*?)```", DOC, re.DOTALL)
    assert found
    return found[1]


def filled(address: str) -> dict[str, str]:
    """What the example's form sends when somebody has typed an address."""
    form = lxml.html.fragment_fromstring(shown("html"))
    values = {field.get("name"): field.get("value", "") for field in form.iter("input")}
    return {str(name): value for name, value in values.items()} | {"address": address}


@pytest.fixture
def site(site: Path) -> Path:
    with (site / "syndicate.toml").open("a") as file:
        file.write(f"\n{shown('toml')}")
    return site


@pytest.fixture
def browser(
    app: App, open_browser: Callable[[App], Browser], write_post: Callable[..., Path]
) -> Browser:
    write_post("one", "techweb")
    app.sync()
    return open_browser(app)


def post(browser: Browser, values: dict[str, str], **headers: str) -> tuple[int, str, str]:
    form = lxml.html.fragment_fromstring(shown("html"))
    path = urlsplit(form.get("action")).path
    body = [urlencode(values).encode()]
    answer = browser(form.get("method").upper(), path, body, content_type=FORM_TYPE, **headers)
    return answer.status, answer["location"], answer.text


def test_the_form_subscribes(app: App, browser: Browser) -> None:
    status, location, _ = post(browser, filled("wanda@mail.example"), origin=ORIGIN)
    assert (status, urlsplit(location).path) == (303, "/subscribe/sent")
    assert app.signup.admit() == 1
    found = app.subscribers.find("wanda@mail.example")
    assert found.states == {Digest("daily", "techweb"): Status.PENDING}
    (consent,) = app.subscribers.consents(found.id)
    assert consent["how"]["form"] == "footer"


def test_its_trap_is_the_one_that_is_looked_at(app: App, browser: Browser) -> None:
    status, _, _ = post(browser, filled("wanda@mail.example") | {"fax": "1"})
    assert status == 422
    assert not app.signup.waits()


def test_a_script_gets_the_answers_that_are_shown(app: App, browser: Browser) -> None:
    good = post(browser, filled("wanda@mail.example"), accept="application/json", origin=ORIGIN)
    bad = post(browser, filled("nope"), accept="application/json", origin=ORIGIN)
    assert good[0] == 202
    assert set(json.loads(good[2])) == {"state", "message"}
    assert bad[0] == 422
    (error,) = json.loads(bad[2])["errors"]
    assert (error["field"], set(error)) == ("address", {"field", "error"})
    assert app.signup.admit() == 1


def test_the_settings_that_are_shown_are_settings(site: Path) -> None:
    assert load(site).signup.origins == (ORIGIN,)
