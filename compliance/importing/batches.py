"""A batch of checked rows on its way between processes: column by column, in JSON.

Rules: (1) texts of a column are joined by a control character no clean cell holds; a column of another length is an
error; (2) what repeats (answers, reasons) is said once and named by its place; (3) what few rows have stands apart,
with the place of its row; (4) whoever gets the rows shares those lists among them and changes none but the reasons,
which are each row's own; answers are tuples, to be looked up by.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from compliance.importing.results import ImportedAnswer, RowResult, RowStatus

#: Between two texts, in place of a text that is not there, and between two ids of one row: none stands in a clean cell.
_BETWEEN, _ABSENT, _BESIDE = "\x7f", "\x80", "\x81"
_STATUS = {status: place for place, status in enumerate(RowStatus)}


def columns_of(rows: Sequence[RowResult]) -> dict[str, Any]:
    """Rows as columns. ValueError for a text no clean cell holds."""
    keys = list(dict.fromkeys(chain.from_iterable([row.values for row in rows])))
    answers: dict[tuple[int, ...], int] = {}
    said: list[list[list[Any]]] = []
    codes: dict[tuple[tuple[str, str], ...], int] = {}
    heard, coded = [], []
    for row in rows:
        consents = row.consents
        heard_as = tuple(map(id, consents))
        place = answers.get(heard_as)
        if place is None:
            place = answers[heard_as] = len(said)
            said.append([_answer(answer) for answer in consents])
        heard.append(place)
        coded.append(codes.setdefault(row.codes, len(codes)))
    return {
        "row": [row.row for row in rows],
        "status": [_STATUS[row.status] for row in rows],
        "keys": keys,
        "values": [_joined([row.values.get(key, _ABSENT) for row in rows]) for key in keys],
        "day": _joined([row.source_date.isoformat() if row.source_date else "" for row in rows]),
        "ids": _joined([_BESIDE.join(row.source_ids) for row in rows]),
        "said": said,
        "answers": heard,
        "why": list(codes),
        "codes": coded,
        "label": _joined([row.data_source for row in rows]),
        "note": _joined([row.note for row in rows]),
        "first": [(place, row.first_row) for place, row in enumerate(rows) if row.first_row is not None],
        "candidates": [(place, row.candidates) for place, row in enumerate(rows) if row.candidates],
        "raw": [(place, row.raw) for place, row in enumerate(rows) if row.raw],
    }


def lists_of(body: dict[str, Any]) -> list[list[Any]]:
    """Inverse of :func:`columns_of`: of each row number, status by place, values, day or "", ids, answers, codes,
    first row, candidates, label, note, raw. KeyError, TypeError, ValueError or IndexError for anything else."""
    numbers = [int(number) for number in body["row"]]
    count = len(numbers)
    firsts, candidates, raws = (dict(body[name]) for name in ("first", "candidates", "raw"))
    said = [tuple(map(_heard, answers)) for answers in body["said"]]
    why = body["why"]
    keys = [str(key) for key in body["keys"]]
    columns = [_parted(column, count) for column in body["values"]]
    if len(columns) != len(keys):
        raise ValueError("columns of other fields")
    cells: Iterable[tuple[str, ...]] = zip(*columns, strict=True) if columns else [()] * count
    nothing: list[Any] = []
    found = [
        [number, status, dict(zip(keys, texts, strict=True)), day, ids.split(_BESIDE) if ids else nothing, said[heard],
         list(why[coded]), None, nothing, label, note, {}]
        for number, status, texts, day, ids, heard, coded, label, note in zip(
            numbers, body["status"], cells, _parted(body["day"], count), _parted(body["ids"], count), body["answers"],
            body["codes"], _parted(body["label"], count), _parted(body["note"], count), strict=True,
        )
    ]  # fmt: skip
    for row in found:
        values = row[2]
        if _ABSENT in values.values():
            row[2] = {key: text for key, text in values.items() if text != _ABSENT}
    for sparse, at in ((firsts, 7), (candidates, 8), (raws, 11)):
        for place, what in sparse.items():
            found[place][at] = what
    return found


def _heard(answer: list[Any]) -> tuple[Any, ...]:
    positive, items, withdrawn, day, method = answer
    return positive, tuple(items), withdrawn, day, method


def _answer(answer: ImportedAnswer) -> list[Any]:
    day = answer.answered_on.isoformat() if answer.answered_on else None
    return [answer.positive, answer.items, answer.withdrawn, day, answer.method]


def _joined(texts: list[str]) -> str:
    column = _BETWEEN.join(texts)
    if column.count(_BETWEEN) != max(len(texts) - 1, 0):
        raise ValueError("a text no cell holds")
    return column


def _parted(column: str, count: int) -> list[str]:
    texts = column.split(_BETWEEN) if count else []
    if len(texts) != count:
        raise ValueError("a column of another length")
    return texts
