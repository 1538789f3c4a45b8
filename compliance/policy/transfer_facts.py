"""The facts of one planned export, and reading them from an assess file.

Rules: (1) yes, no and unknown are three answers; ``has_important``, ``is_ciio`` and ``claim_ok`` that nobody answered
are unknown; (2) the plain questions have the usual answer when left out (personal data: yes, foreign request: no,
restricted list: no - its check is gate G8); (3) every faulty field is reported, with its nearest known name.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum

from compliance.clock import shanghai_day
from compliance.errors import Fault
from compliance.policy.limits import export_year
from compliance.policy.tables import nearest


class Tri(StrEnum):
    """yes, no, unknown."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFacts:
    """Inputs of law.md 2.3 and 2.4. Numbers are distinct persons of this year, this batch included.

    ``batch_sens``: sensitive persons of this batch. ``recipient`` is the register's id. ``notice_names_recipient`` and
    ``consent_names_recipient`` say whether notice and consents name this very recipient ("affiliates" is no name);
    ``notice_items`` which of name, contact, purpose, method, kinds, rights (and necessity, effect) the notice holds,
    where that was looked at one by one. ``consents_missing``: persons of the batch without a valid separate consent.
    ``pipia_covers`` NO: purpose, kinds, count, recipient or country lie outside the assessment. Dates are legal days.
    """

    origin: str = "china"
    has_pi: Tri = Tri.YES
    has_important: Tri = Tri.UNKNOWN
    is_ciio: Tri = Tri.UNKNOWN
    claim: str = "none"
    claim_ok: Tri = Tri.UNKNOWN
    claim_statute: str = ""
    contract_party: str = ""
    subject: str = "hcp"
    ftz_list_version: str = ""
    n_ord: int | None = None
    n_sens: int | None = None
    batch_sens: int = 0
    unmerged_duplicates: int = 0
    foreign_judicial: Tri = Tri.NO
    approved_by_cn_authority: Tri = Tri.NO
    on_restricted_list: Tri = Tri.NO
    restricted_list_checked_on: date | None = None
    recipient: str = ""
    purpose: str = ""
    notice_names_recipient: Tri = Tri.UNKNOWN
    notice_items: frozenset[str] | None = None
    basis: str = "consent"
    strict: bool = True
    consent_names_recipient: Tri = Tri.UNKNOWN
    consents_missing: int | None = None
    pipia_approved: Tri = Tri.UNKNOWN
    pipia_covers: Tri = Tri.UNKNOWN
    result_letter_on: date | None = None
    result_letter_until: date | None = None
    result_scope_ok: Tri = Tri.UNKNOWN
    result_persons: int | None = None
    contract_effective_on: date | None = None
    contract_filed_on: date | None = None
    certificate_on: date | None = None
    certificate_scope_ok: Tri = Tri.UNKNOWN
    fields_within_purpose: Tri = Tri.UNKNOWN
    sensitive_encrypted: Tri = Tri.UNKNOWN


@dataclass(frozen=True, slots=True)
class Export:
    """One past or planned act: who left in which data kind, when."""

    at: datetime
    person: str
    sensitive: bool = False
    exempt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Distinct persons of a year."""

    year: int
    ordinary: int
    sensitive: int
    persons: frozenset[str] = field(repr=False)


#: Exemptions that can be claimed (rows X05 to X10), and none.
CLAIMS = ("none", "contract", "hr", "emergency", "statutory_duty", "ftz", "transit")
#: Values of an assess file in code form.
_CODE = re.compile(r"[A-Za-z0-9 .,:()/_-]{1,60}")
_TRI = {"yes": Tri.YES, "no": Tri.NO, "unknown": Tri.UNKNOWN, "true": Tri.YES, "false": Tri.NO}


def tally(exports: Iterable[Export], *, at: datetime) -> Tally:
    """Persons of the year of ``at`` (Shanghai). A person with both kinds counts in both (stricter).

    Unmerged duplicates count each; acts under CBDF 3, 4, 5(1) to (3), 6 do not count.
    """
    year = export_year(at)
    mine = [e for e in exports if export_year(e.at) == year and not e.exempt]
    ordinary = frozenset(e.person for e in mine if not e.sensitive)
    sensitive = frozenset(e.person for e in mine if e.sensitive)
    return Tally(year=year, ordinary=len(ordinary), sensitive=len(sensitive), persons=ordinary | sensitive)


def transfer_facts(data: Mapping[str, object], *, claims: Iterable[str] = CLAIMS) -> TransferFacts | tuple[Fault, ...]:
    """Facts from the keys of an assess file, or every fault."""
    known = {f.name: f for f in fields(TransferFacts)}
    found: dict[str, object] = {}
    faults: list[Fault] = []
    for key, value in data.items():
        if key not in known:
            faults.append(Fault(key, "unknown_key", key, nearest(key, known)))
            continue
        read = _read(str(known[key].type), value)
        if isinstance(read, _Bad):
            faults.append(Fault(key, read.code, str(value)[:40], read.wanted))
        else:
            found[key] = read
    claim = found.get("claim", "none")
    if isinstance(claim, str) and claim not in claims:
        faults.append(Fault("claim", "unknown_claim", claim, nearest(claim, claims)))
    for number in ("n_ord", "n_sens", "batch_sens", "unmerged_duplicates", "consents_missing", "result_persons"):
        stated = found.get(number)
        if isinstance(stated, int) and stated < 0:
            faults.append(Fault(number, "negative", str(stated)))
    return tuple(faults) if faults else TransferFacts(**found)  # type: ignore[arg-type]


def kept_facts(facts: TransferFacts) -> tuple[str, bool]:
    """What differs from an empty file, as one line for the log that :func:`transfer_facts` reads back, and whether that
    is all of it: a text that is no code or number of a paper stays out, for it might name somebody."""
    empty, kept, whole = TransferFacts(), dict[str, object](), True
    for f in fields(TransferFacts):
        value = getattr(facts, f.name)
        if value == getattr(empty, f.name):
            continue
        if isinstance(value, str) and not isinstance(value, Tri) and not _CODE.fullmatch(value):
            whole = False
        elif isinstance(value, frozenset):
            kept[f.name] = sorted(value)
        else:
            kept[f.name] = value.isoformat() if isinstance(value, date) else value
    return json.dumps(kept, sort_keys=True, separators=(",", ":")), whole


@dataclass(frozen=True, slots=True)
class _Bad:
    code: str
    wanted: str


def _read(kind: str, value: object) -> object:
    """``value`` as the type named by a field of :class:`TransferFacts`, whose names are the text of its annotation."""
    if "Tri" in kind:
        word = str(value).lower() if isinstance(value, str | bool) else ""
        return _TRI.get(word, _Bad("not_tristate", "yes|no|unknown"))
    if "frozenset" in kind:
        if isinstance(value, list) and all(isinstance(v, str) for v in value):
            return frozenset(value)
        return _Bad("wrong_type", "list of texts")
    if "date" in kind:
        return _read_day(value)
    if "bool" in kind:
        return value if isinstance(value, bool) else _Bad("wrong_type", "true|false")
    if "int" in kind:
        return value if isinstance(value, int) and not isinstance(value, bool) else _Bad("wrong_type", "int")
    return value if isinstance(value, str) else _Bad("wrong_type", "text")


def _read_day(value: object) -> object:
    if isinstance(value, datetime):
        return shanghai_day(value) if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return _Bad("bad_date", "2026-11-24")
