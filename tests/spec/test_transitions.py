"""Every transition of law.md 8.1 by its number, and what is not in the table is refused (state machine C01 to C25).

Architecture section 13 has no *draft* among the status words: C01 is an item nobody was asked about, under a notice
that is released.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from notice_files import VISIT, edited, put
from spec_desk import HANDS, answer, at, day_yes, scan, withdraw
from support import Desk, done, invent, no

from compliance.clock import shanghai_day
from compliance.errors import ComplianceError, InputErrors
from compliance.model.access import Purpose
from compliance.model.answer import Refusal
from compliance.model.consent import LineStatus, Method
from compliance.progress import NoProgress
from compliance.use_cases.consent import checking, consent_timeline, proof_pack, recording, standing, stops
from compliance.use_cases.consent.proof_pack import ProofRequest
from compliance.use_cases.ending import erasure
from compliance.use_cases.evidence import evidence
from compliance.use_cases.notices import campaigns, consent_forms, notice_life, presenting
from compliance.use_cases.seeing import cases, people_list, profiles
from compliance.use_cases.signing import two_person

#: Two fields as the first item names them, and one of them.
CONTACT = '"mobile_phone", "work_email",'
NARROW = '"work_email",'


@dataclass
class Stage:
    """A desk, people nobody was ever asked about, and the acts of the table in plain words."""

    desk: Desk
    people: list[str]
    notice: str
    used: int = field(default=0)

    def someone(self) -> str:
        self.used += 1
        self.desk.wait(minutes=1)
        return self.people[self.used - 1]

    def now(self) -> str:
        return self.desk.at.isoformat()

    def line(self, hcp: str, item: str = "visit") -> LineStatus | None:
        lines = done(standing.consent_status(self.desk.sit("chen"), hcp_id=hcp))
        return next((x for x in lines if x.item == item), None)

    def state(self, hcp: str, item: str = "visit") -> str:
        found = self.line(hcp, item)
        return str(found.status) if found else "not_asked"

    def present(self, hcp: str, **more: Any) -> Any:
        ask = presenting.Presentation(
            **{"hcp_id": hcp, "notice": self.notice, "channel": "wechat", "items": ("visit",), **more}
        )
        return presenting.present_notice(self.desk.sit("wu"), request=ask)

    def say(self, hcp: str, word: str, **more: Any) -> Any:
        return answer(self.desk, hcp, word, self.now(), **{"notice": self.notice, **more})

    def upload(self, hcp: str, **more: Any) -> str:
        return str(done(self.say(hcp, "given", **more)).event_id)

    def check(self, event: str, who: str = "chen", code: str = "") -> Any:
        return checking.check_evidence(self.desk.sit(who), event_id=event, accept=not code, code=code)

    def give(self, hcp: str, **more: Any) -> str:
        event = self.upload(hcp, **more)
        done(self.check(event))
        return event

    def suspend(self, hcp: str) -> Any:
        return standing.suspend_consent(self.desk.sit("zhao"), hcp_id=hcp, items=("visit",))

    def resume(self, hcp: str) -> Any:
        return standing.resume_consent(self.desk.sit("zhao"), hcp_id=hcp, items=("visit",))

    def act_status(self, hcp: str, event: str) -> str:
        made = done(consent_timeline.consent_timeline(self.desk.sit("chen"), hcp_id=hcp, item="visit"))
        return next(str(a.status) for a in made.items[0].acts if a.event.event_id == event)

    def visible(self, hcp: str) -> bool:
        seen = profiles.open_profile(self.desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT)
        return not isinstance(seen.value, Refusal)

    def last(self) -> Any:
        return done(evidence.list_entries(self.desk.sit("chen"), limit=1))[0]


def stage(folder: Any, notice: str = "CK-VISIT@1.0") -> Stage:
    made = Desk.create(folder, at=at("2026-11-24T10:00:00"), staff=HANDS)
    made.bring(invent(80))
    rows = done(people_list.find_people(made.sit("chen"), text="", purpose=Purpose.MDM, limit=80)).rows
    return Stage(made, [row.hcp_id for row in rows], notice)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = stage(tmp_path_factory.mktemp("plain"))
    yield made
    made.desk.rise()


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Version 2.0 says less than 3.0; people agreed to 2.0, and 3.0 is in force since."""
    folder = tmp_path_factory.mktemp("changed")
    made = stage(folder, "CK-VISIT@2.0")
    zhao = made.desk.sit("zhao")
    done(notice_life.activate_notice(zhao, target=str(put(folder, edited(VISIT, (CONTACT, NARROW)), "2.toml"))))
    made.agreed = [made.someone() for _ in range(8)]  # type: ignore[attr-defined]
    for hcp in made.agreed:  # type: ignore[attr-defined]
        made.give(hcp, **({"valid_until": date(2026, 12, 1)} if hcp == made.agreed[7] else {}))  # type: ignore[attr-defined]
    made.desk.wait(days=1)
    three = put(folder, edited(VISIT, version="3.0"), "3.toml")
    done(notice_life.activate_notice(made.desk.sit("zhao"), target=str(three)))
    yield made
    made.desk.rise()


