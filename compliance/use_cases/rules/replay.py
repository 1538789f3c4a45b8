"""Making a logged decision again, under the rules and the knowledge of its day (``policy replay``; REQ-079).

Rules: (1) the rules are the text the vault kept under the digest in the entry, and must have that digest; (2) the facts
are those of the instant (:mod:`past_facts`); (3) *same* means that the digest over facts and outcome is the one in the
entry; (4) *different* is a finding (exit 3), both digests are told; (5) where rules or facts are gone (erased, merged,
taken back, not kept) it says *cannot* and why, never *same*; (6) the replay is itself logged, by counts.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from compliance.clock import from_stamp
from compliance.errors import PolicyFileError, bad_input
from compliance.model.access import FIELD_ROLES, AccessDecision, AccessGranted, FieldState, Purpose, Role
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.policy.access import decide_access
from compliance.policy.loader import load_archived
from compliance.policy.policy_set import PolicySet
from compliance.policy.transfer import decide_transfer, transfer_digest, transfer_facts
from compliance.progress import NoProgress, Phase, Progress
from compliance.use_cases.rules.past_facts import Asked, Past
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.session import Session
from compliance.vault import LogEntry

#: Entries that hold the digest of a decision about one person, or about one transfer abroad.
TRANSFERS = (Kind.TRANSFER_ASSESSED, Kind.TRANSFER_REFUSED)
DECIDED = (
    Kind.PROFILE_OPENED,
    Kind.ACCESS_REFUSED,
    Kind.WHY_SHOWN,
    Kind.VALUE_REVEALED,
    Kind.EXPORT_APPROVED,
    *TRANSFERS,
)
#: Papers for a rep: decided with the rep's eyes, though an officer prints them.
_FOR_REP = ("sheet", "day_plan")
_MOST_NAMED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One decision made again. ``answer`` is granted or refused:REASON; ``fields`` counts what would be shown."""

    index: int
    at: datetime
    kind: str
    hcp_id: str
    role: str
    purpose: str
    outcome: str  # same | different | cannot
    why: str
    logged: str
    replayed: str
    answer: str
    fields: int
    version: str
    rules: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedPeriod:
    """Counts over a period; ``different`` and ``cannot`` name the first of theirs."""

    decisions: int
    same: int
    different: tuple[Replayed, ...]
    cannot: tuple[Replayed, ...]
    differs: int
    why: dict[str, int]


