"""The form in which checked rows cross from the reading process: JSON, rows as columns (batches.py), read back field by
field.

Nothing is unpickled: the child has handled hostile bytes, so the parent believes no more than text, numbers and lists
of the shape it expects. Anything else is ``reader_failed``.
"""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from compliance.importing.batches import columns_of
from compliance.importing.results import (
    Counts,
    FileFacts,
    ImportedAnswer,
    RefusedColumn,
    RowResult,
    RowStatus,
    UsedColumn,
)
from compliance.model.consent import EventKind, Method

_STATUSES = tuple(RowStatus)


def dump_rows(rows: list[RowResult]) -> bytes:
    """A batch of rows."""
    return dumps({"rows": columns_of(rows)})


def load_rows(rows: list[Any]) -> list[RowResult]:
    """Rows of :func:`.batches.lists_of` with every field looked at."""
    return [_result(row) for row in rows]


def dump_facts(facts: FileFacts) -> bytes:
    """The facts of a file."""
    return dumps({"facts": asdict(facts)})


def load_facts(body: dict[str, Any]) -> FileFacts:
    """Inverse of :func:`dump_facts`."""
    return FileFacts(
        encoding=str(body["encoding"]),
        separator=str(body["separator"]),
        sheet=str(body["sheet"]),
        sheets=tuple(map(str, body["sheets"])),
        header_row=int(body["header_row"]),
        used=tuple(UsedColumn(str(c["header"]), str(c["target"])) for c in body["used"]),
        refused=tuple(RefusedColumn(str(c["header"]), str(c["reason"])) for c in body["refused"]),
        unknown=tuple(map(str, body["unknown"])),
        total_rows=None if body["total_rows"] is None else int(body["total_rows"]),
        hidden_rows=int(body["hidden_rows"]),
    )


def dump_counts(counts: Counts) -> bytes:
    """The closing account."""
    return dumps({"counts": asdict(counts)})


def load_counts(body: dict[str, Any]) -> Counts:
    """Inverse of :func:`dump_counts`."""
    numbers = {key: int(value) for key, value in body.items() if key not in ("codes", "file_sha256")}
    codes = {str(code): int(number) for code, number in body["codes"].items()}
    return Counts(**numbers, codes=codes, file_sha256=str(body["file_sha256"]))


def dump_fault(code: str, where: str, value: str, nearest: str) -> bytes:
    """Why reading ended."""
    return dumps({"fault": [code, where, value, nearest]})


def loads(data: bytes) -> dict[str, Any]:
    """One message. ValueError when it is none."""
    body = json.loads(data)
    if not isinstance(body, dict):
        raise ValueError("not a message")
    return body


def dumps(body: dict[str, Any]) -> bytes:
    """One message."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), check_circular=False).encode("utf-8", "replace")


def _result(row: list[Any]) -> RowResult:
    number, status, values, day, ids, consents, codes, first, candidates, label, note, raw = row
    return RowResult(
        row=int(number),
        status=_STATUSES[status],
        values=_texts(values),
        source_date=date.fromisoformat(day) if day else None,
        source_ids=tuple(map(str, ids)),
        consents=tuple(map(_imported, consents)),
        codes=tuple((str(target), str(code)) for target, code in codes),
        first_row=None if first is None else int(first),
        candidates=tuple((int(earlier), str(why)) for earlier, why in candidates),
        data_source=str(label),
        note=str(note),
        raw=_texts(raw),
    )


def _imported(body: list[Any]) -> ImportedAnswer:
    positive, items, withdrawn, day, method = body
    return ImportedAnswer(
        kind=EventKind.IMPORTED_YES if positive else EventKind.IMPORTED_NO,
        items=tuple(map(str, items)),
        withdrawn=bool(withdrawn),
        answered_on=date.fromisoformat(day) if day else None,
        method=Method(method) if method else None,
    )


def _texts(body: dict[str, Any]) -> dict[str, str]:
    if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
        raise ValueError("not a map of texts")
    return body
