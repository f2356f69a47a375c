"""The key schema and the scripts: what an operator reads is what there is."""

from __future__ import annotations

import re
from importlib import resources
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import syndicate
from syndicate.store import keys as module
from syndicate.store.keys import Keys

if TYPE_CHECKING:
    from syndicate.store.client import Store

SOURCES = Path(syndicate.__file__).parent
SCRIPTS = sorted((SOURCES / "store" / "lua").glob("*.lua"))
#: How the table writes what varies.


class Numbered(str):
    """The word for an id, some of which share a bucket."""

    __slots__ = ()

    def __floordiv__(self, many: int) -> str:
        return "BUCKET"


WORDS = {
    "feed": "FEED",
    "name": "NAME",
    "category": "CATEGORY",
    "cadence": "CADENCE",
    "domain": "DOMAIN",
    "bucket": "BUCKET",
    "mark": "MARK",
    "number": "ID",
    "normalised": "wanda@mail.example",
    **dict.fromkeys(("post", "edition", "mailing", "subscriber", "letter"), Numbered("ID")),
}


def documented() -> set[str]:
    """The table's first column; a line that begins with a blank goes on with the one before."""
    lines = (module.__doc__ or "").splitlines()
    rules = [number for number, line in enumerate(lines) if line.startswith("===")]
    rows = lines[rules[1] + 1 : rules[2]]
    return {row.split()[0] for row in rows if not row.startswith(" ")}


def built() -> set[str]:
    """Every key that `Keys` builds, with the table's words for what varies."""
    keys, found = Keys("x"), set()
    for name, member in vars(Keys).items():
        if name.startswith("_") or name == "prefix":
            continue
        if isinstance(member, property):
            found.add(getattr(keys, name))
        elif name != "part":
            parameters = list(signature(member).parameters)[1:]
            made = member(keys, *(WORDS[parameter] for parameter in parameters))
            found.update([made] if isinstance(made, str) else made)
    parts = set(re.findall(r'\.part\([^,]+, "([a-z]+)"\)', sources()))
    parts |= set(
        re.findall(r'"(leases|sending|sent|outcomes|variants|chunks|due|planned|rest)"', sources())
    )
    found = {re.sub(r"^x:addresses:\d+$", "x:addresses:BUCKET", key) for key in found}
    return {key.removeprefix("x:") for key in found} | {f"mailing:ID:{part}" for part in parts}


def sources() -> str:
    return "\n".join(path.read_text() for path in SOURCES.rglob("*.py"))


def header(script: Path) -> str:
    """The comment that a script begins with."""
    lines = script.read_text().splitlines()
    first = next(n for n, line in enumerate(lines) if not line.startswith("--"))
    return "\n".join(lines[:first])


def test_the_table_holds_every_key_and_no_other() -> None:
    assert documented() == built()


def test_every_key_begins_with_the_prefix() -> None:
    keys = Keys("mine")
    assert keys.schema == "mine:schema"
    assert keys.pending("daily", "a:b") == "mine:pending:daily:a:b"


def test_names_that_users_chose_never_make_two_keys_one() -> None:
    keys = Keys("x")
    names = ["a", "a:b", "b", ":", "seq", "", "a ", "cut"]
    made = [keys.pending("daily", name) for name in names]
    made += [keys.log(name) for name in names]
    made += [keys.subscribed("weekly", name) for name in names]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_says_what_it_does_what_it_takes_and_what_it_answers(script: Path) -> None:
    first, *rest = header(script).splitlines()
    assert re.fullmatch(r"-- [A-Z].*", first)
    assert any(line.startswith("-- KEYS: ") for line in rest)
    assert any(line.startswith("-- Reply: ") for line in rest)
    assert ("-- ARGV: " in header(script)) == ("ARGV[" in script.read_text())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_used(script: Path) -> None:
    assert re.search(rf'(run|line|send)\(\s*"{script.stem}"', sources())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_builds_no_key(script: Path) -> None:
    calls = re.findall(r"redis\.call\('([A-Z]+)',\s*([^,)]+)", script.read_text())
    assert calls
    names = re.findall(r"local ([^=\n]+?) *= *([^\n]+)", script.read_text())
    unpacked = (left for left, right in names if right.startswith("unpack(KEYS, "))
    keys = {name.strip() for left in unpacked for name in left.split(",")} | {
        name.strip()
        for left, right in names
        for name, value in zip(left.split(","), right.split(", "), strict=False)
        if value.strip().startswith("KEYS[")
    }
    for verb, key in calls:
        assert key.strip().startswith("KEYS[") or key.strip() in keys, f"{verb} {key}"
        assert ".." not in key


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_redis_can_load_a_script(script: Path, store: Store) -> None:
    assert resources.files("syndicate.store").joinpath("lua", script.name).is_file()
    assert store.text.script_load(script.read_text())
