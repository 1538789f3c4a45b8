"""A rep asks in front of a person, offline; the file goes to the office, a pack tells the rep what came of it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyrage
import pytest
from support import NOTICE, Desk, Doctor, done, no

from compliance.clock import FixedClock
from compliance.errors import InputErrors
from compliance.exports import return_file
from compliance.exports.return_file import make_return_file, open_return
from compliance.model.access import Purpose, Role
from compliance.model.audit import Kind
from compliance.model.consent import Method
from compliance.model.ids import new_id
from compliance.model.register import PaperEnd, PaperState
from compliance.model.returned import Captured, Note, NoteKind, OpenedReturn, act_from_json, act_to_json
from compliance.use_cases.consent import checking, standing, withdrawing
from compliance.use_cases.consent.recording import RecordConsent
from compliance.use_cases.evidence import evidence
from compliance.use_cases.field import bundles, paper_register, rep_capture, rep_day_plan, returning, returns
from compliance.use_cases.notices.presenting import Presentation
from compliance.use_cases.people import reps
from compliance.use_cases.seat import clock_trouble
from compliance.use_cases.seat.rep_session import RepSession
from compliance.use_cases.seat.session import close_session, open_session
from compliance.vault.keys.age_key import identity_of

NAMES = ("上官一", "上官二", "上官三", "上官四")
WORDS = "a rep's own words"


class Field:
    """An office and a rep on the road."""

    def __init__(self, folder: Path, *, staff: dict[str, Role] | None = None) -> None:
        self.desk = Desk.create(folder, staff=staff or {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK})
        self.store = folder / "rep.ckvault"
        made = bundles.init_rep(self.store, passphrase=WORDS, clock=FixedClock(self.desk.at))
        self.desk.rep("mei", "E009", made.recipient)
        self.desk.bring([Doctor(number=f"C{n}", name=name, phone=f"1391234000{n}") for n, name in enumerate(NAMES)])
        self.ids = {name: self.desk.id_of(name) for name in NAMES}
        for hcp in self.ids.values():
            self.desk.consent(hcp)
        self.desk.assign(*self.ids.values(), rep="mei")
        self._rep: RepSession | None = None
        self.files = 0
        self.pack()

    @property
    def rep(self) -> RepSession:
        if self._rep is None:
            found = open_session(self.store, user="mei", passphrase=WORDS, clock=FixedClock(self.desk.at))
            assert isinstance(found, RepSession)
            self._rep = found
        self._rep.clock = FixedClock(self.desk.at)
        return self._rep

    def pack(self, *, days: int = 14, take: bool = True) -> Path:
        self.files += 1
        path = self.desk.folder / f"mei-{self.files}.ckpack"
        done(bundles.make_bundle(self.desk.sit("chen"), rep="mei", path=path, days=days))
        if take:
            done(bundles.open_bundle(self.rep, path=path))
        return path

    def photo(self, text: str = "photo") -> Path:
        return self.desk.paper(text)

    def say(self, name: str, item: str, answer: str, **more: object) -> str:
        at = self.desk.wait(minutes=1)
        facts: dict[str, object] = {
            "hcp_id": self.ids[name],
            "item": item,
            "answer": answer,
            "method": Method.PAPER,
            "notice": NOTICE,
            "presented_at": (at - timedelta(seconds=40)).isoformat(),
            "acted_at": at.isoformat(),
            "evidence": self.photo(f"{name} {item}") if answer == "given" else None,
            "identity_check": "known_in_person",
            "place_of_original": "柜 3-1",
        }
        request = RecordConsent(**{**facts, **more})  # type: ignore[arg-type]
        return str(done(rep_capture.capture_answer(self.rep, request=request)).event_id)

    def withdraw(self, name: str, *items: str) -> None:
        at = self.desk.wait(minutes=1).isoformat()
        done(
            rep_capture.capture_withdrawal(
                self.rep, hcp_id=self.ids[name], items=items or None, received_at=at, channel="当面"
            )
        )

    def send(self) -> Path:
        self.files += 1
        self.desk.wait(minutes=1)
        path = self.desk.folder / f"back-{self.files}.ckreturn"
        done(returning.make_return(self.rep, path=path))
        return path

    def receive(self, path: Path, *, who: str = "chen", dry_run: bool = False) -> returns.ReturnReceived:
        return done(returns.receive_return(self.desk.sit(who), path=path, dry_run=dry_run))  # type: ignore[no-any-return]

    def refused(self, path: Path, *, who: str = "chen") -> str:
        return str(no(returns.receive_return(self.desk.sit(who), path=path)).reason)

    def status(self, name: str, item: str = "visit") -> tuple[str, str]:
        lines = done(standing.consent_status(self.desk.sit("chen"), hcp_id=self.ids[name]))
        line = next((x for x in lines if x.item == item), None)
        return (str(line.status), str(line.code)) if line else ("not_asked", "")

    def states(self) -> dict[str, str]:
        return {n.note_id: n.state for n in done(returning.list_notes(self.rep))}

    def close(self) -> None:
        if self._rep is not None:
            close_session(self._rep)
            self._rep = None
        self.desk.rise()


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path / "f")
    yield made
    made.close()


@pytest.mark.req("REQ-017", "REQ-029")
def test_what_was_captured_offline_reaches_the_desk_and_comes_back_confirmed(field: Field) -> None:
    yes = field.say("上官一", "digital/wecom", "given")
    said_no = field.say("上官二", "digital/email", "refused")
    later = field.say("上官三", "event", "deferred", ask_again_from=date(2027, 3, 1))
    ask = Presentation(hcp_id=field.ids["上官三"], notice=NOTICE, channel="visit", items=("digital/wecom",))
    shown = done(rep_capture.capture_hand_over(field.rep, request=ask))
    field.withdraw("上官四")
    received_at = field.desk.at
    assert set(field.states().values()) == {"here"}
    path = field.send()
    raw = path.read_bytes()
    assert raw.startswith(b"age-encryption.org/v1") and b"HCP-" not in raw
    assert set(field.states().values()) == {"sent"}

    tried = field.receive(path, dry_run=True)
    assert (tried.count("to_check"), tried.count("recorded"), tried.conflicts) == (1, 3, ())
    assert field.status("上官一", "digital/wecom")[0] == "not_asked"  # a preview keeps nothing
    field.desk.wait(days=1)
    made = field.receive(path)
    outcomes = {n.note_id: n.outcome for n in made.notes}
    assert outcomes == {n.note_id: n.outcome for n in tried.notes}
    assert (outcomes[yes], outcomes[said_no], outcomes[later]) == ("to_check", "recorded", "recorded")
    assert all(outcomes[event] == "recorded" for _, event in shown.events)
    assert field.status("上官一", "digital/wecom") == ("evidence_pending", "PENDING_CHECK")  # nothing opens by itself
    assert field.status("上官二", "digital/email")[0] == "refused"
    assert field.status("上官三", "event")[0] == "deferred"
    assert field.status("上官三", "digital/wecom")[0] == "presented"
    assert field.status("上官四") == ("withdrawn", "WITHDRAWN_BY_SUBJECT")
    lines = done(standing.consent_status(field.desk.sit("chen"), hcp_id=field.ids["上官四"]))
    line = next(x for x in lines if x.item == "visit")
    assert line.since == received_at  # when the rep received it, not when the file came
    (waiting,) = done(checking.pending_checks(field.desk.sit("chen")))
    assert (waiting.recorded_by, waiting.item) == ("mei", "digital/wecom")
    opened = done(checking.open_evidence(field.desk.sit("chen"), event_id=waiting.event_id))
    assert b"digital/wecom" in opened.data
    checked = done(checking.check_evidence(field.desk.sit("chen"), event_id=waiting.event_id, accept=True))
    assert checked.status == "given"

    field.pack()
    states = field.states()
    assert (states[yes], states[said_no], states[later]) == ("to_check", "recorded", "recorded")
    kept = list((field.store / "evidence").iterdir())
    assert kept == []  # the office has the photo now, the rep's computer none
    assert field.rep.vault.check(full=True).ok
    assert field.desk.sit("chen").vault.check(full=True).ok
    kinds = {e.kind for e in done(evidence.list_entries(field.desk.sit("chen"), limit=40))}
    assert {Kind.RETURN_RECEIVED, Kind.CONSENT_WITHDRAWN, Kind.CONSENT_RECORDED} <= kinds
    with field.rep.vault.vault.snapshot() as snap:
        logged = {e.data["kind"] for e in snap.log.find(kind=(Kind.ACT_CAPTURED, Kind.RETURN_MADE), limit=50)}
    assert logged == {"act_captured", "return_made"}


def test_what_closes_acts_in_the_reps_store_at_once_and_nothing_opens_there(field: Field) -> None:
    hcp = field.ids["上官一"]
    field.say("上官一", "digital/wecom", "given")
    assert field.rep.vault.action(hcp, field.desk.at) == "open"
    field.withdraw("上官一", "visit")
    refusal = no(bundles.rep_profile(field.rep, hcp, Purpose.VISIT))
    assert refusal.reason == "no_valid_consent"
    assert field.rep.vault.action(hcp, field.desk.at) == "do_not_contact"
    ask = Presentation(hcp_id=hcp, notice=NOTICE, channel="visit", items=("event",))
    assert no(rep_capture.capture_hand_over(field.rep, request=ask)).reason == "rep_do_not_ask"
    done(rep_capture.capture_hand_over(field.rep, request=replace(ask, asked_by_hcp=True)))  # what they offer is taken
    plan = done(
        rep_day_plan.own_day_plan(field.rep, hcp_ids=[hcp], day=field.desk.at.date(), path=field.desk.folder / "p.pdf")
    )
    assert plan.path is None and [r.hcp_id for r in plan.refused] == [hcp]


def test_faults_of_a_capture_are_told_and_keep_nothing(field: Field) -> None:
    hcp, at = field.ids["上官一"], field.desk.at

    def tried(**more: object) -> str:
        facts = {
            "hcp_id": hcp, "item": "event", "answer": "given", "method": Method.PAPER, "notice": NOTICE,
            "presented_at": at.isoformat(), "acted_at": at.isoformat(), "evidence": field.photo(),
        }  # fmt: skip
        try:
            request = RecordConsent(**{**facts, **more})  # type: ignore[arg-type]
            return str(no(rep_capture.capture_answer(field.rep, request=request)).reason)
        except InputErrors as error:
            return error.code

    assert tried(evidence=None) == "evidence_missing"
    stub = field.desk.folder / "photo.jpg"
    for content in (b"\xff\xd8\xff\xe0", b"dots"):  # four bytes are no photo, and neither is a text named like one
        stub.write_bytes(content)
        assert tried(evidence=stub) == "proof_broken"
    assert tried(notice="CK-VISIT@9.9") == "unknown_notice"
    assert tried(item="speaker") == "item_not_in_notice"
    assert tried(acted_at=(at + timedelta(days=1)).isoformat()) == "in_the_future"
    assert tried(presented_at=at.isoformat(), acted_at=(at - timedelta(hours=1)).isoformat()) == "act_before_notice"
    assert tried(hcp_id="HCP-ZZZZZZZZ") == "no_valid_consent"
    assert tried(hcp_id="上官一") == "unknown_person"
    assert tried(identity_check="手机 13912345678") == "free_text_phone"
    assert field.states() == {}
    with pytest.raises(InputErrors, match="nothing_to_return"):
        returning.make_return(field.rep, path=field.desk.folder / "none")
    field.desk.wait(days=15)
    assert tried() == "pack_expired"
    field.withdraw("上官一")  # always
    assert list(field.states().values()) == ["here"]


@pytest.mark.req("REQ-029")
def test_a_return_is_taken_once_and_a_lost_one_loses_nothing(field: Field) -> None:
    first_act = field.say("上官一", "digital/wecom", "given")
    lost = field.send()
    second_act = field.say("上官一", "digital/email", "given")
    second = field.send()
    made = field.receive(second)
    assert {n.note_id: n.outcome for n in made.notes} == {first_act: "to_check", second_act: "to_check"}
    assert made.warnings == ("return_gap",)
    assert field.refused(second) == "return_again"
    assert field.refused(lost) == "return_older_sequence"
    field.say("上官二", "event", "refused")
    third = field.receive(field.send())  # no pack has answered yet: all come again, two of them in vain
    assert (third.count("duplicate"), third.count("recorded"), third.conflicts) == (2, 1, ())
    assert len(done(checking.pending_checks(field.desk.sit("chen")))) == 2
    field.pack()
    field.say("上官二", "digital/email", "refused")
    fourth = field.receive(field.send())
    assert (fourth.count("duplicate"), fourth.count("recorded"), fourth.count("noted")) == (0, 1, 1)
    listed = done(returns.list_returns(field.desk.sit("chen"), rep="mei"))
    assert [one.made.sequence for one in listed] == [4, 3, 2]


def test_what_the_rules_do_not_take_is_a_conflict_by_name(field: Field) -> None:
    note = field.say("上官一", "event", "given")
    other = field.say("上官二", "event", "given")
    done(
        withdrawing.withdraw_consent(  # meanwhile the office heard a no, and asking is locked
            field.desk.sit("wu"), hcp_id=field.ids["上官一"], items=["event"],
            received_at=(field.desk.at - timedelta(hours=1)).isoformat(), channel="电话",
        )
    )  # fmt: skip
    made = field.receive(field.send())
    outcomes = {n.note_id: n.outcome for n in made.notes}
    assert (outcomes[note], outcomes[other]) == ("ask_locked", "to_check")
    assert [n.note_id for n in made.conflicts] == [note]
    field.pack()
    assert field.states()[note] == "ask_locked"  # the rep is told


def test_bad_files_are_refused_each_in_its_own_words(field: Field, tmp_path: Path) -> None:
    field.say("上官一", "event", "given")
    good = field.send()
    data = good.read_bytes()
    secret = field.rep.vault.office().secret
    opened = open_return(data, identity_of(field.desk.sit("chen").vault.returns_key()))
    assert isinstance(opened, OpenedReturn)

    def file(content: bytes) -> Path:
        path = tmp_path / f"bad{len(list(tmp_path.glob('bad*')))}"
        path.write_bytes(content)
        return path

    def signed(**changes: object) -> Path:
        """By the rep's own device, with other words."""
        documents = {digest: found for digest, (_, found) in opened.documents.items()}
        return file(
            make_return_file(
                replace(opened.manifest, **changes), opened.notes, documents, secret=secret,
                device=field.rep.vault.vault.keyring.signing, office=field.rep.vault.office().returns_to,
            )
        )  # fmt: skip

    assert field.refused(file(b"nothing")) == "return_not_a_return"
    assert field.refused(file(data[:-40])) == "return_damaged"
    assert field.refused(file(data[:400] + bytes([data[400] ^ 1]) + data[401:])) == "return_damaged"
    stranger = str(pyrage.x25519.Identity.generate().to_public())
    identity = pyrage.x25519.Identity.from_str(identity_of(field.desk.sit("chen").vault.returns_key()))
    plain = pyrage.decrypt(data, [identity])
    elsewhere = pyrage.encrypt(plain, [pyrage.x25519.Recipient.from_str(stranger)])
    assert field.refused(file(elsewhere)) == "return_wrong_office"
    office = [pyrage.x25519.Recipient.from_str(field.rep.vault.office().returns_to)]
    at = plain.index(b'"sequence"') + 11
    forged = plain[:at] + b"9" + plain[at + 1 :]
    assert field.refused(file(pyrage.encrypt(forged, office))) == "return_signature"
    assert field.refused(file(pyrage.encrypt(plain[:-3], office))) == "return_damaged"
    assert field.refused(file(pyrage.encrypt(plain + b"x", office))) == "return_damaged"
    assert field.refused(signed(vault="V-ANOTHER")) == "return_wrong_vault"
    assert field.refused(signed(rep="somebody")) == "return_unknown_rep"
    assert field.refused(signed(recipient=stranger)) == "return_other_key"
    assert field.refused(signed(pack=7)) == "return_unknown_pack"
    assert field.refused(signed(pack_sha256="0" * 64)) == "return_unknown_pack"
    secret = "00" * 32
    assert field.refused(signed()) == "return_signature"  # whoever signed never opened that pack
    assert no(returns.receive_return(field.desk.sit("wu"), path=good)).reason == "role_not_allowed"
    assert field.status("上官一", "event")[0] == "not_asked"
    assert field.receive(good).count("to_check") == 1
    entries = done(evidence.list_entries(field.desk.sit("chen"), limit=60))
    assert sum(e.kind == Kind.RETURN_REFUSED for e in entries) == 13