def replay_decision(session: Session, *, index: int) -> Answer[Replayed | Refusal]:
    """Make the decision of entry ``index`` again. InputErrors ``unknown_entry``, ``no_decision``."""
    now = session.now()
    if no := barred(session, "replay_decision", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        entry = uow.log.entry(index) if index < uow.log.size else None
        if entry is None:
            raise bad_input("unknown_entry", "index", str(index), str(uow.log.size - 1))
        if not entry.data["decision"]:
            raise bad_input("no_decision", "index", str(index))
        done = _Replay(session, uow).one(entry)
        detail = {"entry": index, "outcome": done.outcome, "why": done.why}
        hcps = (done.hcp_id,) if done.hcp_id else ()
        uow.commit(session.event(Kind.POLICY_REPLAYED, at=now, hcps=hcps, detail=detail))
    return Answer(done, Changes(audit=True))


def replay_period(
    session: Session, *, since: datetime | None, until: datetime | None, progress: Progress | None = None
) -> Answer[ReplayedPeriod | Refusal]:
    """Every logged decision from ``since`` to before ``until``."""
    progress = progress or NoProgress()
    now = session.now()
    if no := barred(session, "replay_decision", at=now):
        return no
    progress.phase(Phase.VERIFYING)
    with session.vault.unit_of_work() as uow:
        found = uow.log.find(kind=DECIDED, since=since, until=until, limit=1_000_000, newest_first=False)
        decided = [entry for entry in found if entry.data["decision"]]
        replay = _Replay(session, uow)
        counts: Counter[str] = Counter()
        why: Counter[str] = Counter()
        named: dict[str, list[Replayed]] = {"different": [], "cannot": []}
        for number, one in enumerate(replay.many(decided)):
            progress.tick(number, len(decided))
            counts[one.outcome] += 1
            if one.outcome == "same":
                continue
            why[one.why] += one.outcome == "cannot"
            if len(named[one.outcome]) < _MOST_NAMED:
                named[one.outcome].append(one)
        detail = {"decisions": len(decided), **{name: counts[name] for name in ("same", "different", "cannot")}}
        uow.commit(session.event(Kind.POLICY_REPLAYED, at=now, detail=detail))
    done = ReplayedPeriod(
        decisions=len(decided),
        same=counts["same"],
        different=tuple(named["different"]),
        cannot=tuple(named["cannot"]),
        differs=counts["different"],
        why={code: count for code, count in why.items() if count},
    )
    return Answer(done, Changes(audit=True))


def archived_rules(reader: Reader, digest: str) -> PolicySet | None:
    """The set whose text the vault kept under ``digest``; None where it kept none that can be read."""
    text = reader.policy_texts.get(digest)
    try:
        return load_archived(text) if text is not None else None
    except PolicyFileError:
        return None


class _Replay:
    """Rules and registers read once for many entries."""

    def __init__(self, session: Session, reader: Reader) -> None:
        self._reader = reader
        self._past = Past(session, reader)
        self._rules: dict[str, PolicySet | None] = {}

    def many(self, entries: Iterable[LogEntry]) -> Iterator[Replayed]:
        """One after the other."""
        return (self.one(entry) for entry in entries)

    def one(self, entry: LogEntry) -> Replayed:
        """Rules 1 to 5 for one entry."""
        data = entry.data
        if data["kind"] in TRANSFERS:
            return self._transfer(entry.index, data)
        detail = data["detail"]
        rep = detail.get("as_rep") or (detail.get("for") if detail.get("what") in _FOR_REP else None)
        asked = Asked(
            index=entry.index,
            at=from_stamp(data["at"]),
            hcp_id=data["hcps"][0] if data["hcps"] else None,
            purpose=Purpose(data["purpose"]),
            rep=rep,
            case_id=detail.get("case"),
        )
        policy = self._policy(data["policy"])
        if policy is None:
            return _told(data, asked, outcome="cannot", why="rules_missing")
        if policy.digest != data["policy"]:
            return _told(data, asked, outcome="different", why="rules_tampered", policy=policy)
        role = self._role(detail.get("lent_role") or detail.get("as_role") or data["role"], rep)
        if role is None:
            return _told(data, asked, outcome="cannot", why="rep_gone", policy=policy)
        ways, gaps = self._past.facts(policy, asked)
        made: list[AccessDecision] = []
        for facts in ways:
            made.append(decide_access(policy, role=role, purpose=asked.purpose, facts=facts, at=asked.at))
            if made[-1].digest == data["decision"]:
                return _told(data, asked, outcome="same", policy=policy, made=made[-1])
        if gaps:
            return _told(data, asked, outcome="cannot", why=gaps[0], policy=policy)
        return _told(data, asked, outcome="different", why="facts_differ", policy=policy, made=made[0])

    def _transfer(self, index: int, data: dict[str, Any]) -> Replayed:
        """A decision about a transfer: its facts stand in the entry, as far as they are codes and numbers."""
        at, detail = from_stamp(data["at"]), data["detail"]
        done = partial(_replayed, data, index=index, at=at, hcp_id="", role=data["role"])
        policy, facts = self._policy(data["policy"]), transfer_facts(json.loads(detail["inputs"]))
        if policy is None:
            return done(outcome="cannot", why="rules_missing")
        if policy.digest != data["policy"]:
            return done(outcome="different", why="rules_tampered", policy=policy)
        if isinstance(facts, tuple):
            return done(outcome="different", why="facts_differ", policy=policy)
        made = decide_transfer(policy, facts, at=at)
        digest = transfer_digest(policy, made, detail["inputs"], at)
        same, whole = digest == data["decision"], detail["inputs_whole"]
        outcome, why = (
            ("same", "") if same else ("different", "facts_differ") if whole else ("cannot", "facts_not_kept")
        )
        return done(outcome=outcome, why=why, policy=policy, replayed=digest, answer=f"{made.result} {made.row}")

    def _policy(self, digest: str) -> PolicySet | None:
        if digest not in self._rules:
            self._rules[digest] = archived_rules(self._reader, digest)
        return self._rules[digest]

    def _role(self, name: str, rep: str | None) -> Role | None:
        if rep is None:
            return Role(name)
        known = self._reader.reps.get(rep)
        return known.role if known is not None and known.role in FIELD_ROLES else None


def _told(
    data: dict[str, Any],
    asked: Asked,
    *,
    outcome: str,
    why: str = "",
    policy: PolicySet | None = None,
    made: AccessDecision | None = None,
) -> Replayed:
    rulings = made.rulings if isinstance(made, AccessGranted) else ()
    answer = "" if made is None else "granted" if isinstance(made, AccessGranted) else f"refused:{made.reason}"
    return _replayed(
        data,
        index=asked.index,
        at=asked.at,
        hcp_id=asked.hcp_id or "",
        role=data["role"] if asked.rep is None else f"as_rep:{asked.rep}",
        outcome=outcome,
        why=why,
        policy=policy,
        replayed=made.digest if made else "",
        answer=answer,
        fields=sum(r.state is not FieldState.WITHHELD for r in rulings),
    )


def _replayed(
    data: dict[str, Any],
    *,
    index: int,
    at: datetime,
    hcp_id: str,
    role: str,
    outcome: str,
    why: str = "",
    policy: PolicySet | None = None,
    replayed: str = "",
    answer: str = "",
    fields: int = 0,
) -> Replayed:
    return Replayed(
        index=index,
        at=at,
        kind=data["kind"],
        hcp_id=hcp_id,
        role=role,
        purpose=data["purpose"],
        outcome=outcome,
        why=why,
        logged=data["decision"],
        replayed=replayed,
        answer=answer,
        fields=fields,
        version=policy.version if policy else "",
        rules=data["policy"],
    )