# --- the table, row by row -------------------------------------------------------------------------------------------


def c01(s: Stage) -> None:
    hcp = s.someone()
    path = put(s.desk.folder, edited(VISIT, version="9.0"), "draft.toml")
    done(notice_life.draft_notice(s.desk.sit("chen"), path=path))
    assert no(s.present(hcp, notice="CK-VISIT@9.0")).reason == "notice_not_in_force"
    assert no(s.say(hcp, "given", notice="CK-VISIT@9.0")).reason == "notice_not_in_force"
    out = s.desk.folder / "x.pdf"
    with pytest.raises(InputErrors, match="notice_not_active"):
        consent_forms.print_forms(s.desk.sit("wu"), ref="CK-VISIT@9.0", out=out, progress=NoProgress(), hcp_ids=[hcp])
    assert s.state(hcp) == "not_asked" and not (s.desk.folder / "x.pdf").exists()


def c02(s: Stage) -> None:
    hcp = s.someone()
    made = done(s.present(hcp))
    entry = s.last()
    assert str(entry.kind) == "notice_served"
    assert {"notice_sha256", "rendering", "presented_at"} <= set(dict(entry.detail))
    assert made.rendering and s.state(hcp) == "presented"


def c03(s: Stage) -> None:
    hcp = s.someone()
    done(s.present(hcp))
    s.desk.wait(seconds=1)
    for method in (Method.STAFF, Method.IMPORT):
        with pytest.raises(InputErrors):
            s.say(hcp, "given", method=method)
    early = (s.desk.at - timedelta(seconds=1)).isoformat()
    assert no(s.say(hcp, "given", presented_at=s.now(), acted_at=early)).reason == "act_before_notice"
    with pytest.raises(InputErrors):
        s.say(hcp, "given", identity_check=" ")
    assert no(s.say(hcp, "given", item="speaker")).reason == "item_not_in_notice"
    assert s.state(hcp) == "presented"
    s.give(hcp)
    assert s.state(hcp) == "given" and s.visible(hcp)


def c04(s: Stage) -> None:
    hcp = s.someone()
    done(s.present(hcp))
    s.upload(hcp)
    assert s.state(hcp) == "evidence_pending" and not s.visible(hcp)


