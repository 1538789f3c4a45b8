"""Rows of people: cells → checked values, an answer about consent, a status and every reason.

Counting (architecture section 13, docs/decisions/0014): blank, header and total rows are not read; a row is rejected
without a name or a hospital, with the key of another person, or with a basis the law does not know (REQ-010); it is a
duplicate when its licence or source id stood in an earlier row of the file; people who may be one (same name and
hospital, or same phone) are accepted and listed as candidates; rows of vendors and societies without proof of a basis
are quarantined, and so are rows with more cells than columns, whose values may stand under the wrong header. What a row
says that ends contact (person_states.py) is a code of the row, and whoever imports acts by it. A
duplicate keeps its answers: a withdrawal in a second row must not be lost with it. A no without a day has the day of
its row's last change, when the row gives one: it cannot have been said later.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path

from compliance.errors import bad_input
from compliance.importing.answers import (
    NOT_LAWFUL,
    channel_labels,
    read_answer,
    read_basis,
    read_channels,
    read_declines,
    read_method,
)
from compliance.importing.cell_columns import PeopleColumns, Said
from compliance.importing.contacts import loses_digits
from compliance.importing.dates import read_date
from compliance.importing.fields import MOST_NOTE, handler, read_region
from compliance.importing.guard import NoteGuard, apply_guard
from compliance.importing.mapping import ColumnPlan, Mapping, plan_columns
from compliance.importing.matching import KEY_OF_ANOTHER, Seen
from compliance.importing.names import join_name
from compliance.importing.noise import entries
from compliance.importing.person_states import COLUMNS, read_state, says_deceased
from compliance.importing.reading import Table, open_table
from compliance.importing.results import Counts, FileFacts, ImportedAnswer, Kind, RowResult, RowStatus
from compliance.importing.words import fold, table
from compliance.model.profile import SourceClass

MOST_SOURCE_ID = 60
#: Columns that hold the row's own date, and the order of day and month where it is known.
_SOURCE_DATES = {"source_date": "", "source_date_dmy": "dmy", "source_date_mdy": "mdy"}
#: Rows whose cells are read column by column, together.
_AT_ONCE = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleOptions:
    """What the use case knows before reading. ``today`` is the legal day: nothing later can have happened."""

    today: date
    source_class: SourceClass = SourceClass.FIRST
    source_code: str = ""
    basis_proof: bool = False
    quarantine: bool = False
    finance: bool = False
    keep_raw: bool = False
    mapping: Mapping | None = None


def read_people(
    path: Path,
    *,
    options: PeopleOptions,
    note_guard: NoteGuard,
    sheet: str | None = None,
    header_row: int | None = None,
    counts: Counts | None = None,
) -> Iterator[RowResult]:
    """Checked rows of ``path``, read in this process. Use cases read in a child: :func:`.child.open_rows`."""
    opened = open_table(path, kind=Kind.PEOPLE, sheet=sheet, header_row=header_row)
    plan = plan_columns(opened.header, mapping=options.mapping, finance=options.finance)
    account = counts if counts is not None else Counts()
    for result in PeopleReader(plan, options, account).results(opened):
        yield apply_guard(result, note_guard)
    opened.ensure_unchanged()
    if not account.read:
        raise bad_input("no_rows", "file")
    account.file_sha256 = opened.sha256


def file_facts(opened: Table, plan: ColumnPlan) -> FileFacts:
    """What is known of a file once its columns are planned."""
    return FileFacts(
        encoding=opened.encoding,
        separator=opened.separator,
        sheet=opened.sheet,
        sheets=opened.sheets,
        header_row=opened.header_row,
        used=tuple(column for _, column in plan.used),
        refused=plan.refused,
        unknown=plan.unknown,
        total_rows=opened.total_rows,
        hidden_rows=opened.hidden_rows,
    )


class PeopleReader:
    """Reads the rows of one file; remembers keys to find duplicates and candidates."""

    def __init__(self, plan: ColumnPlan, options: PeopleOptions, counts: Counts) -> None:
        self._options = options
        self._counts = counts
        self._columns = PeopleColumns(plan, keep_raw=options.keep_raw)
        self._items = [
            (target, target.partition(":")[2] or None)
            for target in self._columns.roles
            if target == "consent_answer" or target.startswith("consent:")
        ]
        self._states = [target for target in self._columns.roles if target in COLUMNS]
        self._hospital_place = next((p for p, c in plan.used if c.target == "institution_name"), None)
        self._dates = lru_cache(maxsize=20_000)(lambda text, order: read_date(text, today=options.today, order=order))
        self._answers = lru_cache(maxsize=20_000)(self._answer)
        self._words = lru_cache(maxsize=4_096)(partial(read_answer, answered_on=None, method=None))
        self._methods = lru_cache(maxsize=4_096)(read_method)
        self._seen = Seen()

    def results(self, opened: Table) -> Iterator[RowResult]:
        """Every read row of an open table, in order; the account is kept on the way."""
        width = len(opened.header)
        rows = entries(opened, keep_clear=self._hospital_place, counts=self._counts)
        while part := list(islice(rows, _AT_ONCE)):
            for (row, cells), said in zip(part, self._columns.read([cells for _, cells in part]), strict=True):
                result = self._row(row, said, extra=len(cells) > width and any(cell != "" for cell in cells[width:]))
                self._counts.add(result)
                yield result

    def _row(self, row: int, said: Said, *, extra: bool) -> RowResult:
        values, roles, codes, raw = said
        note = self._apply_roles(roles, values, codes)
        source_date = self._source_date(roles, codes)
        consents = self._dated(self._consents(roles, codes), source_date, codes)
        source_ids = self._source_ids(roles, values, codes)
        for target in self._states:
            if (text := roles.get(target)) and (code := read_state(target, text)):
                codes.append((target, code))
        if basis := roles.get("legal_basis"):
            self._basis(basis, codes)
        status = self._status(values, roles, codes)
        if extra:
            codes.append(("row", "extra_cells"))
            if status is RowStatus.ACCEPTED:
                status = RowStatus.QUARANTINED
        first_row: int | None = None
        candidates: tuple[tuple[int, str], ...] = ()
        if status is not RowStatus.REJECTED:
            name, hospital = values["full_name"], values["institution_name"]
            who = self._seen.who(name, hospital)
            earlier = self._seen.first(row, values.get("practice_licence_no"), source_ids, who)
            if earlier:
                first_row = earlier[0]
                codes.append(("row", earlier[1]))
                status = RowStatus.REJECTED if earlier[1] == KEY_OF_ANOTHER else RowStatus.DUPLICATE
            else:
                candidates = self._seen.candidates(row, who, values.get("mobile_phone"))
        return RowResult(
            row=row,
            status=status,
            values=values,
            source_date=source_date,
            source_ids=source_ids,
            consents=consents,
            codes=tuple(codes),
            first_row=first_row,
            candidates=candidates,
            data_source=_label(roles.get("data_source", "")),
            note=note,
            raw=raw,
        )

    def _apply_roles(self, roles: dict[str, str], values: dict[str, str], codes: list[tuple[str, str]]) -> str:
        """Fields made of several columns; gives the remark that waits for its guard."""
        family, given = roles.get("family_name", ""), roles.get("given_name", "")
        if "full_name" not in values and (family or given):
            kept, found = handler("full_name")(join_name(family, given))
            values.update(kept)
            codes.extend(("full_name", code) for code in found)
        province, city = roles.get("province", ""), roles.get("city", "") or roles.get("region", "")
        if province or city:
            region, code = _region(province, city)
            if region:
                values["region"] = region
            if code:
                codes.append(("region", code))
        note = roles.get("notes", "")
        return self._note(note, values, codes) if note else ""

    def _note(self, note: str, values: dict[str, str], codes: list[tuple[str, str]]) -> str:
        channels, nothing_at_all, active = _judge_note(note)
        if channels:
            held = read_channels(values.get("channel_optout", ""))[0]
            values["channel_optout"] = channel_labels(tuple(dict.fromkeys((*held, *channels))), ranked=False)
            codes.append(("notes", "note_declines_channel"))
        if nothing_at_all:
            codes.append(("notes", "note_do_not_contact"))
        if says_deceased(note):
            codes.append(("notes", "note_deceased"))
        if active:
            codes.append(("notes", "formula"))
            return ""
        if len(note) > MOST_NOTE:
            codes.append(("notes", "text_cut"))
        return note[:MOST_NOTE]

    def _source_date(self, roles: dict[str, str], codes: list[tuple[str, str]]) -> date | None:
        """Of several columns the first that holds a day; a template, or a header that only one language has, says in
        which order its parts stand."""
        for target, order in _SOURCE_DATES.items():
            if (text := roles.get(target)) and (day := self._date(text, "source_date", codes, order)):
                return day
        return None

    def _date(self, text: str, target: str, codes: list[tuple[str, str]], order: str = "") -> date | None:
        if not text:
            return None
        day, code = self._dates(text, order)
        if code:
            codes.append((target, code))
        return day

    def _consents(self, roles: dict[str, str], codes: list[tuple[str, str]]) -> tuple[ImportedAnswer, ...]:
        day = self._date(roles.get("consent_date", ""), "consent_date", codes)
        if not self._items:
            return ()
        found = []
        for target, item in self._items:
            text = roles.get(target)
            if text:
                answer, code = self._answers(text, item, day, roles.get("consent_method", ""))
                if code:
                    codes.append((target, code))
                if answer:
                    found.append(answer)
        return tuple(found)

    @staticmethod
    def _dated(
        answers: tuple[ImportedAnswer, ...], row_day: date | None, codes: list[tuple[str, str]]
    ) -> tuple[ImportedAnswer, ...]:
        """A no without a day was said at the latest when its row was last changed (docs/decisions/0009)."""
        if row_day is None or ("source_date", "date_month_only") in codes:
            return answers
        if all(answer.positive or answer.answered_on for answer in answers):
            return answers
        codes.append(("consent_answer", "no_dated_by_row"))
        return tuple(
            answer if answer.positive or answer.answered_on else replace(answer, answered_on=row_day)
            for answer in answers
        )

    def _answer(
        self, text: str, item: str | None, day: date | None, method: str
    ) -> tuple[ImportedAnswer | None, str | None]:
        """Words and methods are few, days are many."""
        answer, code = self._words(text, item=item)
        if answer is None or not (day or method):
            return answer, code
        how = self._methods(method) if method else None
        return ImportedAnswer(
            kind=answer.kind, items=answer.items, withdrawn=answer.withdrawn, answered_on=day, method=how
        ), code

    @staticmethod
    def _basis(text: str, codes: list[tuple[str, str]]) -> None:
        code = read_basis(text)
        if code:
            codes.append(("legal_basis", code))

    def _source_ids(
        self, roles: dict[str, str], values: dict[str, str], codes: list[tuple[str, str]]
    ) -> tuple[str, ...]:
        text = roles.get("source_id", "")
        if not text or fold(text) in _empty():
            return ()
        if loses_digits(text):  # the same for many people: it would make one of them
            codes.append(("source_id", "number_damaged"))
            return ()
        if text[0] in "=+-@" or len(text) > MOST_SOURCE_ID or ";" in text:
            codes.append(("source_id", "source_id_bad"))
            return ()
        if self._options.source_code:
            values["source_system_ids"] = f"{self._options.source_code}:{text}"
        return (text,)

    def _status(self, values: dict[str, str], roles: dict[str, str], codes: list[tuple[str, str]]) -> RowStatus:
        missing = False
        for key, code in (("full_name", "name_missing"), ("institution_name", "hospital_missing")):
            if key not in values:
                codes.append((key, code))
                missing = True
        if missing or (codes and any(code == NOT_LAWFUL for _, code in codes)):
            return RowStatus.REJECTED
        options = self._options
        if options.quarantine:
            codes.append(("source", "source_unproven"))
            return RowStatus.QUARANTINED
        outside = options.source_class in (SourceClass.SECOND, SourceClass.THIRD)
        if outside and options.basis_proof:
            return RowStatus.ACCEPTED  # the proof speaks for the source as a whole
        if outside:
            codes.append(("source", "source_unproven"))
            return RowStatus.QUARANTINED
        label = _label_class(roles.get("data_source", ""))
        if label:
            codes.append(("data_source", f"source_{label}_party"))
            return RowStatus.QUARANTINED
        return RowStatus.ACCEPTED


_region = lru_cache(maxsize=4096)(read_region)


@lru_cache(maxsize=2048)
def _judge_note(note: str) -> tuple[tuple[str, ...], bool, bool]:
    """(declined channels, declines everything, begins like a formula)."""
    channels, nothing_at_all = read_declines(note)
    return channels, nothing_at_all, note[0] in "=+-@"


@lru_cache(maxsize=2048)
def _label_class(label: str) -> str:
    """``third`` or ``second`` when a row says that outsiders collected it."""
    text = fold(label)
    labels: dict[str, list[str]] = table("values")["source_labels"]
    return next((kind for kind, words in labels.items() if any(fold(word) in text for word in words)), "")


def _label(text: str) -> str:
    return "" if text[:1] in ("=", "+", "-", "@") else text[:40]


@lru_cache(maxsize=1)
def _empty() -> frozenset[str]:
    return frozenset(map(fold, table("values")["empty"]))
