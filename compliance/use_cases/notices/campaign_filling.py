"""The deliveries of a changed notice, made in short turns once the version is in force (PIPL 14(2), 17(2)).

Rules: (1) what a consent is worth never waits for this: each read works it out from the notices themselves; (2) the
transaction that puts a version in force opens the campaign and notes that its deliveries are unfinished, so no version
that concerns people is without a delivery plan for an instant; (3) the deliveries follow, so many people at a time,
each turn a short transaction with its own entry: no seat waits long, whatever their number; (4) a turn notes with what
it wrote how far it came. Whoever goes on - this seat, or after a stop or a crash the next opening by someone who runs
campaigns - begins there, and nobody is taken in twice; (5) who was handed the new version or answered it meanwhile has
had the delivery.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from compliance.consent.scope import ChangeClass, diff
from compliance.model.audit import Kind
from compliance.model.consent import NoticeVersion
from compliance.model.ids import MANY, new_id, new_ids
from compliance.model.notice import Campaign, Delivery
from compliance.model.register import Task
from compliance.progress import NoProgress, Phase, Progress
from compliance.use_cases.seat.duties import may
from compliance.use_cases.seat.session import Session
from compliance.vault import Snapshot, UnitOfWork

TASK = "deliver_notice"
#: Setting that holds, for each campaign whose deliveries are unfinished, the last person looked at and the seat at it.
UNFINISHED = "campaigns_unfinished"
#: People looked at in one turn: some twenty milliseconds of writing for each thousand concerned.
_TURN = 1000
_LISTED_BY_NAME = 500


def open_campaign(session: Session, uow: UnitOfWork, version: NoticeVersion, *, at: datetime) -> Campaign | None:
    """The campaign of ``version``, with its deliveries noted as unfinished (rule 2); None where nobody is concerned.

    Called inside the transaction that puts a version in force. The caller commits and then calls :func:`fill`.
    """
    found = next((c for c in uow.campaigns.all() if c.notice == version.ref), None)
    change = _concerns(uow, version, at=at)
    if found is None and change is ChangeClass.NONE:
        return None
    campaign = found or Campaign(
        campaign_id=new_id("CP"),
        notice=version.ref,
        predecessor=version.predecessor or "",
        change=str(change),
        started_at=at,
        started_by=session.actor,
        due=None,
        old_scope_ends=None,
        closed_at=None,
    )
    uow.campaigns.put(campaign)
    if campaign.closed_at is None:
        _note(uow, campaign.campaign_id, -1, session.vault.seat)
    return campaign


def fill(session: Session, *, campaign_id: str, progress: Progress) -> None:
    """Make the deliveries that are missing, turn by turn. A stop leaves the rest to the next opening (rule 4)."""
    at = session.now()
    progress.phase(Phase.PUBLISHING)
    with session.vault.snapshot() as snap:
        total = snap.people.count()
    looked = 0
    while (turn := _next(session, campaign_id, at)) is not None:
        looked += turn.looked
        progress.tick(min(looked, total), total)
        _write(session, campaign_id, turn, at=at)
        session.vault.give_way()
    progress.tick(total, total)


def unfinished(reader: UnitOfWork | Snapshot) -> frozenset[str]:
    """Campaigns whose deliveries are not all made yet."""
    return frozenset(_marks(reader))


def go_on(session: Session) -> None:
    """After opening: finish what a stop or a crash left, unless a living seat is at it (rule 4)."""
    if session.restricted or not may(session.role, "run_campaign"):
        return
    with session.vault.snapshot() as snap:
        marks = _marks(snap)
    living = session.vault.living_seats() - {session.vault.seat} if marks else frozenset()
    for campaign_id, mark in marks.items():
        if mark.seat not in living:
            fill(session, campaign_id=campaign_id, progress=NoProgress())


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the people a change concerns: person → items to ask again about (none: only to tell), and their reps."""

    items: Mapping[str, tuple[str, ...]]
    rep_of: Mapping[str, str]
    looked: int
    last: int


def earlier_versions(reader: UnitOfWork | Snapshot, version: NoticeVersion) -> list[NoticeVersion]:
    """The other versions of the same notice."""
    return [n for n in reader.notices.all() if n.notice == version.notice and n.ref != version.ref]


def part_after(
    reader: UnitOfWork | Snapshot, earlier: Iterable[NoticeVersion], new: NoticeVersion, *, at: datetime, after: int
) -> Part | None:
    """The next people with a consent in force under ``earlier``; None where nobody is left to look at."""
    asked, told = _sides(earlier, new)
    if not asked:
        return None
    page = reader.consents.held_under(tuple(asked), at=at, after=after, limit=_TURN)
    if page is None:
        return None
    found: dict[str, tuple[str, ...]] = {}
    same: dict[tuple[str, ...], tuple[str, ...]] = {}
    for hcp_id, lines in page.held.items():
        if any(item in asked[ref] or item in told[ref] or "" in told[ref] for item, ref in lines):
            items = tuple(sorted({item for item, ref in lines if item in asked[ref]}))
            found[hcp_id] = same.setdefault(items, items)
    return Part(found, page.reps, page.looked, page.last)


@dataclass(frozen=True, slots=True)
class _Mark:
    after: int
    seat: str


