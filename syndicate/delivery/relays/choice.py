"""Which relay a message is offered to first, and which of its limits are about its domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from syndicate.settings.relays import DomainRule, Relay


def in_order(relays: Sequence[Relay], draw: Callable[[], float]) -> list[int]:
    """Places of the relays in the order in which a message tries them.

    Those of a smaller priority come first; among equals each is first as often as its weight says,
    and so on among the rest (Efraimidis and Spirakis, 2006). `draw` gives numbers in 0…1.
    """
    keys = [(relay.priority, -(draw() ** (1 / relay.weight))) for relay in relays]
    return sorted(range(len(relays)), key=keys.__getitem__)


def rule_for(rules: Sequence[DomainRule], domain: str) -> tuple[str, DomainRule] | None:
    """What counts a message to a domain, and by which rule: the one that names it best."""
    by_pattern = {pattern: rule for rule in rules for pattern in rule.match}
    labels = domain.split(".")
    above = (f"*.{'.'.join(labels[n:])}" for n in range(1, len(labels)))
    for pattern in (domain, *above):
        if rule := by_pattern.get(pattern):
            return rule.match[0], rule
    general = by_pattern.get("*")
    # Each of the others is counted by itself.
    return (domain, general) if general else None