def c05(s: Stage) -> None:
    hcp = s.someone()
    event = str(done(recording.record_consent(s.desk.sit("chen"), request=s.desk.act(hcp, notice=s.notice))).event_id)
    assert no(s.check(event, "chen")).reason == "same_person"
    assert no(s.check(event, "wu")).reason == "role_not_allowed"
    assert s.state(hcp) == "evidence_pending"
    assert done(s.check(event, "sun")).status == "given"
    made = done(consent_timeline.consent_timeline(s.desk.sit("chen"), hcp_id=hcp, item="visit")).items[0].acts
    yes = next(a for a in made if a.event.event_id == event)
    assert yes.event.acted_at is not None and yes.event.acted_at < yes.event.recorded_at
    assert (yes.event.recorded_by, yes.checked_by) == ("chen", "sun")


def c06(s: Stage) -> None:
    hcp = s.someone()
    event = s.upload(hcp)
    with pytest.raises(InputErrors):
        checking.check_evidence(s.desk.sit("chen"), event_id=event, accept=False, code=" ")
    assert s.state(hcp) == "evidence_pending"
    done(s.check(event, code="signature_missing"))
    assert s.state(hcp) == "invalidated"


def c07(s: Stage) -> None:
    hcp = s.someone()
    done(s.present(hcp))
    done(s.say(hcp, "refused"))
    found = s.line(hcp)
    assert found is not None and (str(found.status), found.may_ask) == ("refused", False)
    assert found.ask_again_from is not None


def c08(s: Stage) -> None:
    hcp = s.someone()
    done(s.present(hcp))
    day = (s.desk.at + timedelta(days=40)).date()
    done(s.say(hcp, "deferred", ask_again_from=day))
    found = s.line(hcp)
    assert found is not None and str(found.status) == "deferred" and not found.may_ask
    assert no(s.present(hcp)).lifted_by == day.isoformat()


def c09(s: Stage) -> None:
    hcp = s.someone()
    done(s.present(hcp))
    s.desk.wait(days=32)
    assert s.state(hcp) == "no_reply" and not s.visible(hcp)
    s.desk.wait(days=400)
    assert s.state(hcp) == "no_reply"  # never GIVEN


def c10(s: Stage) -> None:
    later, silent, over = s.someone(), s.someone(), s.someone()
    done(s.say(later, "deferred"))
    done(s.say(silent, "no_answer"))
    s.give(over, valid_until=s.desk.at.date() + timedelta(days=1))
    s.desk.wait(days=5)
    assert [s.state(x) for x in (later, silent, over)] == ["deferred", "no_reply", "expired"]
    for hcp in (later, silent, over):
        done(s.present(hcp))
        assert s.state(hcp) == "presented"
    for _ in range(3):  # the yearly limit: four requests
        s.desk.wait(days=2)
        asked = s.present(later)
    assert no(asked).reason == "asked_often_enough"


def c11(s: Stage) -> None:
    refused, gone, offered = s.someone(), s.someone(), s.someone()
    for hcp in (refused, offered):
        done(s.say(hcp, "refused"))
    withdraw(s.desk, gone, s.now())
    s.desk.wait(days=100)
    assert {no(s.present(x)).reason for x in (refused, gone)} == {"ask_locked"}
    done(s.present(offered, asked_by_hcp=True))
    assert s.state(offered) == "presented"
    s.desk.wait(days=82)
    for hcp in (refused, gone):
        done(s.present(hcp))
        assert s.state(hcp) == "presented"


def c12(s: Stage) -> None:
    hcp = s.agreed[0]  # type: ignore[attr-defined]
    assert s.state(hcp) == "change_pending" and s.visible(hcp)  # the old scope only
    why = done(profiles.why_field(s.desk.sit("chen"), hcp_id=hcp, key="mobile_phone", purpose=Purpose.VISIT))
    assert why.reason == "outside_consented_scope"
    plan = done(campaigns.plan_change(s.desk.sit("chen"), old="CK-VISIT@2.0", new="CK-VISIT@3.0"))
    assert str(plan.change.cls) == "reconsent"
    assert ("kinds", "visit") in {(e.element, e.item) for e in plan.change.elements}


