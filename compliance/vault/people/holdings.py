"""Holdings: which fields stand in a sealed section from which source, interned; no value. Retention counts by them.

Beside each sealed section stands the number of one (``kept``). This module knows no register, so that a sealing process
brings in none.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from compliance.vault.engine.table import Table
from compliance.vault.engine.transaction import Transaction

HOLDING = Table.of("holding", "no INTEGER", "body TEXT NOT NULL", unique=("body",))


def holding_body(keys_by_source: Mapping[int, Iterable[str]]) -> str:
    """The written form of a holding: ``12=department,full_name;17=region``."""
    return ";".join(f"{no}={','.join(sorted(keys))}" for no, keys in sorted(keys_by_source.items()))


def read_holding(body: str) -> dict[int, tuple[str, ...]]:
    """Inverse of :func:`holding_body`."""
    found = (part.partition("=") for part in body.split(";") if part)
    return {int(no): tuple(keys.split(",")) for no, _, keys in found}


def holding_no(tx: Transaction, body: str) -> int:
    """The number of a holding in its written form, made when it is new."""
    return holding_numbers(tx, [body])[0]


def holding_numbers(tx: Transaction, bodies: Sequence[str]) -> list[int]:
    """As :func:`holding_no` for many. What one transaction knows it does not ask again: an import has thousands of
    people and few holdings."""
    known = tx.holdings
    asked = [body for body in dict.fromkeys(bodies) if body not in known]
    if asked:
        sql = "SELECT h.body, h.no FROM json_each(?) j JOIN holding h ON h.body = j.value"
        known.update(tx.db.execute(sql, (json.dumps(asked, ensure_ascii=False),)))
        if fresh := [body for body in asked if body not in known]:
            first = tx.next_no(HOLDING)
            rows = list(enumerate(fresh, start=first))
            tx.insert_all(HOLDING, rows)
            known.update((body, number) for number, body in rows)
    return [known[body] for body in bodies]
