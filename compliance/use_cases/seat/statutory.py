"""The list of statutory duties that Legal keeps: ``resources/duties/statutory.toml`` (PIPL 13(1)(3); REQ-012)."""

import tomllib
from functools import cache

from compliance.model.access import Reference
from compliance.policy.registered import StatutoryDuty
from compliance.resources import read_text


@cache
def statutory_duties() -> dict[str, StatutoryDuty]:
    """The list of statutory duties kept by Legal (``resources/duties/statutory.toml``)."""
    table = tomllib.loads(read_text("duties", "statutory.toml"))
    return {
        key: StatutoryDuty(
            key=key,
            reference=Reference(entry["statute"], entry["article"]),
            label_zh=entry["label"]["zh"],
            label_en=entry["label"]["en"],
            purposes=frozenset(entry["purposes"]),
            fields=frozenset(entry["fields"]),
        )
        for key, entry in table.items()
        if isinstance(entry, dict)
    }