def c13(s: Stage) -> None:
    hcp = s.agreed[1]  # type: ignore[attr-defined]
    s.give(hcp, notice="CK-VISIT@3.0")
    assert s.state(hcp) == "renewed"


def c14(s: Stage) -> None:
    hcp = s.agreed[2]  # type: ignore[attr-defined]
    done(s.say(hcp, "refused", notice="CK-VISIT@3.0"))
    found = s.line(hcp)
    assert found is not None and (str(found.status), found.notice) == ("given", "CK-VISIT@2.0")
    assert s.visible(hcp)


def c16(s: Stage) -> None:
    """GIVEN and CHANGE_PENDING run out by the clock."""
    hcp = s.agreed[7]  # type: ignore[attr-defined]
    assert s.state(hcp) == "change_pending"
    s.desk.at = at("2026-12-01T23:59:59")
    assert s.state(hcp) == "change_pending" and s.visible(hcp)
    s.desk.at = at("2026-12-02T00:00:00")
    assert s.state(hcp) == "expired" and not s.visible(hcp)


def c17(s: Stage) -> None:
    """From RENEWED and CHANGE_PENDING here; from GIVEN and SUSPENDED beside C20."""
    renewed, pending = s.agreed[1], s.agreed[3]  # type: ignore[attr-defined]
    for hcp, before in ((renewed, "renewed"), (pending, "change_pending")):
        assert s.state(hcp) == before
        made = withdraw(s.desk, hcp, s.now())
        assert made.withdrawn == ("visit",) and made.tasks
        assert s.state(hcp) == "withdrawn" and not s.visible(hcp)


def c15(s: Stage) -> None:
    hcp = s.agreed[4]  # type: ignore[attr-defined]
    ends = {"ref": "CK-VISIT@3.0", "old_scope_ends": "2027-02-01"}
    assert no(campaigns.start_campaign(s.desk.sit("chen"), **ends)).reason == "role_not_allowed"
    done(campaigns.start_campaign(s.desk.sit("zhao"), **ends))
    s.desk.at = at("2027-01-31T23:59:59")
    assert s.state(hcp) == "change_pending"
    s.desk.at = at("2027-02-01T00:00:00")
    assert s.state(hcp) == "revoked" and not s.visible(hcp)


def c18(s: Stage) -> None:
    hcp = s.someone()
    for item in ("digital/wecom", "digital/email"):
        s.give(hcp, item=item)
    withdraw(s.desk, hcp, s.now(), "digital/wecom")
    assert (s.state(hcp, "digital/wecom"), s.state(hcp, "digital/email")) == ("withdrawn", "given")


def c20(s: Stage) -> None:
    """From GIVEN and RENEWED; a suspended consent can be withdrawn (C17)."""
    given, renewed = s.someone(), s.someone()
    for hcp in (given, renewed):
        s.give(hcp)
    s.desk.wait(minutes=5)
    s.give(renewed)
    assert [s.state(x) for x in (given, renewed)] == ["given", "renewed"]
    for hcp in (given, renewed):
        done(s.suspend(hcp))
        assert s.state(hcp) == "suspended" and not s.visible(hcp)
    s.desk.wait(minutes=5)
    withdraw(s.desk, given, s.now())
    s.desk.wait(minutes=5)
    with pytest.raises(InputErrors):
        s.resume(given)
    assert s.state(given) == "withdrawn"


def c21(s: Stage) -> None:
    back, over = s.someone(), s.someone()
    s.give(back)
    s.give(over, valid_until=s.desk.at.date() + timedelta(days=2))
    for hcp in (back, over):
        done(s.suspend(hcp))
    s.desk.wait(days=4)
    for hcp in (back, over):
        done(s.resume(hcp))
    assert [s.state(x) for x in (back, over)] == ["given", "expired"]