def test_of_a_rep_signed_off_and_of_a_pack_that_was_over_only_what_closes_is_taken(field: Field) -> None:
    field.say("上官一", "event", "given")
    only_yes = field.send()
    field.withdraw("上官二", "visit")
    both = field.send()
    done(reps.end_rep(field.desk.sit("chen"), name="mei"))
    assert field.refused(only_yes) == "return_rep_revoked"
    made = field.receive(both)
    assert made.warnings == ("return_rep_revoked", "return_gap")
    assert {n.outcome for n in made.notes} == {"withdrawn", "return_rep_revoked"}
    assert field.status("上官二")[0] == "withdrawn" and field.status("上官一", "event")[0] == "not_asked"
    fresh = bundles.make_bundle(field.desk.sit("chen"), rep="mei", path=field.desk.folder / "x")
    assert no(fresh).reason == "rep_signed_off"


def test_a_return_made_after_the_pack_was_over(field: Field) -> None:
    field.say("上官一", "event", "given")
    field.desk.wait(days=15)
    assert field.refused(field.send()) == "return_pack_expired"
    field.withdraw("上官二", "visit")
    made = field.receive(field.send())
    assert made.count("withdrawn") == 1 and made.warnings[0] == "return_pack_expired"


def test_printed_plans_recalled_papers_and_packs_come_with_it(field: Field) -> None:
    plan = done(
        rep_day_plan.own_day_plan(
            field.rep, hcp_ids=list(field.ids.values())[:2], day=field.desk.at.date(), path=field.desk.folder / "p.pdf"
        )
    )
    assert plan.path is not None
    field.receive(field.send())
    (known,) = done(paper_register.list_papers(field.desk.sit("chen")))
    assert (known.serial, known.rep, known.sha256) == (plan.serial, "mei", plan.sha256)
    done(paper_register.recall_papers(field.desk.sit("chen"), serials=[plan.serial]))
    field.pack()
    assert field.rep.vault.office().recalls == (plan.serial,)
    with pytest.raises(InputErrors, match="unknown_sheet_serial"):
        returning.report_own_papers(field.rep, serials=["D-NOBODYS"], how=PaperEnd.RETURNED)
    done(returning.report_own_papers(field.rep, serials=[plan.serial], how=PaperEnd.DESTROYED))
    assert done(returning.drop_pack(field.rep)) == 4
    assert no(bundles.rep_profile(field.rep, field.ids["上官一"], Purpose.VISIT)).reason == "no_valid_consent"
    made = field.receive(field.send())
    assert sorted(n.outcome for n in made.notes) == ["ended", "noted", "noted"]
    (ended,) = done(paper_register.list_papers(field.desk.sit("chen"), state=PaperState.ENDED))
    assert (ended.serial, ended.ended_how) == (plan.serial, PaperEnd.DESTROYED)
    assert [n.kind for n in made.notes if n.kind is NoteKind.PACK_GONE] == [NoteKind.PACK_GONE] * 2


