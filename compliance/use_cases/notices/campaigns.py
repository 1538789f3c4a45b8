"""A changed notice and the people it concerns: plan, campaign, delivery, progress (PIPL 14(2), 17(2); REQ-007).

Rules: (1) the class of each change decides who is asked again, who is told, and that mere wording concerns nobody; (2)
putting a version in force that concerns people opens its campaign at once, with one delivery task per person
(:mod:`.campaign_filling`): no version without a delivery plan; (3) a delivery is closed by handing the new version
over, by an answer under it, by an entry with channel and result, or by a state that ends contact with the person; (4) a
campaign with an open or a missing delivery cannot be closed; (5) from the day the privacy officer names, the old scope
is no longer offered and lapses by itself for whoever has not agreed (law.md C15).
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from compliance.clock import shanghai_day
from compliance.consent.scope import NoticeDiff, diff
from compliance.errors import Cancelled, bad_input
from compliance.model.access import Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import AuditEvent, Kind
from compliance.model.notice import Campaign, Delivery
from compliance.progress import NoProgress, Progress
from compliance.use_cases.notices.campaign_filling import fill, open_campaign, part_after, unfinished
from compliance.use_cases.notices.notices import known_notice
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seat.times import starts_at
from compliance.vault import Snapshot, UnitOfWork

ANSWERS = ("given", "refused", "deferred", "no_answer")
RESULTS = ("delivered", "answered", "unreachable")
_LISTED_BY_NAME = 500
_BECAUSE = (Reference("PIPL", "17(2)"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of one rep's or territory's people are to be asked again or told."""

    name: str
    ask: int
    inform: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a change asks of the company."""

    old: str
    new: str
    change: NoticeDiff
    ask: int
    inform: int
    by_rep: tuple[Share, ...]
    by_territory: tuple[Share, ...]

    @property
    def people(self) -> int:
        """Everybody the change concerns."""
        return self.ask + self.inform


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressing:
    """Where a campaign stands. ``lapse`` counts who would lose the old scope today's state being the last word;
    ``done_by`` is the day the deliveries end at the pace so far, None before there is a pace; ``unfinished`` says that
    the deliveries are still being listed."""

    campaign: Campaign
    people: int
    ask: int
    inform: int
    delivered: int
    waiting: int
    answers: Mapping[str, int]
    by_rep: tuple[tuple[str, int, int], ...]
    lapse: int
    done_by: str | None
    unfinished: bool


def plan_change(session: Session, *, old: str, new: str) -> Answer[Plan]:
    """By element, who must be asked again, who told, who left alone; people counted by rep and territory."""
    before, after = known_notice(session, old), known_notice(session, new)
    now = session.now()
    asked: Counter[str] = Counter()
    told: Counter[str] = Counter()
    after_hcp = -1
    with session.vault.snapshot() as snap:
        territories = {rep.name: rep.territory for rep in snap.reps.all()}
        while (part := part_after(snap, [before], after, at=now, after=after_hcp)) is not None:
            for hcp_id, items in part.items.items():
                (asked if items else told)[part.rep_of.get(hcp_id, "")] += 1
            after_hcp = part.last
    return Answer(
        Plan(
            old=old,
            new=new,
            change=diff(before, after),
            ask=asked.total(),
            inform=told.total(),
            by_rep=_shares(asked, told, {}),
            by_territory=_shares(asked, told, territories),
        )
    )


def start_campaign(
    session: Session, *, ref: str, due: str = "", old_scope_ends: str = "", progress: Progress | None = None
) -> Answer[Campaign | Refusal]:
    """Open the campaign of a version in force, or set its dates and take in people who joined since."""
    now = session.now()
    if no := barred(session, "end_old_scope" if old_scope_ends else "run_campaign", at=now):
        return no
    version = known_notice(session, ref)
    if version.active_from is None:
        raise bad_input("notice_not_active", "notice", ref)
    until = starts_at(due, field="due", now=now) if due else None
    ends = starts_at(old_scope_ends, field="old_scope_ends", now=now) if old_scope_ends else None
    with session.vault.unit_of_work() as uow:
        campaign = open_campaign(session, uow, version, at=now)
        if campaign is None:
            raise bad_input("nobody_concerned", "notice", ref)
        if campaign.closed_at is not None:
            raise bad_input("campaign_closed", "campaign", campaign.campaign_id)
        if ends is not None and campaign.old_scope_ends is not None and campaign.old_scope_ends <= now:
            raise bad_input("old_scope_ended", "old_scope_ends")
        kept = replace(campaign, due=until or campaign.due, old_scope_ends=ends or campaign.old_scope_ends)
        uow.campaigns.put(kept)
        people = tuple(sorted(uow.campaigns.people(kept.campaign_id)))
        uow.commit(_entry(session, Kind.CAMPAIGN_STARTED, kept, at=now, people=people))
    with suppress(Cancelled):  # the campaign runs; what is left is made at the next opening
        fill(session, campaign_id=kept.campaign_id, progress=progress or NoProgress())
    return Answer(kept, Changes(consents=True, people=True, tasks=True, audit=True))


def note_delivery(
    session: Session, uow: UnitOfWork, hcp_id: str, *, notice: str, channel: str, result: str, at: datetime
) -> None:
    """A notice reached a person, or they answered it: close what waited (rule 3), keep the last answer. The caller
    commits."""
    running = {c.campaign_id for c in uow.campaigns.all() if c.notice == notice}
    for delivery in uow.campaigns.deliveries_to(hcp_id) if running else ():
        if delivery.campaign_id not in running:
            continue
        if delivery.delivered_at is None:
            _close_one(session, uow, delivery, channel=channel, result=result, at=at)
        elif result in ANSWERS:
            uow.campaigns.put_delivery(replace(delivery, result=result))


def end_deliveries(session: Session, uow: UnitOfWork, hcp_id: str, *, at: datetime) -> None:
    """Contact with a person has ended: what waited to be delivered is closed as *unreachable*, so that no campaign
    waits for them. The caller commits."""
    for delivery in uow.campaigns.deliveries_to(hcp_id):
        if delivery.delivered_at is None:
            _close_one(session, uow, delivery, channel="", result="unreachable", at=at)


def deliver(
    session: Session, *, campaign_id: str, hcp_id: str, channel: str, result: str = "delivered"
) -> Answer[Delivery | Refusal]:
    """Enter that a person was told, by which channel and with what result."""
    now = session.now()
    if no := barred(session, "deliver_notice", at=now, hcp_id=hcp_id):
        return no
    if result not in RESULTS:
        raise bad_input("unknown_result", "result", result, ", ".join(RESULTS))
    if not channel.strip():
        raise bad_input("missing", "channel")
    guard(session, {"channel": channel})
    with session.vault.unit_of_work() as uow:
        _known(uow, campaign_id)
        mine = [d for d in uow.campaigns.deliveries_to(hcp_id) if d.campaign_id == campaign_id]
        waiting = [d for d in mine if d.delivered_at is None]
        if not waiting:
            raise bad_input("no_open_delivery", "hcp")
        done = _close_one(session, uow, waiting[0], channel=channel.strip()[:40], result=result, at=now)
        uow.commit(
            session.event(
                Kind.CAMPAIGN_DELIVERED,
                at=now,
                hcps=(hcp_id,),
                detail={"campaign": campaign_id, "channel": done.channel, "result": result, "task": done.task_id},
            )
        )
    return Answer(done, Changes(tasks=True, audit=True))


def close_campaign(session: Session, *, campaign_id: str) -> Answer[Campaign | Refusal]:
    """End a campaign; refused while a delivery is open (REQ-007)."""
    now = session.now()
    if no := barred(session, "run_campaign", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        campaign = _known(uow, campaign_id)
        left = _waiting(uow, campaign_id)
        if left or campaign_id in unfinished(uow):
            return refuse(
                session,
                uow,
                at=now,
                reason="delivery_open",
                detail={"campaign": campaign_id, "open": len(left)},
                because=_BECAUSE,
                lifted_by=str(len(left)),
            )
        over = replace(campaign, closed_at=now)
        uow.campaigns.put(over)
        uow.commit(session.event(Kind.CAMPAIGN_CLOSED, at=now, detail={"campaign": campaign_id}))
    return Answer(over, Changes(tasks=True, audit=True))


def list_campaigns(session: Session) -> Answer[tuple[Campaign, ...]]:
    """All campaigns, newest first."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.campaigns.all()))