def c22(s: Stage) -> None:
    given, suspended, withdrawn, expired = s.someone(), s.someone(), s.someone(), s.someone()
    events = {
        hcp: s.give(hcp, **({"valid_until": s.desk.at.date() + timedelta(days=1)} if hcp == expired else {}))
        for hcp in (given, suspended, withdrawn, expired)
    }
    done(s.suspend(suspended))
    withdraw(s.desk, withdrawn, s.now())
    s.desk.wait(days=3)
    for hcp, event in events.items():
        request = done(standing.invalidate_consent(s.desk.sit("zhao"), event_id=event, defect="forged"))
        assert no(two_person.approve(s.desk.sit("zhao"), request_id=request.request_id))
        assert s.act_status(hcp, event) != "invalidated"  # one signature is none
        done(two_person.approve(s.desk.sit("chen"), request_id=request.request_id))
        assert s.act_status(hcp, event) == "invalidated" and not s.visible(hcp)
    assert s.state(withdrawn) == "withdrawn"  # the person's own word stands
    assert {s.state(x) for x in (given, suspended, expired)} == {"invalidated"}
    with pytest.raises(InputErrors):
        standing.invalidate_consent(s.desk.sit("zhao"), event_id=events[given], defect=" ")


def c23(s: Stage) -> None:
    hcp = s.someone()
    first = s.give(hcp)
    s.desk.wait(days=1)
    second = s.give(hcp)
    assert s.act_status(hcp, first) == "superseded"
    assert (s.act_status(hcp, second), s.state(hcp)) == ("renewed", "renewed")


def c19(s: Stage) -> None:
    """The purpose ends: GIVEN and RENEWED are revoked; only the privacy officer ends."""
    given, renewed = s.someone(), s.someone()
    for hcp in (given, renewed):
        s.give(hcp, item="medical")
    s.desk.wait(minutes=5)
    s.give(renewed, item="medical")
    s.desk.wait(minutes=5)
    for who in ("wu", "chen"):
        assert no(stops.end_scope(s.desk.sit(who), scope="medical", reason="ended")).reason == "role_not_allowed"
    done(stops.end_scope(s.desk.sit("zhao"), scope="medical", reason="ended"))
    assert {s.state(x, "medical") for x in (given, renewed)} == {"revoked"}


PLAIN: dict[str, Callable[[Stage], None]] = {
    "C01": c01,
    "C02": c02,
    "C03": c03,
    "C04": c04,
    "C05": c05,
    "C06": c06,
    "C07": c07,
    "C08": c08,
    "C09": c09,
    "C10": c10,
    "C11": c11,
    "C18": c18,
    "C20": c20,
    "C21": c21,
    "C22": c22,
    "C23": c23,
    "C19": c19,
}
CHANGED: dict[str, Callable[[Stage], None]] = {
    "C12": c12,
    "C13": c13,
    "C14": c14,
    "C16": c16,
    "C17": c17,
    "C15": c15,
}


@pytest.mark.parametrize("number", PLAIN)
def test_transition(plain: Stage, number: str) -> None:
    PLAIN[number](plain)


@pytest.mark.parametrize("number", CHANGED)
def test_transition_of_a_changed_notice(changed: Stage, number: str) -> None:
    CHANGED[number](changed)


