"""The main job from file to withdrawal, told once and checked at every step (issue 1)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from support import NOTICE, NOW, Desk, Doctor, done, invent, no, shown

from compliance.errors import InputErrors
from compliance.model.access import Purpose
from compliance.model.consent import Method
from compliance.use_cases.consent import checking, recording, standing, withdrawing
from compliance.use_cases.notices import notices
from compliance.use_cases.people import reps
from compliance.use_cases.seeing import profiles

EIGHT = timedelta(hours=8)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(tmp_path_factory.mktemp("story"))
    desk.bring(
        [
            Doctor(
                number="A1", name="欧阳明月", phone="13812345678", email="ouyang@example.com", licence="110000000000901"
            ),
            Doctor(number="A2", name="司马青衫", phone="13987650002", consent="Y", licence="110000000000902"),
            Doctor(number="A3", name="上官流云", phone="13987650003", licence="110000000000903"),
            Doctor(number="A4", name="诸葛听雨", phone="13987650004", licence="110000000000904", consent="N"),
            *invent(40),
        ]
    )
    yield desk
    desk.rise()


@pytest.fixture(autouse=True)
def _clock(desk: Desk) -> None:
    desk.at = NOW


def visit(desk: Desk, hcp_id: str, rep: str | None = None, who: str = "chen"):  # type: ignore[no-untyped-def]
    return profiles.open_profile(desk.sit(who), hcp_id=hcp_id, purpose=Purpose.VISIT, as_rep=rep)


@pytest.mark.req("REQ-017", "REQ-028", "REQ-029", "REQ-044", "REQ-048", "REQ-050")
def test_from_import_to_withdrawal(desk: Desk) -> None:
    hcp = desk.id_of("欧阳明月")
    desk.assign(hcp)
    assert no(visit(desk, hcp)).references

    made = done(recording.record_consent(desk.sit("chen"), request=desk.act(hcp)))
    assert made.status == "evidence_pending"
    no(visit(desk, hcp))
    no(visit(desk, hcp, rep="liming"))

    own = no(checking.check_evidence(desk.sit("chen"), event_id=made.event_id, accept=True))
    assert own.references
    no(visit(desk, hcp))

    waiting = done(checking.pending_checks(desk.sit("sun")))
    assert [w.event_id for w in waiting if w.hcp_id == hcp] == [made.event_id]
    opened = done(checking.open_evidence(desk.sit("sun"), event_id=made.event_id))
    assert opened.data.startswith(b"%PDF")
    assert done(checking.check_evidence(desk.sit("sun"), event_id=made.event_id, accept=True)).status == "given"

    view = shown(done(visit(desk, hcp)))
    assert view["full_name"] == "欧阳明月"
    assert "13812345678" not in view.values()
    assert view.get("mobile_phone", "138****5678") == "138****5678"
    as_rep = shown(done(visit(desk, hcp, rep="liming")))
    assert not any("13812345678" in v or "ouyang@" in v for v in as_rep.values())
    no(visit(desk, hcp, rep="hanmei"))

    desk.wait(minutes=1)
    gone = done(
        withdrawing.withdraw_consent(
            desk.sit("wu"), hcp_id=hcp, items=["visit"], received_at=desk.at.isoformat(), channel="phone"
        )
    )
    assert gone.withdrawn == ("visit",)
    for rep in (None, "liming"):
        no(visit(desk, hcp, rep=rep))
    names = done(profiles.find_people(desk.sit("chen"), text="欧阳明月", purpose=Purpose.VISIT))
    assert (names.total, names.rows) == (0, ())


@pytest.mark.req("REQ-029")
def test_status_over_time(desk: Desk) -> None:
    hcp = desk.id_of("上官流云")
    start = desk.at
    act = desk.act(hcp)
    made = done(recording.record_consent(desk.sit("wu"), request=act))
    desk.wait(hours=2)
    done(checking.check_evidence(desk.sit("chen"), event_id=made.event_id, accept=True))
    desk.wait(days=10)
    done(
        withdrawing.withdraw_consent(
            desk.sit("wu"), hcp_id=hcp, items=["visit"], received_at=desk.at.isoformat(), channel="微信"
        )
    )
    desk.wait(days=5)

    def status(as_of: datetime | None = None, known_at: datetime | None = None) -> str:
        lines = done(standing.consent_status(desk.sit("chen"), hcp_id=hcp, as_of=as_of, known_at=known_at))
        return next((str(x.status) for x in lines if x.item == "visit"), "not_asked")

    assert status() == "withdrawn"
    assert status(as_of=start + timedelta(days=5)) == "given"
    assert status(as_of=start - timedelta(days=30)) == "not_asked"
    assert status(as_of=start + timedelta(hours=1), known_at=start + timedelta(hours=1)) == "evidence_pending"
    assert status(as_of=start + timedelta(days=12), known_at=start + timedelta(days=5)) == "given"


@pytest.mark.req("REQ-014")
def test_the_notice_comes_before_the_act(desk: Desk) -> None:
    hcp = desk.id_of(*_someone(desk, 1))
    before = log_size(desk)
    late = desk.act(hcp, presented_at="2026-11-20T10:00:00+08:00", acted_at="2026-11-20T09:59:59+08:00")
    answer = recording.record_consent(desk.sit("wu"), request=late)
    assert no(answer).references
    assert all(x.item != "visit" for x in done(standing.consent_status(desk.sit("chen"), hcp_id=hcp)))
    assert log_size(desk) > before  # the refusal is logged


@pytest.mark.req("REQ-019")
def test_an_act_without_identity_check_is_refused(desk: Desk) -> None:
    hcp = desk.id_of(*_someone(desk, 1))
    for empty in ("", "  "):
        with pytest.raises(InputErrors) as fault:
            recording.record_consent(desk.sit("wu"), request=desk.act(hcp, identity_check=empty))
        assert fault.value.code == "identity_check_missing"
    made = done(recording.record_consent(desk.sit("wu"), request=desk.act(hcp, identity_check=None)))
    with desk.sit("wu").vault.snapshot() as snap:  # not said: at least the way of the act is kept
        stored = snap.consents.event(made.event_id)
    assert stored is not None and stored.identity_check == "method:paper"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"acted_at": "2026-11-25"}, "in_the_future"),
        ({"presented_at": "2026-11-24T10:00:01+08:00"}, "in_the_future"),
        ({"hcp_id": "HCP-ZZZZZZZZ"}, "unknown_person"),
        ({"item": "vizit"}, "unknown_line"),
        ({"item": "nonsense/telepathy"}, "unknown_line"),
        ({"notice": "CK-NONE@9.9"}, "unknown_notice"),
        ({"answer": "perhaps"}, "unknown_answer"),
        ({"acted_at": "24.11.2026"}, "bad_time"),
    ],
)
def test_bad_input_changes_nothing(desk: Desk, change: dict[str, object], code: str) -> None:
    hcp = desk.id_of(*_someone(desk, 2))
    desk.sit("wu")
    before = log_size(desk)
    with pytest.raises(InputErrors) as fault:
        recording.record_consent(desk.sit("wu"), request=desk.act(**{"hcp_id": hcp, **change}))  # type: ignore[arg-type]
    assert fault.value.code == code
    assert log_size(desk) == before
    assert not any((desk.vault / "evidence").glob("*.part"))


@pytest.mark.req("REQ-023")
def test_a_refusal_starts_the_ask_lock(desk: Desk) -> None:
    hcp = desk.id_of(*_someone(desk, 3))
    said = desk.act(
        hcp, answer="refused", presented_at="2026-11-01T09:00:00+08:00", acted_at="2026-11-01T10:00:00+08:00"
    )
    made = done(recording.record_consent(desk.sit("wu"), request=said))
    line = next(x for x in done(standing.consent_status(desk.sit("chen"), hcp_id=hcp)) if x.item == "visit")
    assert str(line.status) in ("refused", "evidence_pending"), made
    assert line.may_ask is False
    assert line.ask_again_from is not None
    assert (line.ask_again_from + EIGHT).date().isoformat() == "2027-05-01" or (
        line.ask_again_from + EIGHT
    ).date().isoformat() == "2027-04-30"
    # 180 days: a request on 30 April 2027 is refused, on 1 May it is not (REQ-023)
    asked = {"presented_at": "2027-04-30T09:00:00+08:00", "acted_at": "2027-04-30T10:00:00+08:00"}
    desk.at = datetime(2027, 4, 30, 12, 0, tzinfo=UTC)
    assert no(recording.record_consent(desk.sit("wu"), request=desk.act(hcp, **asked)))
    free = {"presented_at": "2027-05-01T09:00:00+08:00", "acted_at": "2027-05-01T10:00:00+08:00"}
    desk.at = datetime(2027, 5, 1, 12, 0, tzinfo=UTC)
    done(recording.record_consent(desk.sit("wu"), request=desk.act(hcp, **free)))


def test_the_lock_never_forbids_what_the_hcp_offers(desk: Desk) -> None:
    hcp = desk.id_of(*_someone(desk, 4))
    done(
        withdrawing.withdraw_consent(desk.sit("wu"), hcp_id=hcp, items=["visit"], received_at="2026-11-10", channel="x")
    )
    no(recording.record_consent(desk.sit("wu"), request=desk.act(hcp)))
    offered = done(recording.record_consent(desk.sit("wu"), request=desk.act(hcp, asked_by_hcp=True)))
    assert offered.status == "evidence_pending"


@pytest.mark.req("REQ-044")
def test_a_rep_hears_one_text_whatever_the_cause(desk: Desk) -> None:
    """Never asked, unproven, refused, withdrawn, frozen, not assigned, unknown: alike but for the log number."""
    never, withdrawn, frozen, foreign = (desk.id_of(*_someone(desk, n)) for n in (5, 6, 7, 8))
    unproven, refused = desk.id_of("司马青衫"), desk.id_of("诸葛听雨")
    desk.assign(never, withdrawn, frozen, unproven, refused)
    for hcp in (withdrawn, frozen):
        desk.consent(hcp)
    desk.assign(foreign, rep="hanmei")
    done(
        withdrawing.withdraw_consent(
            desk.sit("wu"), hcp_id=withdrawn, items=None, received_at=desk.at.isoformat(), channel="email"
        )
    )
    done(profiles.freeze_person(desk.sit("wu"), hcp_id=frozen))
    told = set()
    for hcp in (never, unproven, refused, withdrawn, frozen, foreign, "HCP-ZZZZZZZZ"):
        heard = no(visit(desk, hcp, rep="liming"))
        told.add((heard.reason, heard.references, heard.lifted_by, heard.detail))
    assert len(told) == 1, told
    assert next(iter(told))[0] == "no_valid_consent"


def test_unknown_rep_and_person(desk: Desk) -> None:
    with pytest.raises(InputErrors):
        visit(desk, desk.id_of("欧阳明月"), rep="nobody")
    with pytest.raises(InputErrors) as fault:
        visit(desk, "HCP-ZZZZZZZZ")
    assert fault.value.code == "unknown_person"
    with pytest.raises(InputErrors):
        reps.assign(desk.sit("chen"), hcp_ids=["HCP-ZZZZZZZZ"], rep="liming")


@pytest.mark.req("REQ-017")
def test_nobody_consents_in_an_hcps_place_by_import_method(desk: Desk) -> None:
    """A staff or import method is no act of the person."""
    hcp = desk.id_of(*_someone(desk, 9))
    for method in (Method.STAFF, Method.IMPORT):
        try:
            answer = recording.record_consent(desk.sit("wu"), request=desk.act(hcp, method=method))
        except InputErrors:
            continue
        no(answer)


@pytest.mark.req("REQ-022")
def test_a_consent_ends_at_midnight_in_shanghai(desk: Desk) -> None:
    hcp = desk.id_of(*_someone(desk, 10))
    desk.consent(hcp, valid_until=date(2026, 12, 31))
    desk.at = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    done(visit(desk, hcp))
    assert done(profiles.find_people(desk.sit("chen"), text="", purpose=Purpose.VISIT)).total >= 1
    desk.at = datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC)
    no(visit(desk, hcp))
    page = done(profiles.find_people(desk.sit("chen"), text="", purpose=Purpose.VISIT))
    assert hcp not in {r.hcp_id for r in page.rows}


def log_size(desk: Desk) -> int:
    with desk.sit("chen").vault.snapshot() as snap:
        return snap.log.size


def _someone(desk: Desk, number: int) -> tuple[str, str]:
    """Name and hospital of an invented person who is the only one of both."""
    people = invent(40)
    doctor = people[number]
    return doctor.name, doctor.hospital


def test_the_notice_ref_is_shipped(desk: Desk) -> None:
    assert NOTICE in {n.ref for n in done(notices.list_notices(desk.sit("wu")))}
    assert Path(desk.vault / "header.json").is_file()
