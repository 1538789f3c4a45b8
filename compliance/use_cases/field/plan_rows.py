"""Rows of a day plan, made from what a decision shows, at the office as on a rep's own computer.

Rules: (1) a person is named by surname and form of address; only where two at one hospital would read alike is the full
name used; (2) of what a decision shows nothing else is taken but department, hospital and its reception rule; (3)
people of one hospital stand together, hospitals in the order in which they are first visited.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from compliance.exports.day_plan_data import Hospital, Stop, Visit
from compliance.i18n import Lang, has, t
from compliance.model.access import AccessRefused, FieldState, Purpose, Reference
from compliance.model.profile import ShownField
from compliance.model.register import PaperPerson
from compliance.policy.names import surname

#: What a rep hears, whatever the cause.
CLOSED = "no_valid_consent"
#: All a plan takes of a profile.
_FIELDS = ("full_name", "salutation", "department", "institution_name", "institution_reception_rule")

PLAN_FIELDS = frozenset({*_FIELDS, "permitted_channels"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One person as decided. ``visit`` None: not on the paper at all. ``told``: what a rep hears, "" for yes."""

    hcp_id: str
    visit: Visit | None
    name: str = ""
    call: str = ""
    department: str = ""
    hospital: str = ""
    rule: str = ""
    channels: tuple[str, ...] = ()
    until: date | None = None
    told: str = ""
    references: tuple[Reference, ...] = ()
    fields: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """Surname and form of address."""
        return _called(surname(self.name), self.call)

    def __repr__(self) -> str:
        return f"Planned({self.hcp_id}, {self.visit})"


def row_of(
    hcp_id: str,
    shown: Mapping[str, ShownField],
    *,
    visit: Visit,
    channels: tuple[str, ...],
    until: date | None,
    lang: Lang,
) -> Planned:
    """The row of a person who is open, or may be asked. Whose name is not shown stays off, and is refused."""
    values = {key: _plain(shown.get(key), lang) for key in _FIELDS}
    named = bool(values["full_name"])
    return Planned(
        hcp_id=hcp_id,
        visit=visit if named else None,
        name=values["full_name"],
        call=values["salutation"] or t("paper.plan.doctor", lang),
        department=values["department"],
        hospital=values["institution_name"],
        rule=values["institution_reception_rule"],
        channels=channels,
        until=until,
        told="" if named else CLOSED,
        references=() if named else (Reference("PIPL", "6"),),
        fields=tuple(key for key in _FIELDS if values[key]),
    )


def refused_row(hcp_id: str, no: AccessRefused, *, name: str, hospital: str, lang: Lang) -> Planned:
    """The row of a closed person: named when they are the rep's own, else not on the paper."""
    return Planned(
        hcp_id=hcp_id,
        visit=Visit.CLOSED if name else None,
        name=name,
        call=t("paper.plan.doctor", lang),
        hospital=hospital,
        told=no.told,
        references=no.references,
    )


def grouped(rows: Sequence[Planned]) -> tuple[Hospital, ...]:
    """Hospitals with their people, numbered in visiting order."""
    on = [row for row in rows if row.visit is not None]
    alike = Counter((row.hospital, row.short) for row in on)
    places: dict[str, list[Planned]] = {}
    for row in on:
        places.setdefault(row.hospital, []).append(row)
    out, number = [], 0
    for name, people in places.items():
        stops = []
        for row in people:
            number += 1
            stops.append(_stop(row, number, full=alike[name, row.short] > 1))
        rule = next((row.rule for row in people if row.rule), "")
        out.append(Hospital(name=name, stops=tuple(stops), rule=rule))
    return tuple(out)


def named_on(rows: Sequence[Planned], purpose: Purpose) -> tuple[PaperPerson, ...]:
    """Everybody on the paper, each with the purpose they are shown for."""
    shown = {Visit.OPEN: purpose, Visit.ASK: Purpose.ASK, Visit.CLOSED: None}
    return tuple(PaperPerson(row.hcp_id, shown[row.visit]) for row in rows if row.visit is not None)


def words_on(rows: Sequence[Planned]) -> list[str]:
    """Every word that is printed on purpose, and its parts."""
    found: list[str] = []
    named = {stop.name for hospital in grouped(rows) for stop in hospital.stops}
    for row in rows:
        if row.visit is not None:
            found += [surname(row.name), row.call, row.hospital, row.department, row.rule, *row.channels]
            found += [row.name] if _called(row.name, row.call) in named else []
    return [*found, *named]


def _stop(row: Planned, number: int, *, full: bool) -> Stop:
    assert row.visit is not None
    return Stop(
        number=number,
        name=_called(row.name, row.call) if full else row.short,
        department=row.department,
        visit=row.visit,
        channels=row.channels,
        until=row.until,
    )


def _called(name: str, call: str) -> str:
    """王主任; in letters the form of address goes in front: Dr Doe."""
    return f"{call} {name}" if call.isascii() else f"{name}{call}"


def _plain(field: ShownField | None, lang: Lang) -> str:
    """A shown value in the reader's words; nothing masked or generalised is a name on a plan."""
    if field is None or field.state is not FieldState.DISCLOSED or not field.value:
        return ""
    key = f"value.{field.key}.{field.value}"
    return t(key, lang) if has(key) else field.value.replace("|", "、")
