"""What leaves the command line: one JSON object or lines a person reads, and the exit code.

Rules: (1) with ``--json`` standard output carries exactly one object; (2) an answer from a sandbox says so in both
forms; (3) labels come from the catalogue (``cli.key.NAME``), a missing label shows the key itself.
"""

import base64
import dataclasses
import json
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, TextIO, TypeVar

from compliance.cli import coded
from compliance.cli.notice_words import OF_GAPS, gap_names
from compliance.clock import SHANGHAI, day_start, shanghai_day, stamp
from compliance.i18n import Lang, has, t
from compliance.model.answer import Answer, Refusal
from compliance.model.register import PendingRequest

Payload = dict[str, Any]
T = TypeVar("T")

#: An instant as :func:`plain` writes it.
_SENTENCE = 48
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?(Z|\+00:00)")
#: What ends at the midnight after its last day; people read the last day.
_ENDS = {"valid_until", "next_due", "until", "ends_at"}

DONE, REFUSED, BAD_INPUT, INTEGRITY, TROUBLE = range(5)


@dataclass(slots=True)
class Outcome:
    """The answer of one command. ``lines`` says it to a person; without it the payload is laid out by its keys."""

    payload: Payload
    exit_code: int = DONE
    lines: Callable[[Lang], Iterable[str]] | None = None
    to_stderr: bool = field(default=False)


def answered(answer: Answer[T | Refusal | PendingRequest], make: Callable[[T], Payload | Outcome]) -> Outcome:
    """Turn a use case's answer into an outcome: a refusal, a request that now waits, or what ``make`` says."""
    value = answer.value
    if isinstance(value, Refusal):
        return refusal(value)
    if isinstance(value, PendingRequest):
        return Outcome(pending_payload(value))
    made = make(value)
    return made if isinstance(made, Outcome) else Outcome(made)


def checked(*, ok: bool, entries: int, root: bytes, problems: Sequence[object]) -> Outcome:
    """What a check of log and rows found; the root as it stands in a log seal. Exit 3 when something does not hold."""
    written = base64.b64encode(root).decode("ascii")
    payload = {"ok": ok, "entries": entries, "root": written, "problems": plain(problems)}

    def lines(lang: Lang) -> list[str]:
        head = layout({key: value for key, value in payload.items() if key != "problems"}, lang)
        title = f"{label('problems', lang)} ({len(problems)})"
        hint = [t("cli.check.reindex", lang)] if any(getattr(p, "of_index", False) for p in problems) else []
        return [*head, "", title, *coded.finding_lines(payload["problems"], lang), *hint]

    return Outcome(payload, DONE if ok else INTEGRITY, lines)


def refusal(no: Refusal) -> Outcome:
    """A refusal in the shape of the contract, exit code 1."""
    payload: Payload = {
        "refused": no.reason,
        "references": [reference.as_json() for reference in no.references],
        "lifted_by": no.lifted_by,
    }
    if no.reference_code:
        payload["reference_code"] = no.reference_code
    if no.action:
        payload["action"] = no.action
    return Outcome(payload, REFUSED, lambda lang: refusal_lines(no, lang))


def failed(outcome: Outcome, code: str, message: str, exit_code: int) -> Outcome:
    """The answer as it is, told as an error: ``error`` and ``message`` stand in it, and the message comes last."""
    told = dict(outcome.payload)
    before = outcome.lines

    def lines(lang: Lang) -> list[str]:
        return [*(before(lang) if before else layout(told, lang)), f"{t('cli.error', lang)}{message} ({code})"]

    return Outcome({**outcome.payload, "error": code, "message": message}, exit_code, lines)


def refusal_lines(no: Refusal, lang: Lang, *, said: str = "cli.refused") -> list[str]:
    """No, why, and what would lift it; ``said`` begins it otherwise where something is shown, if not as it is."""
    lines = [action_words(no.action, lang)] if no.action else []
    lines.append(f"{t(said, lang)}{reason_words(no.reason, lang)} ({no.reason})")
    if no.references:
        lines.append(t("cli.references", lang) + ", ".join(f"{r.statute} {r.article}" for r in no.references))
    if no.lifted_by:
        words = gap_names if no.reason == OF_GAPS else lifted_words
        lines.append(t("cli.lifted_by", lang) + words(no.lifted_by, lang))
    if no.reference_code:
        lines.append(t("cli.reference_code", lang) + no.reference_code)
    return lines


def action_words(action: str, lang: Lang) -> str:
    """What may be done with a person: a code of the closed set, with a date after a colon."""
    code, _, day = action.partition(":")
    return t(f"cli.action.{code}", lang, date=day) if has(f"cli.action.{code}") else action


def reason_words(code: str, lang: Lang) -> str:
    """Words of a reason code; the code itself when the catalogue has none."""
    return t(f"reason.{code}", lang) if has(f"reason.{code}") else code


