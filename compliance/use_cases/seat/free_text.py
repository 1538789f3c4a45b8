"""Every text a person types is read by the guard before it is saved (REQ-042; domain.md R20, R21).

Rules: (1) all faults at once, each with its kind and the characters it stands at, so that the writer finds the place;
(2) the refusal is logged by field, code and count, never by word: nothing of the text is in a log, an error or a title;
(3) it comes before anything is written, outside any transaction.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from compliance.errors import Fault, InputErrors, bad_input
from compliance.model.audit import Kind
from compliance.policy.free_text import codes, scan
from compliance.use_cases.seat.session import Session

_CODE = "free_text_"
_REMARKS = 4096
_LONGEST = 200


def guard(session: Session, texts: Mapping[str, str]) -> None:
    """Let ``texts`` (field → what was typed) pass, or log the refusal and raise InputErrors."""
    faults = found_in(session, texts)
    if not faults:
        return
    kinds = dict.fromkeys(fault.code.removeprefix(_CODE) for fault in faults)
    with session.vault.unit_of_work() as uow:
        uow.commit(
            session.event(
                Kind.ACCESS_REFUSED,
                at=session.now(),
                fields=tuple(dict.fromkeys(fault.where for fault in faults)),
                detail={"reason": "free_text", "codes": list(kinds), "finds": len(faults)},
            )
        )
    raise InputErrors(faults)


def one_line(text: str, field: str) -> str:
    """A short text of one line, without blanks around it. InputErrors ``missing``, ``too_long``."""
    text = text.strip()
    if not text or len(text) > _LONGEST or not text.isprintable():
        raise bad_input("too_long" if text else "missing", field)
    return text


def found_in(session: Session, texts: Mapping[str, str]) -> list[Fault]:
    """A fault ``free_text_CODE`` for each find, its value ``begin-end``; for the lines of a file."""
    return [
        Fault(key, f"{_CODE}{find.code}", f"{find.start}-{find.end}")
        for key, text in texts.items()
        for find in scan(text, session.policy.free_text)
    ]


def judge_of(session: Session) -> Callable[[str], str | None]:
    """Judges cells of a file: None lets one pass, a code drops it, the row stays. Remarks repeat by the thousand."""
    words = session.policy.free_text

    @lru_cache(maxsize=_REMARKS)
    def judge(text: str) -> str | None:
        return next(iter(codes(scan(text, words))), None)

    return judge