@dataclass(frozen=True, slots=True)
class _Turn:
    """Where a turn begins, and how many people before it concern nobody."""

    mark: _Mark
    after: int
    looked: int


def _next(session: Session, campaign_id: str, at: datetime) -> _Turn | None:
    """The next turn with somebody in it, or the last one; found without holding the write lock. None: finished."""
    looked = 0
    with session.vault.snapshot() as snap:
        mark = _marks(snap).get(campaign_id)
        if mark is None:
            return None
        version = _version(snap, campaign_id)
        earlier, after = earlier_versions(snap, version), mark.after
        while (part := part_after(snap, earlier, version, at=at, after=after)) is not None:
            looked += part.looked
            if part.items:
                break
            after = part.last
    return _Turn(mark, after, looked)


def _write(session: Session, campaign_id: str, turn: _Turn, *, at: datetime) -> None:
    with session.vault.unit_of_work() as uow:
        if _marks(uow).get(campaign_id) != turn.mark:
            return  # another seat went on meanwhile
        version = _version(uow, campaign_id)
        campaign = uow.campaigns.get(campaign_id)
        assert campaign is not None
        part = part_after(uow, earlier_versions(uow, version), version, at=at, after=turn.after)
        added: tuple[str, ...] = ()
        if part is None or campaign.closed_at is not None:
            _note(uow, campaign_id, None, "")
        else:
            have = uow.campaigns.people(campaign_id, among=tuple(part.items))
            fresh = {hcp_id: items for hcp_id, items in part.items.items() if hcp_id not in have}
            _add(uow, campaign, fresh, part.rep_of, at=at)
            added = tuple(fresh)
            _note(uow, campaign_id, part.last, session.vault.seat)
        uow.commit(
            session.event(
                Kind.CAMPAIGN_STARTED,
                at=at,
                hcps=added if len(added) <= _LISTED_BY_NAME else (),
                detail={
                    "campaign": campaign_id,
                    "notice": campaign.notice,
                    "deliveries": len(added),
                    "finished": part is None,
                },
            )
        )


def _add(
    uow: UnitOfWork,
    campaign: Campaign,
    fresh: Mapping[str, tuple[str, ...]],
    rep_of: Mapping[str, str],
    *,
    at: datetime,
) -> None:
    ids = new_ids("TK", len(fresh), MANY)
    reached = uow.consents.spoken_under(campaign.notice, tuple(fresh))  # rule 5
    uow.tasks.add_new(
        Task(
            task_id=task_id,
            kind=TASK,
            hcp_id=hcp_id,
            subject=campaign.campaign_id,
            due=campaign.due,
            opened_at=at,
            done_at=at if hcp_id in reached else None,
            done_by="",
        )
        for hcp_id, task_id in zip(fresh, ids, strict=True)
    )
    uow.campaigns.add_deliveries(
        Delivery(
            campaign_id=campaign.campaign_id,
            hcp_id=hcp_id,
            action="ask" if items else "inform",
            items=items,
            rep=rep_of.get(hcp_id, ""),
            task_id=task_id,
            delivered_at=at if hcp_id in reached else None,
            channel="",
            result=reached.get(hcp_id, ""),
        )
        for (hcp_id, items), task_id in zip(fresh.items(), ids, strict=True)
    )


def _concerns(reader: UnitOfWork | Snapshot, new: NoticeVersion, *, at: datetime) -> ChangeClass:
    """Whether anybody must be asked, or only told, or nobody."""
    asked, told = _sides(earlier_versions(reader, new), new)
    if any(items and reader.consents.any_under(ref, tuple(items), at=at) for ref, items in asked.items()):
        return ChangeClass.RECONSENT
    for ref, items in told.items():
        if items and reader.consents.any_under(ref, () if "" in items else tuple(items), at=at):
            return ChangeClass.INFORM
    return ChangeClass.NONE


def _sides(earlier: Iterable[NoticeVersion], new: NoticeVersion) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """ref of an earlier version → items to ask again about, and items somebody must be told of ("": any)."""
    asked: dict[str, set[str]] = {}
    told: dict[str, set[str]] = {}
    for old in earlier:
        change = diff(old, new)
        if change.cls is not ChangeClass.NONE:
            asked[old.ref] = set(change.items_to_ask)
            told[old.ref] = {c.item for c in change.elements if c.cls is not ChangeClass.NONE}
    return asked, told


def _version(reader: UnitOfWork | Snapshot, campaign_id: str) -> NoticeVersion:
    campaign = reader.campaigns.get(campaign_id)
    version = reader.notices.get(campaign.notice) if campaign else None
    assert version is not None  # neither is ever deleted
    return version


def _marks(reader: UnitOfWork | Snapshot) -> dict[str, _Mark]:
    found: dict[str, list[object]] = json.loads(reader.settings.get(UNFINISHED) or "{}")
    return {key: _Mark(int(str(after)), str(seat)) for key, (after, seat) in found.items()}


def _note(uow: UnitOfWork, campaign_id: str, after: int | None, seat: str) -> None:
    marks = _marks(uow)
    marks.pop(campaign_id, None)
    if after is not None:
        marks[campaign_id] = _Mark(after, seat)
    uow.settings.set(UNFINISHED, json.dumps({key: [mark.after, mark.seat] for key, mark in sorted(marks.items())}))
