"""DNS, asked as the doctor needs it: what there is, or that nobody can say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import dns.exception
import dns.resolver
import dns.reversename

from syndicate.errors import SettingsError, SyndicateError

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Seconds that one question may take, with all its repetitions.
_PATIENCE = 4.0
_PORT = 53


class DnsError(SyndicateError):
    """DNS doesn't answer: it isn't known what it holds."""

    retry = True


class Resolver:
    """Asks a DNS server, each question once. It gives up when the first isn't answered in time."""

    def __init__(self, server: str = "", patience: float = _PATIENCE) -> None:
        """`server` is `host` or `host:port`; empty: those that this machine asks.

        Raises:
            SettingsError: it is neither.
        """
        self._server = _parsed(server) if server else None
        self._patience = patience
        self._answers: dict[tuple[str, str], list[Any]] = {}
        self._silent = ""

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name; none if there is no such name.

        Raises:
            DnsError: nobody can say.
        """
        records = self._ask(name, "TXT")
        return [b"".join(each.strings).decode("utf-8", "replace") for each in records]

    def addresses(self, name: str) -> list[str]:
        """Its A and AAAA records; raises what `texts` raises."""
        return [each.address for kind in ("A", "AAAA") for each in self._ask(name, kind)]

    def exchanges(self, name: str) -> list[str]:
        """The hosts of its MX records, the preferred first; `.` is that of RFC 7505.

        Raises what `texts` raises.
        """
        records = sorted(self._ask(name, "MX"), key=lambda each: int(each.preference))
        return [_plain(each.exchange) for each in records]

    def names(self, address: str) -> list[str]:
        """The names that an IP address has in DNS (PTR); raises what `texts` raises."""
        reverse = dns.reversename.from_address(address).to_text()
        return [_plain(each.target) for each in self._ask(reverse, "PTR")]

    def _ask(self, name: str, kind: str) -> list[Any]:
        if self._silent:
            raise DnsError(self._silent)
        key = name.lower().rstrip("."), kind
        if key not in self._answers:
            self._answers[key] = list(self._answered(name, kind))
        return self._answers[key]

    def _answered(self, name: str, kind: str) -> Iterable[Any]:
        try:
            return self._client().resolve(name, kind, search=False, lifetime=self._patience)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except dns.resolver.LifetimeTimeout as error:
            self._silent = f"DNS doesn't answer within {self._patience:g} s"
            raise DnsError(self._silent) from error
        except (dns.exception.DNSException, OSError) as error:
            raise DnsError(f"DNS can't say what {kind} {name} has: {_line(error)}") from error

    def _client(self) -> dns.resolver.Resolver:
        if self._server is None:
            return dns.resolver.Resolver()
        client = dns.resolver.Resolver(configure=False)
        host, client.port = self._server
        client.nameservers = [host]
        return client


def _parsed(server: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{server}")
        host, port = parts.hostname or "", parts.port or _PORT
        # It takes nothing but an IP address.
        dns.reversename.from_address(host)
    except (ValueError, dns.exception.DNSException) as error:
        raise SettingsError(
            f"--resolver: {server!r} must be an IP address, such as 127.0.0.1 or [::1]:5353"
        ) from error
    return host, port


def _plain(name: Any) -> str:  # noqa: ANN401 - dnspython builds the classes of records at run time
    text = str(name.to_text())
    return text if text == "." else text.rstrip(".").lower()


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
