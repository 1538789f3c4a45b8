"""PDFs that came from outside and must be read for their words: a recovery sheet, a file to attack for leaks.

Rules: (1) the bytes are parsed only in a process of :mod:`compliance.importing.limited`, with limits on memory, time
and files; (2) what comes back is JSON of known shape and bounded size, taken apart here; (3) a process that dies,
stalls or speaks nonsense is killed and is one coded error; (4) the password-free text of a recovery sheet crosses this
pipe and is kept nowhere else. Our own fresh files are read in this process: they are not foreign.
"""

import json
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from compliance.errors import InputErrors, bad_input
from compliance.exports.leak_check import Leak, LeakReport, attack, encrypted, readable
from compliance.exports.recovery_sheet import read_recovery
from compliance.importing import limited
from compliance.use_cases.seat.spoken import spoken_name

_SECONDS = 120.0
_POLL = 0.1
_MOST_ANSWER = 16 << 20
_MOST_QUESTION = 64 << 20
#: Codes a child may answer with; anything else is ``pdf_reader_failed``.
_CODES = frozenset({"pdf_unreadable", "pdf_encrypted", "recovery_unreadable"})


def leaks_in(data: bytes, *, file_name: str, values: Sequence[str], seconds: float = _SECONDS) -> LeakReport:
    """:func:`compliance.exports.leak_check.attack` on a foreign file. InputErrors ``pdf_unreadable``,
    ``pdf_encrypted``, ``pdf_slow``, ``pdf_reader_failed``."""
    said = _ask({"do": "attack", "name": file_name, "values": list(values)}, data, seconds)
    try:
        return LeakReport(
            clean=not said["leaks"] and not said["outside"],
            checked=int(said["checked"]),
            skipped=int(said["skipped"]),
            leaks=tuple(Leak(str(place), str(form), int(value)) for place, form, value in said["leaks"]),
            remarks=tuple((str(what), int(count)) for what, count in said["remarks"]),
            outside=tuple((str(where), int(count)) for where, count in said["outside"]),
        )
    except (KeyError, TypeError, ValueError):
        raise bad_input("pdf_reader_failed", "file") from None


def recovery_text(data: bytes, *, seconds: float = _SECONDS) -> str:
    """The code on a recovery sheet that a person brings. A text is read here, a PDF in the child. InputErrors
    ``recovery_unreadable``, ``pdf_slow``, ``pdf_reader_failed``."""
    if not data.startswith(b"%PDF"):
        return read_recovery(data)
    said = _ask({"do": "recovery"}, data, seconds)
    text = said.get("text")
    if not isinstance(text, str):
        raise bad_input("pdf_reader_failed", "file")
    return text


def serve(pipe: Connection) -> None:
    """In the child: one question, one answer."""
    limited.quiet()
    limited.limit()
    try:
        question = json.loads(pipe.recv_bytes(_MOST_QUESTION))
        answer = _answer(question, pipe.recv_bytes(_MOST_QUESTION))
    except InputErrors as error:
        answer = {"fault": error.code}
    except Exception:  # noqa: BLE001 - any fault of a reader over a hostile file is: it cannot be read
        answer = {"fault": "pdf_unreadable"}
    pipe.send_bytes(json.dumps(answer).encode())


def _answer(question: dict[str, Any], data: bytes) -> dict[str, Any]:
    if question["do"] == "recovery":
        return {"text": read_recovery(data)}
    if not readable(data):
        raise bad_input("pdf_unreadable", "file")
    if encrypted(data):
        raise bad_input("pdf_encrypted", "file")
    found = attack(data, question["name"], question["values"], spoken=spoken_name)
    return {
        "checked": found.checked,
        "skipped": found.skipped,
        "leaks": [(leak.place, leak.form, leak.value) for leak in found.leaks],
        "remarks": list(found.remarks),
        "outside": list(found.outside),
    }


def _ask(question: dict[str, Any], data: bytes, seconds: float) -> dict[str, Any]:
    process, pipe = limited.start(serve, name="consentkeep-pdf", both_ways=True)
    until = time.monotonic() + seconds
    try:
        pipe.send_bytes(json.dumps(question).encode())
        pipe.send_bytes(data)
        while not pipe.poll(_POLL):
            if time.monotonic() > until:
                raise bad_input("pdf_slow", "file")
        said = json.loads(pipe.recv_bytes(_MOST_ANSWER))
        if not isinstance(said, dict):
            raise ValueError("not an answer")
    except (EOFError, OSError, ValueError, RecursionError):
        raise bad_input("pdf_reader_failed", "file") from None
    finally:
        pipe.close()
        limited.end(process)
    if "fault" in said:
        code = str(said["fault"])
        raise bad_input(code if code in _CODES else "pdf_reader_failed", "file")
    return said
