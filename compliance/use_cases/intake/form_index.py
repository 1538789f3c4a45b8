"""The list that comes with a stack of scans: file and page → whose form it is, on which notice, what was answered.

Rules: (1) rows about the same pages are one form with several items; (2) name and hospital only propose, the page then
waits for a hand; (3) a row nobody can use is counted with its codes, the pages it meant wait for a hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PureWindowsPath

from compliance.clock import shanghai_day
from compliance.importing.child import ReadRequest, open_rows
from compliance.importing.results import Kind
from compliance.model.intake import FormAnswer
from compliance.progress import Progress
from compliance.use_cases.people.person_keys import find_people
from compliance.use_cases.seat.session import Session, known_notices

_MINOR = frozenset({"place", "pages", "name", "hospital", "answer", "presented"})


@dataclass(slots=True, kw_only=True)
class Entry:
    """What the list says of one form: pages ``first`` to ``last`` of the file named ``file`` ("" where only one is)."""

    file: str
    first: int
    last: int
    hcp_id: str
    notice: str = ""
    answers: list[FormAnswer] = field(default_factory=list)
    presented_on: str = ""
    acted_on: str = ""
    place: str = ""
    expected: int = 0
    used: bool = False


class FormIndex:
    """Entries by file and page."""

    def __init__(self, entries: Sequence[Entry], reasons: dict[str, int]) -> None:
        self._entries = entries
        self.reasons = reasons

    def at(self, file: str, page: int) -> Entry | None:
        """The entry that speaks of a page (from 1), if any."""
        name = _key(file)
        for entry in self._entries:
            if entry.first <= page <= entry.last and entry.file in ("", name):
                entry.used = True
                return entry
        return None

    @property
    def unused(self) -> int:
        """Entries whose pages never came."""
        return sum(not entry.used for entry in self._entries)


def read_index(session: Session, path: Path | None, *, now: datetime, progress: Progress) -> FormIndex:
    """The list at ``path``; an empty one without. InputErrors as any list."""
    if path is None:
        return FormIndex((), {})
    notices = known_notices(session)
    found: dict[tuple[str, int, int], Entry] = {}
    reasons: dict[str, int] = {}
    request = ReadRequest(path=path, today=shanghai_day(now), kind=Kind.FORM_INDEX)
    with open_rows(request, note_guard=lambda text: None, progress=progress) as reading:
        for rows in reading.batches():
            with session.vault.snapshot() as snap:
                people = find_people(snap, [r.values for r in rows], at=now)
            for row, whom in zip(rows, people, strict=True):
                values = row.values
                wrong = [code for where, code in row.codes if where not in _MINOR]
                wrong += [whom.code] if whom.code else []
                wrong += [] if "page" in values else ["page_missing"]
                wrong += ["unknown_notice"] if values.get("notice", "") not in ("", *notices) else []
                items = [i for i in values.get("item", "").split(";") if i]
                wrong += [] if all(map(session.policy.knows_item, items)) else ["item_unknown"]
                if wrong or whom.hcp_id is None:
                    for code in wrong:
                        reasons[code] = reasons.get(code, 0) + 1
                    continue
                first, _, last = values["page"].partition("-")
                key = (_key(values.get("file", "")), int(first), int(last or first))
                entry = found.setdefault(key, Entry(file=key[0], first=key[1], last=key[2], hcp_id=whom.hcp_id))
                if entry.hcp_id != whom.hcp_id:
                    reasons["page_of_two_people"] = reasons.get("page_of_two_people", 0) + 1
                    continue
                entry.notice = entry.notice or values.get("notice", "")
                entry.presented_on = entry.presented_on or values.get("presented", "")
                entry.acted_on = entry.acted_on or values.get("acted", "")
                entry.place = entry.place or values.get("place", "")
                pages = values.get("pages", "")
                entry.expected = entry.expected or (int(pages) if pages.isdigit() else 0)
                entry.answers.extend(FormAnswer(item=i, answer=values.get("answer", "")) for i in items)
    return FormIndex(tuple(found.values()), reasons)


def _key(name: str) -> str:
    return PureWindowsPath(name).name.casefold()
