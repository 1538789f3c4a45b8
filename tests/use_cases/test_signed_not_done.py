"""An act signed by two that could not be done: nothing is used up, nothing runs twice, the log says what happened."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from support import PASS, Desk, done, invent, no

from compliance.clock import FixedClock
from compliance.errors import ComplianceError, ExportError, InputErrors
from compliance.i18n import Lang
from compliance.model.access import BeforeProof, Purpose, Role
from compliance.model.register import PendingRequest, RequestState
from compliance.progress import NoProgress
from compliance.use_cases.ending import erasure
from compliance.use_cases.evidence import evidence
from compliance.use_cases.field import sheets
from compliance.use_cases.seat import accounts
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seeing import people_export, profiles
from compliance.use_cases.signing import approvals, carrying, plans
from compliance.use_cases.signing.plans import PlanKind
from compliance.use_cases.upkeep import settings

PEOPLE = 205


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A vault with staff and enough people that a list takes two."""
    made = Desk.create(tmp_path_factory.mktemp("signed"))
    made.bring(invent(PEOPLE))
    page = done(profiles.find_people(made.sit("chen"), text="", purpose=Purpose.MDM, limit=PEOPLE))
    made.ids = tuple(row.hcp_id for row in page.rows)  # type: ignore[attr-defined]
    made.assign(*made.ids)  # type: ignore[attr-defined]
    yield made
    made.rise()


def ask_list(desk: Desk, path: Path) -> str:
    """A list of everybody, asked for by chen."""
    made = done(people_export.export_people(desk.sit("chen"), purpose=Purpose.MDM, path=path, progress=NoProgress()))
    assert isinstance(made, PendingRequest)
    return made.request_id


def state(desk: Desk, request_id: str) -> RequestState | None:
    """Where an open request stands; None when it is decided."""
    rows = {row.request_id: row for row in done(approvals.list_pending(desk.sit("sun")))}
    return rows[request_id].state if request_id in rows else None


def told(desk: Desk, request_id: str) -> list[str]:
    """What the log says about a request, oldest first."""
    rows = done(evidence.list_entries(desk.sit("zhou"), limit=300))
    return [str(row.kind) for row in reversed(rows) if row.detail.get("request") == request_id]


