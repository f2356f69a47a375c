"""What may be said of relays, and what is said of what may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.errors import SettingsError
from syndicate.settings import FILE_NAME, load

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.settings import Settings

ONE = '[[relays]]\nname = "main"\nurl = "smtp://mail.example"\n'


def said(folder: Path, text: str) -> Settings:
    (folder / FILE_NAME).write_text(text)
    return load(folder)


def test_mail_relay_is_the_short_form_of_one_without_limits(tmp_path: Path) -> None:
    (relay,) = said(tmp_path, '[mail]\nrelay = "smtps://mail.example"\n').roads
    assert (relay.name, relay.url, relay.limits) == ("default", "smtps://mail.example", ())
    assert not load(tmp_path).captures
    (tmp_path / FILE_NAME).unlink()
    assert load(tmp_path).captures


def test_passwords_come_from_the_environment_or_from_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    text = ONE + 'password_file = "secret"\n[[relays]]\nname = "b"\nurl = "smtp://b.example"\n'
    settings = said(tmp_path, text)
    assert [settings.password(relay) for relay in settings.roads] == ["from a file", ""]
    monkeypatch.setenv("SYNDICATE_MAIL__PASSWORDS", '{"main": "from outside", "b": "too"}')
    settings = load(tmp_path)
    assert [settings.password(relay) for relay in settings.roads] == ["from outside", "too"]
    assert "outside" not in f"{settings!r}{settings.mail}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[mail]\nrelay = "outbox"\n' + ONE, "relays: [mail] relay names one more; take it out"),
        (ONE + ONE, "relays: 'main' is there twice"),
        (ONE + '[mail]\npasswords = { b = "x" }', "there is no relay 'b' in [[relays]]"),
        (ONE + 'tls = "none"', "[[relays]] no. 1 tls: 'none' is for this machine alone"),
        (ONE + 'tls = "implicit"', "tls: 'implicit' doesn't go with smtp://"),
        (ONE + 'tls = "maybe"', "[[relays]] no. 1 tls: Input should be 'implicit', 'starttls'"),
        (ONE + "per_hour = 0", "[[relays]] no. 1 per_hour: Input should be greater than or equal"),
        (ONE + "per_year = 1", "per_year: no such setting; did you mean 'per_"),
        (ONE + 'quiet = "22-7"', "'22-7' must be two times of day, such as '22:00-07:00'"),
        (ONE + 'quiet = "07:00-07:00"', "must be two times of day"),
        (ONE + 'ehlo = "a b"', "'a b' is no host name, such as 'mail.example.com'"),
        (ONE + 'name = "x"', "Cannot overwrite a value"),
        (
            ONE + '[[relays.domains]]\nmatch = ["Gmail.example"]',
            "[[relays]] no. 1 domains: no. 1: match: 'Gmail.example' must be a domain in lower",
        ),
        (ONE + '[[relays.domains]]\nmatch = ["*", "a.example"]', "'*' stands alone"),
        (
            ONE
            + '[[relays.domains]]\nmatch = ["a.example"]\n' * 1
            + '[[relays.domains]]\nmatch = ["a.example"]',
            "domains: 'a.example' is there twice",
        ),
        ("[delivery]\npause_on_bounces = { percent = 0 }", "[delivery] pause_on_bounces: percent:"),
    ],
)
def test_what_is_wrong_with_a_relay_is_said_with_its_place(
    tmp_path: Path, text: str, line: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        said(tmp_path, text)
    assert line in str(refused.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_relay_on_this_machine_may_do_without_tls(tmp_path: Path, host: str) -> None:
    (relay,) = said(tmp_path, f'[[relays]]\nname = "a"\nurl = "smtp://{host}"\ntls = "none"').roads
    assert relay.tls == "none"
