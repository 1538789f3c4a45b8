"""What an audit report is about: the whole store, a year, one person, one colleague or one transfer abroad.

Rules: (1) one scope per report; (2) an entry belongs to a person it names, to a colleague who acted in it or whom it
is about, to a transfer whose recipient or list number it bears; (3) a scope nobody ever heard of is bad input.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from compliance.clock import day_start, shanghai_day
from compliance.errors import bad_input
from compliance.exports.audit_data import ReportKind
from compliance.model.audit import Kind
from compliance.use_cases.seat.facts import Reader

#: Members of an entry's detail that name the colleague it is about.
_ABOUT = ("user", "rep", "requested_by", "deputy")
#: Members that name a recipient overseas or the list that was sent.
_SENT = ("recipient", "serial")
#: A refused try names whatever was typed; it makes nobody known.
_HAPPENED = tuple(kind for kind in Kind if kind is not Kind.ACCESS_REFUSED)
FIRST_YEAR = 2021  # PIPL is in force from 1 November 2021


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """``of``: pseudonym, account, recipient or list number, year; "" for the whole store."""

    kind: ReportKind
    of: str = ""

    def covers(self, entry: Mapping[str, Any]) -> bool:
        """Whether an entry belongs to the report."""
        detail = entry["detail"]
        if self.kind is ReportKind.PERSON:
            return self.of in entry["hcps"]
        if self.kind is ReportKind.USER:
            return entry["actor"] == self.of or any(detail.get(key) == self.of for key in _ABOUT)
        if self.kind is ReportKind.TRANSFER:
            return any(detail.get(key) == self.of for key in _SENT) or detail.get("covers") == f"overseas:{self.of}"
        return True


def scope_of(*, hcp: str | None, user: str | None, transfer: str | None, year: int | None) -> Scope:
    """The scope of the options. InputErrors ``scope_one_only``."""
    given = [
        Scope(kind=kind, of=value)
        for kind, value in ((ReportKind.PERSON, hcp), (ReportKind.USER, user), (ReportKind.TRANSFER, transfer))
        if value
    ]
    if len(given) + (year is not None) > 1:
        raise bad_input("scope_one_only", "hcp")
    if given:
        return given[0]
    return Scope(kind=ReportKind.STORE) if year is None else Scope(kind=ReportKind.YEAR, of=str(year))


def year_bounds(year: int, now: datetime) -> tuple[datetime, datetime]:
    """The calendar year as far as it has come. InputErrors ``year_out_of_range``."""
    if not FIRST_YEAR <= year <= shanghai_day(now).year:
        raise bad_input("year_out_of_range", "year", str(year), f"{FIRST_YEAR}-{shanghai_day(now).year}")
    return day_start(date(year, 1, 1)), day_start(date(year + 1, 1, 1))


def require_known(reader: Reader, scope: Scope) -> None:
    """InputErrors ``unknown_person``, ``unknown_user`` or ``unknown_transfer``."""
    if scope.kind is ReportKind.PERSON:
        if reader.people.get(scope.of) is None and not reader.log.find(kind=_HAPPENED, hcp=scope.of, limit=1):
            raise bad_input("unknown_person", "hcp")
    elif scope.kind is ReportKind.USER:
        known = reader.users.get(scope.of) is not None or reader.reps.get(scope.of) is not None
        if not known:
            raise bad_input("unknown_user", "user", scope.of)
    elif scope.kind is ReportKind.TRANSFER and reader.recipients.get(scope.of) is None:
        sent = reader.log.find(kind=(Kind.TRANSFER_SENT, Kind.EXPORT_WRITTEN), limit=1_000_000)
        if not any(entry.data["detail"].get("serial") == scope.of for entry in sent):
            raise bad_input("unknown_transfer", "transfer", scope.of)