@pytest.mark.req("REQ-045")
def test_a_list_whose_file_exists_stays_signed_and_is_carried_out_later(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    request = ask_list(desk, path)
    path.write_bytes(b"in the way")
    with pytest.raises(ExportError, match="exists"):
        approvals.approve(desk.sit("sun"), request_id=request)
    assert path.read_bytes() == b"in the way"
    assert state(desk, request) is RequestState.SIGNED
    path.unlink()
    done(approvals.approve(desk.sit("chen"), request_id=request))  # the one who asked may take it up: both have signed
    assert path.stat().st_size > 1000 and state(desk, request) is None
    kinds = told(desk, request)
    around = {"access_refused", "export_approved"}  # a file is in the log before it is written
    assert [k for k in kinds if k not in around] == ["requested", "approved", "carry_failed", "carried_out"]
    with pytest.raises(InputErrors, match="request_decided"):
        approvals.approve(desk.sit("sun"), request_id=request)


@pytest.mark.req("REQ-045")
def test_a_signed_request_is_looked_at_anew_and_can_be_turned_down(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    request = ask_list(desk, path)
    path.write_bytes(b"in the way")
    fresh = "a passphrase for li"
    done(accounts.add_user(desk.sit("zhao"), name="li", role=Role.COMPLIANCE, passphrase=fresh))
    li = desk.fresh("li", fresh)
    with pytest.raises(ExportError):
        approvals.approve(li, request_id=request)
    sessions.close_session(li)
    assert no(approvals.approve(desk.sit("wu"), request_id=request)).reason == "role_not_allowed"
    done(accounts.remove_user(desk.sit("zhao"), name="li"))
    path.unlink()
    assert no(approvals.approve(desk.sit("sun"), request_id=request)).reason == "signer_gone"
    assert not path.exists()
    done(approvals.reject(desk.sit("chen"), request_id=request))
    assert state(desk, request) is None


@pytest.mark.req("REQ-045")
def test_a_signed_request_ends_with_its_days(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    request = ask_list(desk, path)
    path.write_bytes(b"in the way")
    with pytest.raises(ExportError):
        approvals.approve(desk.sit("sun"), request_id=request)
    path.unlink()
    before = desk.at
    desk.wait(days=400)
    assert no(approvals.approve(desk.sit("sun"), request_id=request)).reason == "request_expired"
    desk.at = before
    done(approvals.reject(desk.sit("sun"), request_id=request))


@pytest.mark.req("REQ-045")
def test_an_act_of_one_transaction_stands_with_its_approval_or_not_at_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = done(settings.set_before_proof(desk.sit("zhao"), choice=BeforeProof.CARD, until=None))
    if not isinstance(asked, PendingRequest):
        asked = done(
            settings.set_before_proof(desk.sit("zhao"), choice=BeforeProof.TRANSITION, until=date(2026, 12, 20))
        )
    assert isinstance(asked, PendingRequest)
    before = done(settings.get_settings(desk.sit("zhao")))["before_proof"]
    true = carrying.settle

    def trip(session, uow):  # type: ignore[no-untyped-def]
        true(session, uow)
        raise ComplianceError("storage_full")

    monkeypatch.setattr(settings, "settle", trip)
    with pytest.raises(ComplianceError, match="storage_full"):
        approvals.approve(desk.sit("chen"), request_id=asked.request_id)
    monkeypatch.undo()
    assert state(desk, asked.request_id) is RequestState.WAITING, "not even approved"
    assert done(settings.get_settings(desk.sit("zhao")))["before_proof"] == before
    assert told(desk, asked.request_id) == ["requested", "carry_failed"]
    done(approvals.approve(desk.sit("chen"), request_id=asked.request_id))
    assert told(desk, asked.request_id)[-2:] == ["approved", "carried_out"]


@pytest.mark.req("REQ-045")
def test_two_at_once_do_not_do_it_twice(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one carries an act out, another finishes it first: the slower one leaves nothing."""
    asked = done(
        plans.request_plan(
            desk.sit("zhao"), kind=PlanKind.PACK, people=300, until=date(2026, 12, 1), recipient="liming"
        )
    )
    assert isinstance(asked, PendingRequest)
    true = plans.put_plan

    def slow(session, params):  # type: ignore[no-untyped-def]
        monkeypatch.undo()
        done(approvals.approve(desk.sit("sun"), request_id=asked.request_id))
        return true(session, params)

    monkeypatch.setattr(plans, "put_plan", slow)
    with pytest.raises(InputErrors, match="request_decided"):
        approvals.approve(desk.sit("chen"), request_id=asked.request_id)
    assert told(desk, asked.request_id).count("carried_out") == 1
    assert len(done(plans.list_plans(desk.sit("zhao")))) == 1


@pytest.mark.req("REQ-045", "REQ-051")
def test_a_batch_of_sheets_that_stopped_left_nothing_and_is_made_whole_when_carried_out_again(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = desk.ids  # type: ignore[attr-defined]
    for hcp in ids[:3]:
        desk.consent(hcp)
    out = tmp_path / "sheets"
    asked = done(
        sheets.make_sheets(
            desk.sit("chen"), hcp_ids=ids, purpose=Purpose.VISIT, rep="liming", out=out, progress=NoProgress()
        )
    )
    assert isinstance(asked, PendingRequest)
    true = sheets.write_file

    def full(path: Path, content: bytes):  # type: ignore[no-untyped-def]
        if len(list(out.glob("*.pdf"))) == 2:  # the third page meets a full disk
            raise ExportError("write_failed", errno=28)
        return true(path, content)

    monkeypatch.setattr(sheets, "write_file", full)
    with pytest.raises(ExportError):
        approvals.approve(desk.sit("sun"), request_id=asked.request_id)
    monkeypatch.undo()
    assert list(out.glob("*.pdf")) == [] and state(desk, asked.request_id) is RequestState.SIGNED
    made = done(approvals.approve(desk.sit("sun"), request_id=asked.request_id))
    names = [path.stem.split("_")[1] for path in out.glob("*.pdf")]
    assert made.result["sheets"] == len(set(names)) == len(names) >= 3


@pytest.mark.req("REQ-045")
def test_an_erasure_completed_at_opening_closes_its_request(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = desk.ids[-1]  # type: ignore[attr-defined]
    asked = done(erasure.request_erasure(desk.sit("chen"), hcp_id=gone, reason="PIPL 47"))
    assert isinstance(asked, PendingRequest)
    monkeypatch.setattr(erasure, "settle", lambda *_: (_ for _ in ()).throw(ComplianceError("storage_full")))
    with pytest.raises(ComplianceError, match="storage_full"):
        approvals.approve(desk.sit("sun"), request_id=asked.request_id)
    monkeypatch.undo()
    assert state(desk, asked.request_id) is RequestState.SIGNED
    desk.rise()
    made = done(approvals.approve(desk.sit("sun"), request_id=asked.request_id))
    assert made.result["erased"] == gone and state(desk, asked.request_id) is None


@pytest.mark.req("REQ-045")
def test_a_signature_file_carries_out_what_it_signed_and_what_failed(desk: Desk, tmp_path: Path) -> None:
    key, path = tmp_path / "sun.key", tmp_path / "list.xlsx"
    done(approvals.carry_key(desk.sit("sun"), path=key, passphrase="a passphrase for the road"))
    request = ask_list(desk, path)
    file, sig = tmp_path / "request.json", tmp_path / "a.sig"
    done(approvals.export_request(desk.sit("chen"), request_id=request, path=file))
    clock = FixedClock(desk.at)
    secret = "a passphrase for the road"
    done(approvals.sign_request(file, key=key, passphrase=secret, out=sig, clock=clock, lang=Lang.EN))
    path.write_bytes(b"in the way")
    with pytest.raises(ExportError):
        approvals.import_signature(desk.sit("chen"), path=sig)
    path.unlink()
    done(approvals.import_signature(desk.sit("chen"), path=sig))
    assert path.exists() and told(desk, request).count("carried_out") == 1
    with pytest.raises(InputErrors, match="signature_replayed"):
        approvals.import_signature(desk.sit("chen"), path=sig)


@pytest.mark.req("REQ-045", "REQ-046")
def test_a_slot_whose_header_could_not_be_written_is_put_in_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from compliance.vault.keys import header

    asked = done(accounts.add_user(desk.sit("zhao"), name="ma", role=Role.FINANCE, passphrase=f"{PASS} ma"))
    assert isinstance(asked, PendingRequest)
    monkeypatch.setattr(header, "change", lambda *_: (_ for _ in ()).throw(ComplianceError("storage_full")))
    with pytest.raises(ComplianceError, match="storage_full"):
        approvals.approve(desk.sit("chen"), request_id=asked.request_id)
    monkeypatch.undo()
    assert "ma" not in sessions.peek_vault(desk.vault).users
    done(approvals.approve(desk.sit("chen"), request_id=asked.request_id))
    assert "ma" in sessions.peek_vault(desk.vault).users
    sessions.close_session(desk.fresh("ma"))
