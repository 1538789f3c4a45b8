"""The life of a notice version: draft, staged, in force (locked), retired.

Rules: (1) a draft may be incomplete; a version is put in force only without a gap (REQ-001, REQ-003, REQ-004), with the
assessments the law asks for (PIPL 55), from now or later, never from before; (2) what is in force is locked: its text,
lists and predecessor no longer change, and whoever prints or hands it over compares the hash with the words; (3)
putting a version in force ends the presenting of its predecessor, never a consent given under it; (4) retiring ends
presenting from a day and shows first what hangs on the version; consents given under it run on.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from compliance.clock import shanghai_day
from compliance.consent.gaps import completeness
from compliance.consent.made import lists_hash, make_lists, outside, recipient_of, section, without_section
from compliance.consent.notice import content_hash, parse_notice
from compliance.consent.scope import NoticeDiff, diff
from compliance.errors import Cancelled, Fault, bad_input
from compliance.model.access import Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.consent import OPEN_STATES, NoticeLine, NoticeState, NoticeVersion
from compliance.model.notice import NoticeLock
from compliance.model.register import Recipient
from compliance.progress import NoProgress, Phase, Progress
from compliance.use_cases.notices.campaign_filling import fill, open_campaign
from compliance.use_cases.notices.notices import gap_rules, known_notice, matrix_fields, read_source, sensitive_fields
from compliance.use_cases.seat.acting import barred, refuse, refuse_alone
from compliance.use_cases.seat.facts import assessed
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seat.times import starts_at
from compliance.vault import Snapshot, UnitOfWork

_NOTICE = (Reference("PIPL", "17(1)"),)
_MOST_CHANGES = 200  # an entry of the log stays small; the versions themselves hold all of it
_ASSESS = (Reference("PIPL", "55"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A stored draft: what still lacks, and which granted fields its words leave closed."""

    notice: NoticeVersion
    gaps: tuple[Fault, ...]
    outside: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activated:
    """A version in force: from when, what it changes against the one before, and the campaign this opened."""

    notice: NoticeVersion
    change: NoticeDiff | None
    retired: str
    campaign: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What hangs on a version: people with a consent in force under it, by item."""

    ref: str
    people: int
    by_item: Mapping[str, int]
    successor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """A version that is no longer presented from ``retired_from``; ``effects`` as they were shown first."""

    notice: NoticeVersion
    effects: Effects


def draft_notice(session: Session, *, path: Path) -> Answer[Draft | Refusal]:
    """Store a file as a draft, with its lists made from the matrix. A draft is replaced, a version in force never."""
    now = session.now()
    if no := barred(session, "draft_notice", at=now):
        return no
    with session.vault.snapshot() as snap:
        made, text = made_version(session, snap, path, at=now)
        gaps = gaps_of(session, snap, made)
    kept = replace(made, state=NoticeState.DRAFT, active_from=None, retired_from=None, text=text)
    with session.vault.unit_of_work() as uow:
        if (old := uow.notices.get(made.ref)) and old.state not in (NoticeState.DRAFT, NoticeState.STAGED):
            raise bad_input("notice_text_changed", "notice", made.ref)
        uow.notices.put(kept, text)
        uow.commit(
            session.event(
                Kind.NOTICE_DRAFTED, at=now, detail={"notice": kept.ref, "sha256": kept.sha256, "gaps": len(gaps)}
            )
        )
    left = outside(kept, matrix_fields(session, at=now))
    return Answer(Draft(notice=kept, gaps=gaps, outside=left), Changes(consents=True, audit=True))


def stage_notice(session: Session, *, ref: str, from_: str) -> Answer[NoticeVersion | Refusal]:
    """Plan a draft for a day. Nothing is presented yet; the privacy officer puts it in force."""
    now = session.now()
    if no := barred(session, "draft_notice", at=now):
        return no
    begin = starts_at(from_, field="from", now=now)
    version = known_notice(session, ref)
    if version.state not in (NoticeState.DRAFT, NoticeState.STAGED):
        raise bad_input("notice_not_draft", "notice", ref)
    if no := _unready(session, version, at=now):
        return no
    staged = replace(version, state=NoticeState.STAGED, active_from=begin)
    with session.vault.unit_of_work() as uow:
        uow.notices.put(staged, uow.notices.source(ref) or version.text)
        uow.commit(
            session.event(
                Kind.NOTICE_STAGED,
                at=now,
                detail={"notice": ref, "sha256": staged.sha256, "from": shanghai_day(begin).isoformat()},
            )
        )
    return Answer(staged, Changes(consents=True, audit=True))


def activate_notice(
    session: Session, *, target: str, from_: str = "", progress: Progress | None = None
) -> Answer[Activated | Refusal]:
    """Put a draft, a staged version or a file in force. Refused while it has gaps or an assessment is missing."""
    now = session.now()
    if no := barred(session, "activate_notice", at=now):
        return no
    if Path(target).is_file():
        drafted = draft_notice(session, path=Path(target)).value
        if isinstance(drafted, Refusal):
            return Answer(drafted, Changes(audit=True))
        version = drafted.notice
    else:
        version = known_notice(session, target)
    if version.state not in (NoticeState.DRAFT, NoticeState.STAGED):
        raise bad_input("notice_not_draft", "notice", version.ref)
    planned = version.active_from if version.state is NoticeState.STAGED else None
    begin = starts_at(from_, field="from", now=now) if from_ else max(planned or now, now)
    if no := _unready(session, version, at=now) or _unassessed(session, version, at=now):
        return no
    with session.vault.snapshot() as snap:
        before = current_of(snap.notices.all(), version.notice, begin, but=version.ref)
    if before is not None and version.predecessor != before.ref:
        raise bad_input("wrong_predecessor", "predecessor", version.predecessor or "", before.ref)
    active = replace(version, state=NoticeState.ACTIVE, active_from=begin, retired_from=None)
    change = diff(before, active) if before else None
    steps = progress or NoProgress()
    steps.phase(Phase.PUBLISHING)
    with session.vault.unit_of_work() as uow:
        uow.notices.put(active, uow.notices.source(version.ref) or version.text)
        if before is not None:
            over = replace(before, state=NoticeState.RETIRED, retired_from=begin)
            uow.notices.put(over, uow.notices.source(before.ref) or before.text)
        campaign = None
        steps.tick(0, 0)  # the last instant at which a stop changes nothing
        if before is not None:
            campaign = open_campaign(session, uow, active, at=now)
        uow.notices.lock(
            NoticeLock(
                ref=active.ref,
                sha256=active.sha256,
                predecessor=before.ref if before else "",
                matrix=active.lists.matrix if active.lists else "",
                locked_at=now,
                locked_by=session.actor,
            )
        )
        uow.commit(
            session.event(
                Kind.NOTICE_ACTIVATED,
                at=now,
                detail={
                    "notices": [active.ref],
                    "hashes": [active.sha256],
                    "from": begin.isoformat(),
                    "predecessor": before.ref if before else "",
                    "matrix": active.lists.matrix if active.lists else "",
                    "complete": True,
                    "changed": _named(change),
                    "campaign": campaign.campaign_id if campaign else "",
                },
            )
        )
    if campaign is not None:
        with suppress(Cancelled):  # the version is in force; the deliveries left are made at the next opening
            fill(session, campaign_id=campaign.campaign_id, progress=steps)
    return Answer(
        Activated(
            notice=active,
            change=change,
            retired=before.ref if before else "",
            campaign=campaign.campaign_id if campaign else "",
        ),
        Changes(consents=True, people=True, tasks=campaign is not None, audit=True),
    )


def retirement_effects(session: Session, *, ref: str) -> Answer[Effects]:
    """What hangs on a version, before anyone retires it."""
    version = known_notice(session, ref)
    by_item: dict[str, set[str]] = {}
    with session.vault.snapshot() as snap:
        later = [n.ref for n in snap.notices.all() if n.notice == version.notice and _is_after(n, version)]
        for hcp_id, line in snap.consents.under(ref):
            if line.status in OPEN_STATES:
                by_item.setdefault(line.item, set()).add(hcp_id)
    people = set().union(*by_item.values()) if by_item else set()
    return Answer(
        Effects(
            ref=ref,
            people=len(people),
            by_item={item: len(ids) for item, ids in sorted(by_item.items())},
            successor=later[-1] if later else "",
        )
    )


def retire_notice(session: Session, *, ref: str, from_: str) -> Answer[Retired | Refusal]:
    """No longer present a version from a day on. Consents given under it run on."""
    now = session.now()
    if no := barred(session, "activate_notice", at=now):
        return no
    version = known_notice(session, ref)
    if version.state not in (NoticeState.ACTIVE, NoticeState.RETIRED) or version.active_from is None:
        raise bad_input("notice_not_active", "notice", ref)
    end = starts_at(from_, field="from", now=now)
    if version.retired_from is not None and version.retired_from <= now:
        raise bad_input("notice_not_active", "notice", ref)
    if end < version.active_from:
        raise bad_input("retired_before_active", "from")
    effects = retirement_effects(session, ref=ref).value
    over = replace(version, state=NoticeState.RETIRED, retired_from=end)
    with session.vault.unit_of_work() as uow:
        uow.notices.put(over, uow.notices.source(ref) or version.text)
        uow.commit(
            session.event(
                Kind.NOTICE_RETIRED,
                at=now,
                detail={"notice": ref, "from": end.isoformat(), "people": effects.people},
            )
        )
    return Answer(Retired(notice=over, effects=effects), Changes(consents=True, audit=True))


def made_version(session: Session, reader: Snapshot, path: Path, *, at: datetime) -> tuple[NoticeVersion, str]:
    """The version in a file with lists and predecessor made by the program, and its full text."""
    text = read_source(path)
    read = parse_notice(text, path.name)  # also finds lists that were edited by hand
    before = current_of(reader.notices.all(), read.notice, at, but=read.ref)
    predecessor = read.predecessor or (before.ref if before else None)
    if before is not None and predecessor != before.ref:
        raise bad_input("wrong_predecessor", "predecessor", predecessor or "", before.ref)
    source = without_section(text)
    lists = make_lists(
        parse_notice(source, path.name),  # its own words: kinds left to the matrix are those of today
        fields=matrix_fields(session, at=at),
        matrix=session.policy.digest,
        recipients={r.recipient_id: _recipient(r) for r in reader.recipients.all()},
    )
    own = predecessor if parse_notice(source, path.name).predecessor is None else None
    full = source.rstrip() + section(lists, own)
    return parse_notice(full, path.name), full


def gaps_of(session: Session, reader: Snapshot | UnitOfWork, notice: NoticeVersion) -> tuple[Fault, ...]:
    """Everything a version lacks, the register of recipients included (REQ-004)."""
    found = completeness(notice, gap_rules(), sensitive_kinds=sensitive_fields(session.policy))
    for line in notice.lines:
        if name := recipient_of(line):
            known = reader.recipients.get(name)
            where = f"recipient@{line.item}"
            if known is None:
                found.append(Fault(where, "recipient_not_registered", name))
            elif _flat(known.legal_name) != _flat(line.recipient):
                found.append(Fault(where, "recipient_differs", name))
            elif "/overseas:" in line.item and not known.rights_channel.strip():
                found.append(Fault(f"recipient_rights@{line.item}", "slot_empty", "register"))
        if not session.policy.knows_item(line.item):
            found.append(Fault(f"line@{line.item}", "unknown_line", line.item, session.policy.nearest_item(line.item)))
    return tuple(dict.fromkeys(found))


def altered(session: Session, uow: UnitOfWork, notice: NoticeVersion, *, at: datetime) -> Answer[Refusal] | None:
    """The refusal to print or hand over a version whose stored words no longer give its hash; None when they do."""
    if intact(notice, uow.notices.source(notice.ref) or ""):
        return None
    return refuse(session, uow, at=at, reason="notice_hash", detail={"notice": notice.ref}, because=_NOTICE)


@lru_cache(maxsize=64)
def intact(notice: NoticeVersion, source: str) -> bool:
    """Whether stored words, lists and source still give the hash of the version (rule 2)."""
    if content_hash(notice) != notice.sha256:
        return False
    if notice.lists is not None and lists_hash(notice.lists) != notice.lists.sha256:
        return False
    return parse_notice(source, notice.ref).sha256 == notice.sha256


def current_of(known: list[NoticeVersion], notice: str, at: datetime, *, but: str = "") -> NoticeVersion | None:
    """The version of ``notice`` that is in force at ``at``, the latest of several."""
    speaking = [
        n
        for n in known
        if n.notice == notice
        and n.ref != but
        and n.state in (NoticeState.ACTIVE, NoticeState.RETIRED)
        and n.active_from is not None
        and n.active_from <= at
        and (n.retired_from is None or at < n.retired_from)
    ]
    return max(speaking, key=lambda n: (n.active_from, n.ref), default=None)


def state_at(version: NoticeVersion, at: datetime) -> NoticeState:
    """The state a reader is told: a date to come is not in force yet, a date passed is over."""
    if version.state not in (NoticeState.ACTIVE, NoticeState.RETIRED) or version.active_from is None:
        return version.state
    if version.retired_from is not None and version.retired_from <= at:
        return NoticeState.RETIRED
    return NoticeState.ACTIVE if version.active_from <= at else NoticeState.STAGED


def _unready(session: Session, version: NoticeVersion, *, at: datetime) -> Answer[Refusal] | None:
    with session.vault.snapshot() as snap:
        gaps = gaps_of(session, snap, version)
        source = snap.notices.source(version.ref) or ""
    if not intact(version, source):
        return refuse_alone(session, at=at, reason="notice_hash", detail={"notice": version.ref}, because=_NOTICE)
    if not gaps:
        return None
    named = tuple(dict.fromkeys(gap.where for gap in gaps))
    rules = gap_rules()
    because = [ref for name in named for ref in rules.references.get(name.partition("@")[0], ())]
    answer = refuse_alone(
        session,
        at=at,
        reason="notice_incomplete",
        detail={"notice": version.ref, "gaps": list(named)},
        because=tuple(dict.fromkeys([*_NOTICE, *because])),
    )
    return replace(answer, value=replace(answer.value, lifted_by=", ".join(named), detail=", ".join(named)))


def _unassessed(session: Session, version: NoticeVersion, *, at: datetime) -> Answer[Refusal] | None:
    with session.vault.snapshot() as snap:
        have = {str(p) for p in assessed(snap, at=at)}
        day = shanghai_day(at)
        have |= {
            a.purpose
            for a in snap.assessments.all()
            if a.approved_on <= day and (a.valid_until is None or day <= a.valid_until)
        }
    needed = [need for line in version.lines if (need := _assessment(session, line))]
    missing = [need for need in dict.fromkeys(needed) if need not in have]
    if not missing:
        return None
    answer = refuse_alone(
        session,
        at=at,
        reason="assessment_missing",
        detail={"notice": version.ref, "missing": list(missing)},
        because=_ASSESS,
    )
    return replace(answer, value=replace(answer.value, detail=", ".join(missing)))


def _assessment(session: Session, line: NoticeLine) -> str:
    """What must be assessed before an item may be asked for (PIPL 55): sensitive data, machine decisions, provision."""
    detail = line.item.partition("/")[2]
    if detail.startswith("overseas:"):
        return detail
    automated = line.purpose in gap_rules().automated_purposes
    sensitive = detail.startswith("sensitive:") or bool(sensitive_fields(session.policy) & set(line.kinds))
    provided = detail.startswith(("recipient:", "publish:"))
    return line.purpose if automated or sensitive or provided else ""


def _recipient(known: Recipient) -> dict[str, str]:
    return {
        "contact": known.contact,
        "country": known.country,
        "kinds": ", ".join(known.kinds),
        "method": known.method,
        "purpose": known.purpose,
        "recipient": known.recipient_id,
        "rights_channel": known.rights_channel,
    }


def _named(change: NoticeDiff | None) -> list[Scalar]:
    """The stored difference: element, item and what it asks for."""
    return [f"{c.element}@{c.item}:{c.cls}" for c in change.elements[:_MOST_CHANGES]] if change else []


def _is_after(other: NoticeVersion, version: NoticeVersion) -> bool:
    if other.active_from is None or version.active_from is None:
        return False
    return other.active_from > version.active_from


def _flat(text: str) -> str:
    return "".join(text.split())
