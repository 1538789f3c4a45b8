"""The tag catalogue: what each field is for, how it is made, what may be said of it; and whether a guess still holds.

Rules: (1) the catalogue is of the rule set in force and holds no personal data; (2) a predictive field has to be
validated by somebody, and a validation holds so many days (R07; parameter ``validation_days``): afterwards the value
is marked *not validated*, and no rep, sheet or pack gets it (PIPL 8, 24); (3) a validation names its day, the size of
its sample and its method, and may be no older than it says.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.model.access import FIELD_ROLES, FieldState, Purpose, Role
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.profile import ShownField, ValueStatus
from compliance.policy.catalogue import FieldDef, Words
from compliance.policy.tags import TagDef
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.session import Session
from compliance.vault import Snapshot, TagValidation, UnitOfWork

LEAST_SAMPLE = 1
_LONGEST = 300
NOT_VALIDATED = "not_validated"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRow:
    """One field of the catalogue as it stands today."""

    field: FieldDef
    tag: TagDef
    necessity: dict[Purpose, Words]
    validated_on: date | None
    valid_to: date | None
    version: str

    @property
    def validated(self) -> bool | None:
        """Whether a predictive field is validated; None for one that guesses nothing."""
        return None if self.field.tag_type != "predictive" else self.valid_to is not None


def list_tags(session: Session, *, text: str = "") -> Answer[tuple[TagRow, ...]]:
    """The catalogue, or what of it matches ``text`` by key, label or dimension."""
    now = session.now()
    with session.vault.snapshot() as snap:
        rows = _rows(session, snap, now)
    wanted = text.strip().casefold()
    return Answer(tuple(row for row in rows if not wanted or wanted in _words(session, row)))


def show_tag(session: Session, *, key: str) -> Answer[TagRow]:
    """One field. InputErrors ``unknown_field`` with the nearest."""
    now = session.now()
    with session.vault.snapshot() as snap:
        found = next((row for row in _rows(session, snap, now) if row.field.key == key), None)
    if found is None:
        raise bad_input("unknown_field", "key", key, session.policy.nearest_field(key))
    return Answer(found)


def validate_tag(
    session: Session, *, key: str, validated_on: date, sample: int, method: str
) -> Answer[TagValidation | Refusal]:
    """Record that a predictive field was validated. InputErrors ``unknown_field``, ``not_predictive``,
    ``in_the_future``, ``validation_too_old``, ``sample_too_small``, ``method_missing``, ``too_long``."""
    now = session.now()
    if no := barred(session, "validate_tag", at=now):
        return no
    if session.policy.field(key) is None:
        raise bad_input("unknown_field", "key", key, session.policy.nearest_field(key))
    if key not in session.policy.predictive:
        raise bad_input("not_predictive", "key", key)
    if validated_on > shanghai_day(now):
        raise bad_input("in_the_future", "validated_on")
    if not _holds(session, validated_on, now):
        raise bad_input("validation_too_old", "validated_on")
    if sample < LEAST_SAMPLE:
        raise bad_input("sample_too_small", "sample")
    if not method.strip():
        raise bad_input("method_missing", "method")
    if len(method) > _LONGEST:
        raise bad_input("too_long", "method", "", str(_LONGEST))
    guard(session, {"method": method})
    done = TagValidation(
        key=key, validated_on=validated_on, sample=sample, method=method.strip(), said_at=now, said_by=session.actor
    )
    with session.vault.unit_of_work() as uow:
        uow.tag_validations.put(done)
        detail = {"validated_on": validated_on.isoformat(), "sample": sample}
        uow.commit(session.event(Kind.TAG_VALIDATED, at=now, fields=(key,), detail=detail))
    return Answer(done, Changes(settings=True, people=True, audit=True))


def unvalidated(
    session: Session, reader: UnitOfWork | Snapshot, keys: frozenset[str], *, at: datetime
) -> frozenset[str]:
    """Of these fields the predictive ones whose validation is missing or too old."""
    asked = keys & session.policy.predictive
    if not asked:
        return asked
    last = reader.tag_validations.last()
    return frozenset(k for k in asked if k not in last or not _holds(session, last[k].validated_on, at))


def guarded(session: Session, shown: dict[str, ShownField], keys: frozenset[str], role: Role) -> dict[str, ShownField]:
    """``shown`` with the fields ``keys`` marked as not validated, and withheld from whoever works in the field."""
    out = dict(shown)
    for key in keys:
        field = shown.get(key)
        if field is None or field.value is None:
            continue
        if role in FIELD_ROLES:
            out[key] = ShownField(
                key=key,
                state=FieldState.WITHHELD,
                value=None,
                reason=NOT_VALIDATED,
                references=session.policy.reasons[NOT_VALIDATED].references,
                lifted_by=f"lift.{NOT_VALIDATED}",
            )
        else:
            out[key] = replace(field, freshness=NOT_VALIDATED, status=ValueStatus.STALE)
    return out


def _rows(session: Session, reader: Snapshot, at: datetime) -> list[TagRow]:
    policy, last = session.policy, reader.tag_validations.last()
    grants = {purpose: grant for purpose, timeline in policy.grants.items() if (grant := timeline.at(at)) is not None}
    rows = []
    for key, field in policy.fields.items():
        tag = policy.tags.tags.get(key)
        if tag is None:
            continue
        done = last.get(key)
        days = policy.parameter("validation_days", at)
        holds = done is not None and _holds(session, done.validated_on, at)
        rows.append(
            TagRow(
                field=field,
                tag=tag,
                necessity={p: grant.fields[key].reason for p, grant in grants.items() if key in grant.fields},
                validated_on=done.validated_on if done else None,
                valid_to=done.validated_on + timedelta(days=days) if done and holds else None,
                version=policy.tags.version,
            )
        )
    return rows


def _words(session: Session, row: TagRow) -> str:
    known = session.policy.dimensions[row.field.dimension]
    label = row.field.label
    return "\n".join((row.field.key, label.zh, label.en, known.zh, known.en, row.field.tag_type)).casefold()


def _holds(session: Session, day: date, at: datetime) -> bool:
    return shanghai_day(at) <= day + timedelta(days=session.policy.parameter("validation_days", at))