def test_while_the_clock_waits_to_be_looked_at_a_yes_stays_unanswered_and_a_no_is_taken(field: Field) -> None:
    yes = field.say("上官一", "digital/wecom", "given")
    said_no = field.say("上官二", "digital/email", "refused")
    path = field.send()
    chen = field.desk.sit("chen")
    with chen.vault.unit_of_work() as uow:
        uow.commit(chen.vault.event(Kind.CLOCK_ANOMALY, field.desk.at, seconds_behind=900))
    made = field.receive(path)
    assert {n.note_id: n.outcome for n in made.notes} == {yes: "clock_trouble", said_no: "recorded"}
    done(clock_trouble.acknowledge_clock(field.desk.sit("zhao")))
    again = field.receive(field.send())
    assert {n.note_id: n.outcome for n in again.notes} == {yes: "to_check", said_no: "duplicate"}


@pytest.mark.req("REQ-029")
def test_more_than_a_file_holds_goes_with_several_what_closes_first(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returning, "_MOST_DOCUMENTS", 2)
    yes = [field.say(name, "digital/wecom", "given") for name in NAMES[:3]]
    no_ = field.say("上官四", "digital/email", "refused", evidence=field.photo("no"))
    first = field.receive(field.send())
    assert {n.note_id for n in first.notes} == {no_, yes[0]}
    assert [field.states()[note] for note in yes] == ["sent", "here", "here"]
    second = field.receive(field.send())  # no pack in between: what was in none goes before what comes again
    assert {n.note_id: n.outcome for n in second.notes} == dict.fromkeys(yes[1:], "to_check")
    field.pack()
    assert set(field.states().values()) >= {"to_check", "recorded"} and "sent" not in field.states().values()