def test_transition_c24(plain: Stage) -> None:
    hcp = plain.someone()
    plain.give(hcp)
    plain.desk.wait(minutes=5)
    withdraw(plain.desk, hcp, plain.now())
    plain.desk.wait(hours=1)
    assert plain.state(hcp) == "withdrawn"  # nothing says yet that processing stopped
    for task in done(cases.list_tasks(plain.desk.sit("zhao"))):
        if task.hcp_id == hcp:
            done(cases.done_task(plain.desk.sit("zhao"), task_id=task.task_id, receipt="确认停止 2026-1"))
    assert plain.state(hcp) == "archived"
    # the no underneath still closes, locks asking and can be proved; three years later erasing may be asked for
    line = plain.line(hcp)
    assert line is not None and (line.ended, line.code, line.may_ask) == ("withdrawn", "WITHDRAWN_BY_SUBJECT", False)
    assert line.archived_since == plain.desk.at and line.keep_until is not None
    assert shanghai_day(line.keep_until) - shanghai_day(line.archived_since) in (timedelta(1096), timedelta(1097))
    refused = no(profiles.open_profile(plain.desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT))
    assert refused.reason == "consent_withdrawn"
    assert no(plain.present(hcp)).reason
    made = done(consent_timeline.consent_timeline(plain.desk.sit("chen"), hcp_id=hcp, item="visit")).items[0]
    assert [str(b.status) for b in made.bands] == ["given", "withdrawn", "archived"]
    # it stays provable: the pack tells both words, its record is that of a withdrawal
    out = plain.desk.folder / "archived"
    wish = ProofRequest(hcp_id=hcp, folder=out, reason="audit")
    done(proof_pack.make_proof_pack(plain.desk.sit("zhao"), request=wish))
    (events,), (record,) = list(out.rglob("5-events.json")), list(out.rglob("record.json"))
    told = json.loads(events.read_text(encoding="utf-8"))["status_now"]
    assert (told["status"], told["ended_as"]) == ("archived", "withdrawn")
    assert json.loads(record.read_text(encoding="utf-8"))["events"][-1]["event_state"] == "withdrawn"
    # before the confirmation it was withdrawn, and a new act of the person begins a new record
    before = line.archived_since - timedelta(seconds=1)
    then = done(standing.consent_status(plain.desk.sit("chen"), hcp_id=hcp, as_of=before))
    assert [x.status for x in then if x.item == "visit"] == ["withdrawn"]
    plain.desk.wait(days=2)
    plain.give(hcp, asked_by_hcp=True)
    assert plain.state(hcp) == "given"


def test_transition_c25(plain: Stage) -> None:
    """ERASED takes two; nothing can be said or opened afterwards, and the log keeps who and when."""
    hcp = plain.someone()
    event = plain.give(hcp)
    plain.desk.wait(minutes=5)
    withdraw(plain.desk, hcp, plain.now())
    request = done(erasure.request_erasure(plain.desk.sit("chen"), hcp_id=hcp, reason="REQ-1"))
    assert no(two_person.approve(plain.desk.sit("chen"), request_id=request.request_id))
    done(two_person.approve(plain.desk.sit("sun"), request_id=request.request_id))
    for act in (
        lambda: plain.say(hcp, "given"),
        lambda: plain.present(hcp),
        lambda: withdraw(plain.desk, hcp, plain.now()),
    ):
        with pytest.raises(ComplianceError):
            act()
    with pytest.raises(ComplianceError):
        checking.open_evidence(plain.desk.sit("chen"), event_id=event)


def test_every_row_of_the_table_has_its_test() -> None:
    assert {*PLAIN, *CHANGED, "C24", "C25"} == {f"C{n:02}" for n in range(1, 26)}


# --- what is not in the table ----------------------------------------------------------------------------------------

#: state → acts that must change nothing. The withdrawal is missing on purpose: it is always accepted (PIPL 15).
NOT_IN_TABLE = [
    ("not_asked", "suspend"),
    ("not_asked", "resume"),
    ("presented", "suspend"),
    ("presented", "resume"),
    ("evidence_pending", "suspend"),
    ("evidence_pending", "resume"),
    ("evidence_pending", "own_check"),
    ("refused", "suspend"),
    ("refused", "resume"),
    ("refused", "present"),
    ("refused", "give"),
    ("refused", "no_answer"),
    ("refused", "deferred"),
    ("withdrawn", "suspend"),
    ("withdrawn", "resume"),
    ("withdrawn", "present"),
    ("withdrawn", "give"),
    ("withdrawn", "check_again"),
    ("given", "resume"),
    ("given", "present"),
    ("given", "no_answer"),
    ("given", "deferred"),
    ("given", "check_again"),
    ("suspended", "present"),
    ("suspended", "no_answer"),
    ("suspended", "suspend"),
    ("expired", "suspend"),
    ("expired", "resume"),
    ("expired", "check_again"),
    ("invalidated", "suspend"),
    ("invalidated", "resume"),
    ("invalidated", "check_again"),
    ("revoked", "suspend"),
    ("revoked", "resume"),
    ("revoked", "present"),
    ("revoked", "give"),
]


