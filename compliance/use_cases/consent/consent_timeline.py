"""The consent timeline of one person: bands per item and the acts behind them, for the screen and the proof pack.

Rules: (1) bands come from ``consent.bands``, which says at every instant what ``consent.status`` says; (2) an act is
shown with who entered it, who checked it, what was shown and how it stands by itself; (3) a withdrawn item keeps its
lawful period (REQ-029); (4) looking is logged, and reads nothing that is sealed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from compliance.clock import day_start
from compliance.consent.bands import Band, World, bands
from compliance.consent.ordering import acts_from
from compliance.consent.status import act_statuses
from compliance.errors import bad_input
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, EventKind, LineStatus
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import Reader, record_lines, terms
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session, known_notices
from compliance.use_cases.seat.times import not_yet
from compliance.use_cases.seeing.view_marks import mark_in

_RULES = ("consent_term_months", "ask_lock_days", "no_reply_days")
_CHECKS = (EventKind.CHECK_ACCEPTED, EventKind.CHECK_REJECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One event with what became of it. ``at`` is when it acts (a day only, where ``precision`` says so).

    ``status`` and ``code`` are how a yes stands by itself; of any other event they are "".
    """

    event: ConsentEvent
    at: datetime
    checked_by: str
    checked_at: datetime | None
    rendering: str  # hash of the notice as it was shown
    status: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTimeline:
    """One item: bands oldest first, acts oldest first, and where it stands now."""

    item: str
    purpose: str
    bands: tuple[Band, ...]
    acts: tuple[Act, ...]
    now: LineStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentTimeline:
    """All items of a person until ``at``. ``mark`` tells a view whether it still holds (:mod:`.view_marks`)."""

    hcp_id: str
    at: datetime
    items: tuple[ItemTimeline, ...]
    mark: str


def consent_timeline(
    session: Session, *, hcp_id: str, purpose: str = "", item: str = "", known_at: datetime | None = None
) -> Answer[ConsentTimeline | Refusal]:
    """The consent timeline of ``hcp_id``; only items of ``purpose`` or one ``item`` where asked."""
    now = session.now()
    if no := barred(session, "consent_status", at=now, hcp_id=hcp_id):
        return no
    if item and not session.policy.knows_item(item):
        raise bad_input("unknown_line", "line", item, session.policy.nearest_item(item))
    not_yet(known_at, field="known_at", now=now)
    with session.vault.unit_of_work() as uow:
        known_person(uow, hcp_id)
        found = item_timelines(session, uow, hcp_id=hcp_id, until=now, known_at=known_at)
        mark = mark_in(session, uow, hcp_id=hcp_id, at=now)
        uow.commit(
            session.event(
                Kind.PROFILE_OPENED,
                at=now,
                hcps=(hcp_id,),
                purpose=str(Purpose.RIGHTS),
                fields=("channel_consents",),
                detail={"what": "consent_timeline"},
            )
        )
    chosen = tuple(x for x in found if (not item or x.item == item) and (not purpose or x.purpose == purpose))
    made = ConsentTimeline(hcp_id=hcp_id, at=now, items=chosen, mark=mark)
    return Answer(made, Changes(audit=True))


def item_timelines(
    session: Session, reader: Reader, *, hcp_id: str, until: datetime, known_at: datetime | None = None
) -> tuple[ItemTimeline, ...]:
    """Every item something was recorded about, by name, in an open transaction."""
    events = [e for e in reader.consents.events(hcp_id) if known_at is None or e.recorded_at <= known_at]
    world = _world(session, reader, known_at)
    lines = record_lines(session, reader, hcp_id=hcp_id, at=until, known_at=known_at)
    return tuple(
        ItemTimeline(
            item=item,
            purpose=line.purpose,
            bands=_with_archive(bands(events, item=item, world=world(item), until=until), line),
            acts=_acts(session, reader, events, item=item, until=until, known_at=known_at),
            now=line,
        )
        for item, line in sorted(lines.items())
    )


def _with_archive(found: tuple[Band, ...], line: LineStatus) -> tuple[Band, ...]:
    """The last band ends where the item became evidence only."""
    if line.archived_since is None or not found:
        return found
    last = found[-1]
    over = replace(last, begins=max(last.begins, line.archived_since), status=line.status)
    before = (replace(last, ends=over.begins),) if last.begins < over.begins else ()
    return (*found[:-1], *before, over)


def _world(session: Session, reader: Reader, known_at: datetime | None) -> Callable[[str], World]:
    policy = session.policy
    days = [
        day_start(v.from_day) for key in _RULES if key in policy.parameters for v in policy.parameters[key].versions
    ]
    own = reader.settings.get("ask_lock_days") or ""
    days += [day_start(date.fromisoformat(p.partition("=")[0].strip())) for p in own.split(";") if p.strip()]
    versions = tuple(known_notices(session, reader).values())
    stops, ends = tuple(reader.stops.all()), reader.campaigns.old_scope_ends(known_at)

    def of(item: str) -> World:
        return World(
            terms_of=lambda at: terms(session, item, at=at, reader=reader),
            versions=versions,
            stops=stops,
            old_scope_ends=ends,
            rule_days=days,
            known_at=known_at,
        )

    return of


def _acts(
    session: Session,
    reader: Reader,
    events: Sequence[ConsentEvent],
    *,
    item: str,
    until: datetime,
    known_at: datetime | None,
) -> tuple[Act, ...]:
    mine = [e for e in events if e.item == item]
    checks = {e.target: e for e in mine if e.kind in _CHECKS}
    own = act_statuses(
        mine,
        terms=terms(session, item, at=until, reader=reader),
        item=item,
        at=until,
        known_at=known_at,
        notices=known_notices(session, reader),
    )
    found = []
    for event in mine:
        check, stands, shown = checks.get(event.event_id), own.get(event.event_id), None
        if event.kind not in _CHECKS:
            shown = reader.renderings.shown(event.event_id)
        found.append(
            Act(
                event=event,
                at=acts_from(event),
                checked_by=check.recorded_by if check else "",
                checked_at=check.recorded_at if check else None,
                rendering=shown.rendering if shown else "",
                status=str(stands.status) if stands else "",
                code=str(stands.code) if stands else "",
            )
        )
    return tuple(sorted(found, key=lambda a: (a.at, a.event.recorded_at)))
