"""What needs me today: counts with a place to go, nothing hidden behind "more"."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.clock import shanghai_day
from compliance.model.access import BeforeProof
from compliance.model.answer import Answer
from compliance.model.consent import ConsentStatus
from compliance.model.intake import StackState
from compliance.model.register import BatchState
from compliance.profile.source_standing import Lack
from compliance.use_cases.consent.winding_down import kept_long_enough
from compliance.use_cases.ending.retention_due import due_counts
from compliance.use_cases.people.sources import standings
from compliance.use_cases.seat.accounts import signers_missing
from compliance.use_cases.seat.duties import may
from compliance.use_cases.seat.facts import before_proof, rules_for_lists
from compliance.use_cases.seat.session import Session, log_size
from compliance.use_cases.seeing.before_proof_seen import MARK
from compliance.use_cases.upkeep.backup_state import BackupState, Level, read_state

#: Stacks whose forms are somebody's work.
_WORKED = (StackState.OPEN, StackState.SAMPLING, StackState.RETURNED)
#: What a source may lack that somebody has to see to; scope and citation are only asked for.
_URGENT = frozenset({Lack.PROOF, Lack.SWITCH, Lack.REVIEW_OVER, Lack.REVIEW_SOON})
#: What "ends soon" means on this page.
SOON = timedelta(days=30)
#: How far the preview of what reaches its retention end looks.
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One thing to do. ``severity`` calm | due | alarm; ``target`` a place of the app."""

    key: str
    count: int
    severity: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The first page after unlocking."""

    tiles: tuple[Tile, ...]
    people: int
    log_entries: int
    last_backup: datetime | None
    warnings: tuple[str, ...]
    next_due: datetime | None


def today(session: Session) -> Answer[Today]:
    """Counts for the person at this vault."""
    now = session.now()
    with session.vault.snapshot() as snap:
        checks = snap.waits.count()
        rules = rules_for_lists(session, snap, at=now)
        soon, next_end = snap.consents.ends(now + SOON, after=now, rules=rules)
        unproven = snap.consents.count_waiting(ConsentStatus.UNPROVEN)
        outdated = (ConsentStatus.CHANGE_PENDING,)
        changed = snap.work_lists.standing(outdated, at=now, rules=rules, limit=0)[1]
        stacks = [snap.stacks.counts(s.stack_id) for s in snap.stacks.all() if s.state in _WORKED]
        forms = sum(c.get("split", 0) + c.get("to_check", 0) for c in stacks)
        waiting = snap.requests.open()
        tasks, overdue = snap.tasks.counts(now)
        cases = snap.cases.open()
        findings = snap.findings.open() if may(session.role, "see_findings") else []
        holds = len(snap.holds.standing(now)) if may(session.role, "see_holds") else 0
        late = snap.feeds.overdue(now)
        staging = [b for b in snap.batches.all() if b.state is BatchState.STAGING]
        choice, until = before_proof(snap)
        in_transition = choice is BeforeProof.TRANSITION and until is not None and now < until
        seen = snap.log.people_of(f"{MARK}transition") if in_transition else 0
        people = snap.people.count()
        last = snap.settings.get("last_backup")
        missing = signers_missing(session, snap) if may(session.role, "add_user") else 0
        copies = read_state(snap)
        recalled, expired = snap.sheets.to_return(now)
        shaky = [e for e in standings(session, snap, at=now).values() if _URGENT & set(e.standing.lacks)]
        reported = snap.person_states.unconfirmed() if may(session.role, "see_states") else []
        kept = len(kept_long_enough(session, snap, now)) if may(session.role, "request_erasure") else 0
        ending = over = 0
        if may(session.role, "see_retention"):
            ending = due_counts(session, snap, until=shanghai_day(now + WEEK))[1]
            over = due_counts(session, snap, until=shanghai_day(now) - timedelta(days=1))[1] if ending else 0
    tiles = [
        Tile(key="checks", count=checks, severity="due" if checks else "calm", target="consents"),
        Tile(key="requests", count=len(waiting), severity="due" if waiting else "calm", target="settings"),
        Tile(
            key="tasks",
            count=tasks,
            severity="alarm" if overdue else "due" if tasks else "calm",
            target="consents",
        ),
        Tile(key="expiring", count=soon, severity="due" if soon else "calm", target="consents"),
        Tile(key="unproven", count=unproven, severity="calm", target="consents"),
        Tile(key="cases", count=len(cases), severity="due" if cases else "calm", target="people"),
    ]
    tiles.append(_backup_tile(session, copies, now))
    if recalled or expired:
        severity = "alarm" if recalled else "due"
        tiles.append(Tile(key="papers", count=recalled + expired, severity=severity, target="exports"))
    if reported:
        deaths = len({said.hcp_id for said in reported})
        tiles.append(Tile(key="death_reports", count=deaths, severity="due", target="people"))
    if kept:
        tiles.append(Tile(key="kept_long_enough", count=kept, severity="due", target="consents"))
    if shaky and may(session.role, "register_source"):
        held = any(not entry.standing.usable for entry in shaky)
        tiles.append(Tile(key="sources", count=len(shaky), severity="alarm" if held else "due", target="settings"))
    if findings:
        over = any(f.days_left(shanghai_day(now)) < 0 for f in findings)
        tiles.append(Tile(key="findings", count=len(findings), severity="alarm" if over else "due", target="evidence"))
    if holds:
        tiles.append(Tile(key="holds", count=holds, severity="due", target="evidence"))
    if ending:
        tiles.append(Tile(key="retention", count=ending, severity="alarm" if over else "due", target="evidence"))
    if late:
        tiles.append(Tile(key="feed_overdue", count=late, severity="alarm", target="consents"))
    if forms:
        tiles.append(Tile(key="stacks", count=forms, severity="due", target="consents"))
    if changed:
        tiles.append(Tile(key="change_pending", count=changed, severity="due", target="consents"))
    if staging:
        tiles.append(Tile(key="imports_running", count=len(staging), severity="calm", target="people"))
    if missing:
        tiles.append(Tile(key="signers", count=missing, severity="due", target="settings"))
    if in_transition and until is not None:
        tiles.append(Tile(key="transition_people", count=seen, severity="due" if seen else "calm", target="settings"))
        tiles.append(Tile(key="transition_days", count=(until - now).days, severity="due", target="settings"))
    return Answer(
        Today(
            tiles=tuple(tiles),
            people=people,
            log_entries=log_size(session),
            last_backup=datetime.fromisoformat(last) if last else None,
            warnings=session.warnings,
            next_due=next_end,
        )
    )


def _backup_tile(session: Session, copies: BackupState, now: datetime) -> Tile:
    """Red until folders are chosen, copies are made and none failed; calm only once the last pair was rehearsed."""
    level = copies.level(now, warn_days=session.policy.parameter("backup_warn_days", now))
    if level is Level.GOOD:
        return Tile(key=level, count=0, severity="calm", target="settings")
    days = (now - copies.last).days if level is Level.OLD and copies.last else 1
    return Tile(
        key=level, count=max(days, 1), severity="due" if level is Level.UNPROVEN else "alarm", target="settings"
    )