@pytest.mark.parametrize(("state", "act"), NOT_IN_TABLE)
def test_what_is_not_in_the_table_is_refused(plain: Stage, state: str, act: str) -> None:
    hcp, item = plain.someone(), "medical" if state == "revoked" else "visit"
    event = _bring_to(plain, hcp, state)
    plain.desk.wait(minutes=5)
    assert plain.state(hcp, item) == state
    seats = {"suspend": standing.suspend_consent, "resume": standing.resume_consent}
    if act in seats:
        with pytest.raises(InputErrors):
            seats[act](plain.desk.sit("zhao"), hcp_id=hcp, items=(item,))
    elif act in ("check_again", "own_check"):
        who = "chen" if act == "check_again" else "wu"
        assert no(checking.check_evidence(plain.desk.sit(who), event_id=event, accept=True))
    elif act == "present":
        plain.present(hcp, items=(item,))  # recorded or refused: never a change of what the person said
    else:
        plain.say(hcp, "given" if act == "give" else act, item=item)
    assert plain.state(hcp, item) == state


def _bring_to(s: Stage, hcp: str, state: str) -> str:
    event = ""
    if state in ("presented", "refused"):
        done(s.present(hcp))
    if state == "refused":
        done(s.say(hcp, "refused"))
    if state in ("evidence_pending", "invalidated"):
        event = s.upload(hcp)
    if state == "invalidated":
        done(s.check(event, code="illegible"))
    if state in ("given", "withdrawn", "suspended", "expired"):
        event = s.give(hcp, **({"valid_until": s.desk.at.date()} if state == "expired" else {}))
        s.desk.wait(days=2 if state == "expired" else 0, minutes=1)
    if state == "withdrawn":
        withdraw(s.desk, hcp, s.now())
    if state == "suspended":
        done(s.suspend(hcp))
    if state == "revoked":
        event = _revoked(s, hcp)
    return event


def _revoked(s: Stage, hcp: str) -> str:
    """Under ``medical``, ended for everybody (C19 came before, or comes now)."""
    if not any(x.scope == "medical" for x in done(stops.list_stops(s.desk.sit("zhao")))):
        done(stops.end_scope(s.desk.sit("zhao"), scope="medical", reason="ended"))
        s.desk.wait(minutes=1)
    event = str(
        done(
            answer(s.desk, hcp, "given", s.now(), item="medical", notice=s.notice, evidence=scan(s.desk, f"{hcp}-m"))
        ).event_id
    )
    done(s.check(event))
    return event


def test_a_withdrawn_record_never_becomes_valid_again(plain: Stage) -> None:
    """A new record is made; the old one stays withdrawn, and the withdrawal acts from receipt, not from entry."""
    hcp = plain.someone()
    old = day_yes(plain.desk, hcp, plain.desk.at.date().isoformat())
    plain.desk.wait(days=10)
    received = plain.desk.at - timedelta(days=3)
    withdraw(plain.desk, hcp, received.isoformat())
    plain.desk.wait(days=1)
    new = plain.give(hcp, asked_by_hcp=True)
    assert (plain.act_status(hcp, old), plain.act_status(hcp, new)) == ("withdrawn", "given")
    bands = done(consent_timeline.consent_timeline(plain.desk.sit("chen"), hcp_id=hcp, item="visit")).items[0].bands
    assert [(str(b.status), b.begins) for b in bands][1] == ("withdrawn", received)