def lifted_words(text: str, lang: Lang) -> str:
    """Words of what would lift a refusal; use cases give either a key of the catalogue or a text."""
    return t(f"lift.{text}", lang) if has(f"lift.{text}") else t(text, lang)


def pending_payload(request: PendingRequest) -> Payload:
    """A two-person request that now waits."""
    return {
        "pending": request.request_id,
        "action": request.action,
        "not_before": stamp(request.not_before) if request.not_before else None,
    }


def plain(value: Any) -> Any:
    """Frozen answers as JSON values: dataclasses by field, instants as RFC 3339, paths and enums as text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(entry) for key, entry in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, frozenset | set):
        return sorted(plain(entry) for entry in value)
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return value


def emit(outcome: Outcome, *, as_json: bool, lang: Lang) -> None:
    """Print it once."""
    if as_json:
        sys.stdout.write(json.dumps(outcome.payload, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        return
    stream = sys.stderr if outcome.to_stderr else sys.stdout
    if outcome.payload.get("sandbox"):
        stream.write(t("cli.sandbox", lang) + "\n")
    lines = outcome.lines(lang) if outcome.lines else layout(outcome.payload, lang)
    for line in lines:
        stream.write(line.rstrip() + "\n")
    stream.flush()


def layout(payload: Payload, lang: Lang) -> list[str]:
    """Scalars as an aligned list, lists of objects as tables."""
    shown = {key: value for key, value in payload.items() if key != "sandbox"}
    scalars = {key: value for key, value in shown.items() if not isinstance(value, list | dict)}
    lines = pairs([(label(key, lang), cell(value, lang, key)) for key, value in scalars.items()])
    for key, value in shown.items():
        if isinstance(value, list):
            lines += ["", f"{label(key, lang)} ({len(value)})", *_listed(value, lang, key)]
        elif isinstance(value, dict):
            rows = [(label(k, lang), cell(v, lang, k)) for k, v in value.items()]
            lines += ["", label(key, lang), *(_counted(rows) if rows else ["  —"])]
    return lines[1:] if lines and not lines[0] else lines


def pairs(rows: Sequence[tuple[str, str]], indent: str = "") -> list[str]:
    """Two aligned columns."""
    width = max((columns(name) for name, _ in rows), default=0)
    return [f"{indent}{pad(name, width)}  {value}" for name, value in rows]


def _counted(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Names and figures; where the names are sentences the figures stand before them."""
    if max(columns(name) for name, _ in rows) <= _SENTENCE:
        return pairs(rows, "  ")
    width = max(columns(value) for _, value in rows)
    return [f"  {value:>{width}}  {name}" for name, value in rows]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """An aligned table; Chinese characters count two columns."""
    body = [list(row) for row in rows]
    widths = [max(columns(row[i]) for row in [list(head), *body]) for i in range(len(head))]
    return ["  ".join(pad(entry, widths[i]) for i, entry in enumerate(row)).rstrip() for row in [list(head), *body]]


def label(key: str, lang: Lang) -> str:
    """Words of a payload key."""
    return coded.name(key, lang)


def cell(value: Any, lang: Lang, key: str = "") -> str:
    """One value for a person's eye; ``key`` is the key it stands under and tells which codes it may hold."""
    if value is None or value == "" or value == []:
        return "—"
    if isinstance(value, bool):
        return t("cli.yes" if value else "cli.no", lang)
    if isinstance(value, list):
        return ", ".join(cell(entry, lang, key) for entry in value)
    if isinstance(value, dict):
        return "; ".join(f"{label(k, lang)} {cell(entry, lang, k)}" for k, entry in value.items())
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        instant = datetime.fromisoformat(value)
        at_midnight = instant == day_start(shanghai_day(instant))
        return last_day(instant) if key in _ENDS and at_midnight else local_time(instant)
    return coded.words(key, value, lang) if isinstance(value, str) else str(value)


def local_time(instant: datetime | None) -> str:
    """An instant as people in China read it."""
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if instant else "—"


def last_day(end: datetime | None) -> str:
    """The last day before an exclusive end."""
    return local_time(end - timedelta(microseconds=1) if end else None)[:10]


def pad(text: str, width: int) -> str:
    """Fill with blanks up to ``width`` terminal columns."""
    return text + " " * max(0, width - columns(text))


def columns(text: str) -> int:
    """Terminal columns a text takes."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def say(text: str, *, stream: TextIO | None = None) -> None:
    """A note beside the answer, on standard error."""
    out = stream or sys.stderr
    out.write(text + "\n")
    out.flush()


def _listed(values: list[Any], lang: Lang, under: str) -> list[str]:
    if not values:
        return ["  —"]
    if not all(isinstance(value, dict) for value in values):
        return [f"  {cell(value, lang, under)}" for value in values]
    keys = list(dict.fromkeys(key for value in values for key in value))
    rows = [[cell(value.get(key), lang, key) for key in keys] for value in values]
    return ["  " + line for line in table([label(key, lang) for key in keys], rows)]
