"""Free text meets the guard of the use case: kept, or dropped with the guard's code. The row always stays."""

from collections.abc import Callable
from dataclasses import replace

from compliance.importing.fields import FREE_TEXT, NOTE_FIELD
from compliance.importing.results import RowResult

#: Judges a remark: None lets it pass, a code drops it. Policy's free-text guard, brought by the use case.
NoteGuard = Callable[[str], str | None]


def apply_guard(result: RowResult, note_guard: NoteGuard) -> RowResult:
    """The row with its remark and free texts judged: kept, or dropped with the guard's code."""
    if not result.note and not (FREE_TEXT & result.values.keys()):
        return result
    values, codes = dict(result.values), list(result.codes)
    if result.note:
        values[NOTE_FIELD] = result.note
    for key in FREE_TEXT & values.keys():
        code = note_guard(values[key])
        if code:
            del values[key]
            codes.append((key, code))
    return replace(result, values=values, codes=tuple(codes), note="")