class Forger:
    """A rep's computer with another program on it: its own key and secret, any words."""

    def __init__(self, field: Field) -> None:
        field.say("上官一", "event", "given")
        opened = open_return(field.send().read_bytes(), identity_of(field.desk.sit("chen").vault.returns_key()))
        assert isinstance(opened, OpenedReturn)
        self.field, self.manifest = field, opened.manifest
        self.act = replace(act_from_json(opened.notes[0].body), hcp_id=field.ids["上官二"], answer=Captured.REFUSED)

    def note(self, body: Mapping[str, Any], kind: NoteKind = NoteKind.ACT, **more: Any) -> Note:
        return Note(**{"note_id": new_id("N", 12), "kind": kind, "at": self.field.desk.at, "body": body, **more})

    def file(self, *notes: Note, documents: Mapping[str, bytes] | None = None, **changes: Any) -> Path:
        self.manifest = replace(self.manifest, sequence=self.manifest.sequence + 1)
        path = self.field.desk.folder / f"forged-{self.manifest.sequence}"
        office = self.field.rep.vault.office()
        path.write_bytes(
            make_return_file(
                replace(self.manifest, **changes), notes, documents or {}, secret=office.secret,
                device=self.field.rep.vault.vault.keyring.signing, office=office.returns_to,
            )
        )  # fmt: skip
        return path

    def outcome(self, *notes: Note, documents: Mapping[str, bytes] | None = None) -> str:
        """What the office says of the first note; "refused" of a file it does not take."""
        answer = returns.receive_return(self.field.desk.sit("chen"), path=self.file(*notes, documents=documents)).value
        return answer.notes[0].outcome if isinstance(answer, returns.ReturnReceived) else "refused"


