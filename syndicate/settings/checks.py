"""What a setting must be: each check returns the value, or raises ValueError with the remedy."""

from __future__ import annotations

import difflib
import re
from email.utils import parseaddr
from ipaddress import ip_network
from urllib.parse import SplitResult, quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email

#: What ends a line somewhere: C0, DEL, NEL and Unicode's two separators; and what XML refuses.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff\ufffe\uffff]")

#: What stays as it is in a URI (RFC 3986 §2), beside letters and digits; `%` is encoded already.
_URI = ";/?:@&=+$-_.!~*'()%,#[]"


def absolute_url(value: str) -> str:
    """An absolute http(s) URL without query, its last slash taken off."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError("must be an absolute http(s) URL such as https://example.com")
    if parts.query or parts.fragment:
        raise ValueError("must have neither ? nor #")
    port_of(parts)
    return value.rstrip("/")


def web_url(value: str) -> str:
    """An absolute http(s) URL, with what no URI may hold percent-encoded (RFC 3986 §2)."""
    parts = urlsplit(one_line(value))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError("must be an absolute http(s) URL such as https://example.com/a.png")
    port_of(parts)
    return quote(value, _URI)


def port_of(parts: SplitResult) -> None:
    """See that the port of a URL, if it names one, is one."""
    try:
        parts.port  # noqa: B018 - it is looked at when asked for
    except ValueError as error:
        raise ValueError("must have a port between 0 and 65535, or none") from error


def one_line(value: str) -> str:
    """What stands in subjects and names: without anything that ends a line (STANDARDS S-3)."""
    if _CONTROL.search(value):
        raise ValueError("must be one line, without control characters")
    return value


def network(value: str) -> str:
    """An IP address, or a network as `10.0.0.0/8`."""
    try:
        return str(ip_network(value))
    except ValueError as error:
        raise ValueError(
            f"{value!r} must be an IP address, or a network such as 10.0.0.0/8"
        ) from error


def zone_name(value: str) -> str:
    """An IANA time zone."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = difflib.get_close_matches(value, available_timezones(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ", such as 'Asia/Shanghai'"
        raise ValueError(f"{value!r} is no IANA time zone{hint}") from error
    return value


def language_tag(value: str) -> str:
    """A BCP 47 tag of a language that dates can be written in."""
    try:
        Locale.parse(value, sep="-")
    except (ValueError, UnknownLocaleError) as error:
        raise ValueError(f"{value!r} is no BCP 47 language tag, such as 'zh-CN'") from error
    return value


def mail_address(value: str) -> str:
    """An address, alone or as `Name <user@host>`."""
    one_line(value)
    # The name may be anything, quoted or not; only the address has to be one.
    address = parseaddr(value)[1] or value
    try:
        validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise ValueError(f"{value!r} is no mail address: {error}") from error
    return value