def show_campaign(session: Session, *, campaign_id: str) -> Answer[Progressing]:
    """Progress, answers, what is left by rep, and a forecast."""
    now = session.now()
    with session.vault.snapshot() as snap:
        campaign = _known(snap, campaign_id)
        counts = snap.campaigns.counts(campaign_id)
        answers, lapse = snap.campaigns.answers(campaign, at=now)
        growing = campaign_id in unfinished(snap)
    people, left, action = Counter[str](), Counter[str](), Counter[str]()
    for kind, rep, reached, count in counts:
        action[kind] += count
        people[rep] += count
        left[rep] += 0 if reached else count
    delivered = people.total() - left.total()
    return Answer(
        Progressing(
            campaign=campaign,
            people=people.total(),
            ask=action["ask"],
            inform=action["inform"],
            delivered=delivered,
            waiting=left.total(),
            answers=answers,
            by_rep=tuple((rep, count, left[rep]) for rep, count in sorted(people.items())),
            lapse=lapse,
            done_by=None if growing else _pace(campaign, delivered, left.total(), now),
            unfinished=growing,
        )
    )


def waiting_people(session: Session, *, campaign_id: str, rep: str = "") -> Answer[tuple[Delivery, ...]]:
    """Who still has to be reached, of one rep or all."""
    with session.vault.snapshot() as snap:
        _known(snap, campaign_id)
        return Answer(tuple(d for d in _waiting(snap, campaign_id) if not rep or d.rep == rep))