def test_words_of_another_program_reach_neither_log_nor_register_and_stop_nothing(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    forger = Forger(field)
    act, name = act_to_json(forger.act), "王伟 13912345678"
    for wrong in ({"pages": "abc"}, {"pages": [1]}, {"item": ["visit"]}, {"asked_by_hcp": 1}, {"place": {"a": 1}}):
        assert forger.outcome(forger.note({**act, **wrong})) == "refused"
    for at in ("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00"):
        assert forger.outcome(forger.note({**act, "acted_at": at})) == "refused"
    far = {**act, "answer": "given", "precision": "day", "acted_at": "9999-12-31T23:59:59.999999Z"}
    assert forger.outcome(forger.note(far)) == "unreadable"
    assert forger.outcome(forger.note({**act, "answer": "given", "valid_until": "9999-12-31"})) == "unreadable"
    assert forger.outcome(forger.note({**act, "item": name})) in ("unknown_line", "refused")
    plan = {
        "serial": "D-AAAAAAAA", "purpose": "visit", "issued_at": field.desk.at.isoformat(), "sha256": "0" * 64,
        "expires_at": (field.desk.at + timedelta(days=1)).isoformat(), "people": [[field.ids["上官一"], "visit"]],
    }  # fmt: skip
    for wrong in (
        {"serial": f'=HYPERLINK("http://x","{name}")'}, {"serial": ["D-AAAAAAAA"]}, {"serial": 5}, {"sha256": name},
        {"sha256": 5}, {"people": [[name, "visit"]]}, {"people": [[{"a": 1}, "visit"]]}, {"people": []},
        {"serial": "S-AAAAAAAA"}, {"expires_at": "9999-12-31T23:59:59Z"}, {"issued_at": "0001-01-01T00:00:00Z"},
    ):  # fmt: skip
        assert forger.outcome(forger.note({**plan, **wrong}, NoteKind.PAPER)) == "unreadable"
    assert forger.outcome(forger.note(plan, NoteKind.PAPER)) == "registered"
    assert forger.outcome(forger.note({"serial": [name], "how": "lost"}, NoteKind.PAPER_END)) == "unknown_sheet_serial"
    chen = field.desk.sit("chen")
    for changes in (
        {"checkpoint": name}, {"checkpoint": ["a"]}, {"rep": ["mei"]}, {"store": [name]}, {"store": name},
        {"pack_sha256": name}, {"previous_sha256": name}, {"recipient": 5},
    ):  # fmt: skip
        path = forger.file(forger.note(act), **changes)
        assert no(returns.receive_return(chen, path=path)).reason == "return_not_a_return"
    for mac in (5, ["x"], "密" * 64):
        with monkeypatch.context() as patch:
            patch.setattr(return_file, "_mac", lambda *_, mac=mac: mac)
            path = forger.file(forger.note(act))
        assert no(returns.receive_return(chen, path=path)).reason == "return_not_a_return"
    said = str(list(done(evidence.list_entries(field.desk.sit("chen"), limit=200))))
    listed = str(done(returns.list_returns(field.desk.sit("chen"))))
    papers = str(done(paper_register.list_papers(field.desk.sit("chen"))))
    assert name not in said + listed + papers
    assert field.desk.sit("chen").vault.check(full=True).ok


@pytest.mark.req("REQ-031")
def test_a_no_closes_whatever_else_is_wrong_with_its_note(field: Field) -> None:
    forger = Forger(field)
    archive = b"PK\x03\x04 a table"
    digest = sha256(archive).hexdigest()
    act = act_to_json(replace(forger.act, item="visit"))
    wrong = forger.note(act, evidence=digest, media_type="image/png")
    assert field.status("上官二")[0] == "given"
    assert forger.outcome(wrong, documents={digest: archive}) == "withdrawn"
    assert field.status("上官二")[0] == "withdrawn"
    for n, more in enumerate(({"identity_check": "  "}, {"valid_until": "2020-01-01"}, {"valid_until": "9999-12-31"})):
        who = field.ids[NAMES[n % 2 * 2 + 1]]
        assert forger.outcome(forger.note({**act, "hcp": who, **more})) in ("withdrawn", "recorded")
    assert field.status("上官四")[0] in ("withdrawn", "refused")


def test_a_pack_in_place_of_another_finishes_no_task_that_is_younger_than_itself(field: Field) -> None:
    office_pack = field.pack(take=False)  # issued, and taken days later
    field.desk.wait(days=2)
    done(
        withdrawing.withdraw_consent(
            field.desk.sit("wu"), hcp_id=field.ids["上官一"], items=["visit"], received_at=field.desk.at.isoformat(),
            channel="电话",
        )
    )  # fmt: skip
    field.desk.wait(days=1)
    done(bundles.open_bundle(field.rep, path=office_pack))
    assert field.receive(field.send()).count("noted") == 1
    with field.desk.sit("chen").vault.snapshot() as snap:
        assert [t.subject for t in snap.tasks.open(kind="refresh_pack")] == ["mei"]  # the person is still in it
    field.pack()
    field.receive(field.send())
    with field.desk.sit("chen").vault.snapshot() as snap:
        assert snap.tasks.open(kind="refresh_pack") == []


def test_a_yes_beside_a_no_in_the_return_of_a_pack_that_was_over_comes_again(field: Field) -> None:
    yes = field.say("上官一", "event", "given")
    field.desk.wait(days=15)
    field.withdraw("上官二", "visit")
    made = field.receive(field.send())
    assert {n.outcome for n in made.notes} == {"withdrawn", "return_pack_expired"}
    field.pack()
    assert field.states()[yes] == "sent"
    again = field.receive(field.send())
    assert {n.note_id: n.outcome for n in again.notes}[yes] == "to_check"
