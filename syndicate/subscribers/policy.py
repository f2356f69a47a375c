"""Which addresses may subscribe by themselves. It tells nothing about who does (STANDARDS S-2)."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

import idna
import structlog

from syndicate.errors import SettingsError
from syndicate.settings.signup import Allowance
from syndicate.subscribers.address import domain_of, lookup_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from syndicate.settings.signup import SignupRules

_log = structlog.get_logger()

#: Mailboxes of a function (RFC 2142, and what came into use since) that act by themselves,
#: are read by nobody, or by those who look into abuse. `info` and `sales` are none of them: in a
#: small firm that is how a person is called.
_ROLES = frozenset(
    (
        *("abuse", "noc", "security", "postmaster", "hostmaster", "webmaster", "usenet"),
        *("www", "uucp", "ftp", "root", "daemon", "mailer-daemon", "majordomo", "listserv"),
        *("noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "do_not_reply"),
        *("bounce", "bounces", "spam", "spamtrap", "nobody", "null", "devnull", "undisclosed"),
    )
)
#: RFC 2142 §6, and what list servers call those who aren't people.
_OF_LISTS = re.compile(r"owner-.*|.*-(?:request|bounces?|owner|subscribe|unsubscribe)\Z")
_DOMAIN = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\Z")


class Refusal(StrEnum):
    """Why an address may not."""

    ROLE = "role"
    SUB_ADDRESS = "sub-address"
    DOMAIN = "domain"


def refusal(address: str, rules: SignupRules, refused: Collection[str]) -> Refusal | None:
    """Why an address of `parse_address` may not subscribe; None: it may.

    `refused` are domains as A-labels; subdomains are meant, too.
    """
    local, tag = local_part(address)
    if rules.role_accounts is Allowance.REFUSE and (local in _ROLES or _OF_LISTS.match(local)):
        return Refusal.ROLE
    if rules.sub_addresses is Allowance.REFUSE and tag:
        return Refusal.SUB_ADDRESS
    if any(domain in refused for domain in _and_above(_a_labels(domain_of(address)))):
        return Refusal.DOMAIN
    return None


def local_part(address: str) -> tuple[str, str]:
    """What stands before the @, as addresses are compared, and the tag of a sub-address."""
    # A plus at the very beginning is a part of the name (RFC 5233 §2).
    local = lookup_key(address).rpartition("@")[0]
    name, _, tag = local.partition("+")
    return (name, tag) if name else (local, "")


class RefusedDomains:
    """The domains in a site's files, read again when a file changes."""

    def __init__(self, files: Collection[Path]) -> None:
        """Of these files.

        Raises:
            SettingsError: one isn't there.
        """
        for path in files:
            if not path.is_file():
                raise SettingsError(
                    f"[signup] refused_domains: there is no file {path}; make it, a domain on each "
                    "line, or take it out of the setting"
                )
        self._read = {path: (0, frozenset[str]()) for path in files}
        self._all = frozenset[str]()

    def now(self) -> frozenset[str]:
        """Those that the files name. One that can't be read any more stands as it was."""
        for path, (seen, _) in self._read.items():
            try:
                changed = path.stat().st_mtime_ns
                if changed != seen:
                    self._read[path] = changed, frozenset(_domains(path))
                    self._all = frozenset().union(*(found for _, found in self._read.values()))
            except (OSError, UnicodeDecodeError) as error:
                _log.warning("refused domains", file=str(path), error=str(error))
        return self._all


def _domains(path: Path) -> Iterator[str]:
    """One a line; `#` begins a comment. A line that is no domain is said and left out."""
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        text = line.partition("#")[0].strip().lower().removeprefix("@").strip(".")
        domain = _a_labels(text) if text else ""
        if _DOMAIN.match(domain):
            yield domain
        elif text:
            _log.warning("refused domains", file=str(path), line=number, error="no domain")


def _a_labels(domain: str) -> str:
    """A domain as DNS has it (UTS 46); empty if it can't be one."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return ""


def _and_above(domain: str) -> Iterator[str]:
    while domain:
        yield domain
        domain = domain.partition(".")[2]