def _pace(campaign: Campaign, done: int, left: int, now: datetime) -> str | None:
    days = (now - campaign.started_at) / timedelta(days=1)
    if not left or not done or days <= 0:
        return None
    return shanghai_day(now + timedelta(days=left * days / done)).isoformat()


def _close_one(
    session: Session, uow: UnitOfWork, delivery: Delivery, *, channel: str, result: str, at: datetime
) -> Delivery:
    done = replace(delivery, delivered_at=at, channel=channel, result=result)
    uow.campaigns.put_delivery(done)
    task = uow.tasks.get(delivery.task_id)
    if task is not None and task.done_at is None:
        uow.tasks.done(delivery.task_id, at, session.actor)
    return done


def _waiting(reader: UnitOfWork | Snapshot, campaign_id: str) -> list[Delivery]:
    """Rule 3: a task ticked off elsewhere says nothing of channel and result, so the delivery stays open."""
    return [d for d in reader.campaigns.deliveries(campaign_id) if d.delivered_at is None]


def _known(reader: UnitOfWork | Snapshot, campaign_id: str) -> Campaign:
    campaign = reader.campaigns.get(campaign_id)
    if campaign is None:
        raise bad_input("unknown_campaign", "campaign", campaign_id)
    return campaign


def _shares(asked: Mapping[str, int], told: Mapping[str, int], group_of: Mapping[str, str]) -> tuple[Share, ...]:
    """Counts by rep, or by what ``group_of`` makes of a rep; "" for nobody's people."""
    ask: Counter[str] = Counter()
    inform: Counter[str] = Counter()
    for rep, count in asked.items():
        ask[group_of.get(rep, "") if group_of else rep] += count
    for rep, count in told.items():
        inform[group_of.get(rep, "") if group_of else rep] += count
    return tuple(Share(name=name, ask=ask[name], inform=inform[name]) for name in sorted({*ask, *inform}))


def _entry(session: Session, kind: Kind, campaign: Campaign, *, at: datetime, people: tuple[str, ...]) -> AuditEvent:
    return session.event(
        kind,
        at=at,
        hcps=people if len(people) <= _LISTED_BY_NAME else (),
        detail={
            "campaign": campaign.campaign_id,
            "notice": campaign.notice,
            "class": campaign.change,
            "people": len(people),
            "old_scope_ends": campaign.old_scope_ends.isoformat() if campaign.old_scope_ends else None,
        },
    )
