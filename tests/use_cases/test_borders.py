"""Across the border: files of facts, unknown facts hold, exports marked overseas meet the gates."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from support import Desk, done, invent, no

from compliance.errors import InputErrors
from compliance.model.access import Purpose, Role
from compliance.model.answer import Refusal
from compliance.model.consent import NoticeState
from compliance.model.register import Assessment
from compliance.progress import NoProgress
from compliance.use_cases.bases import transfers
from compliance.use_cases.evidence import evidence
from compliance.use_cases.seat.session import known_notices
from compliance.use_cases.seeing import people_export, profiles
from compliance.use_cases.upkeep import settings

GOOD = {
    "has_pi": "yes", "has_important": "no", "is_ciio": "no", "claim": "none", "n_ord": 10, "n_sens": 0,
    "foreign_judicial": "no", "on_restricted_list": "no", "restricted_list_checked_on": "2026-11-20",
    "notice_names_recipient": "yes", "consent_names_recipient": "yes", "consents_missing": 0, "pipia_approved": "yes",
    "fields_within_purpose": "yes", "recipient": "X-AG",
}  # fmt: skip
RECIPIENT = {
    "recipient": "EXAMPLE-AG", "legal_name": "Example Group AG", "country": "CH", "contact": "privacy@example.ch",
    "purpose": "visit", "method": "encrypted file", "kinds": ["name", "hospital"],
    "rights_channel": "privacy@example.ch",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(
        tmp_path_factory.mktemp("borders"), staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
    )
    desk.bring(invent(3))
    desk.consent(desk.id_of(invent(3)[0].name, invent(3)[0].hospital))
    yield desk
    desk.rise()


def assess(desk: Desk, tmp_path: Path, **change: Any) -> Any:
    path = tmp_path / "facts.json"
    facts = {k: v for k, v in {**GOOD, **change}.items() if v is not None}
    path.write_text(json.dumps(facts), "utf-8")
    return done(transfers.assess_transfer(desk.sit("zhao"), path=path))


@pytest.mark.req("REQ-004")
def test_the_shipped_overseas_notice_opens_in_practice_when_its_own_recipient_is_registered(tmp_path: Path) -> None:
    desk = Desk.create(tmp_path, staff={"zhao": Role.DPO})
    zhao, path, ref = desk.sit("zhao"), tmp_path / "recipient.json", "CK-OVERSEAS-EXAMPLE-AG@1.0"
    for change, state in (
        ({"recipient": "OTHER", "legal_name": "Other Ltd"}, NoticeState.DRAFT),
        ({}, NoticeState.ACTIVE),
    ):
        assert known_notices(zhao)[ref].state is NoticeState.DRAFT
        path.write_text(json.dumps({**RECIPIENT, **change}), "utf-8")
        done(transfers.add_recipient(zhao, path=path))
        assert known_notices(zhao)[ref].state is state
    assert known_notices(zhao)[ref].active_from == datetime(2025, 12, 31, 16, tzinfo=UTC)
    desk.rise()


@pytest.mark.req("REQ-066")
@pytest.mark.parametrize(
    ("change", "result", "row"),
    [
        ({"has_pi": "no"}, "FREE", "X03"),
        ({"n_ord": 99_999}, "EXEMPT-VOLUME", "X14"),
        ({"n_ord": 100_000}, "CONTRACT-OR-CERT", "X13"),
        ({"n_ord": 999_999, "n_sens": 9_999}, "CONTRACT-OR-CERT", "X13"),
        ({"n_ord": 1_000_000}, "ASSESS", "X12"),
        ({"n_ord": 0, "n_sens": 1}, "CONTRACT-OR-CERT", "X13"),
        ({"n_ord": 0, "n_sens": 10_000}, "ASSESS", "X12"),
        ({"is_ciio": "yes"}, "ASSESS", "X11"),
        ({"has_important": "yes"}, "ASSESS", "X04"),
        ({"foreign_judicial": "yes"}, "BLOCK", "X01"),
        ({"on_restricted_list": "yes"}, "BLOCK", "X02"),
    ],
)
def test_the_route(desk: Desk, tmp_path: Path, change: dict[str, Any], result: str, row: str) -> None:
    found = assess(desk, tmp_path, **change)
    assert (str(found.result), found.row) == (result, row)


@pytest.mark.req("REQ-070")
@pytest.mark.parametrize("fact", ["is_ciio", "has_important", "n_ord"])
@pytest.mark.parametrize("how", ["unknown", None])
def test_an_unknown_fact_holds(desk: Desk, tmp_path: Path, fact: str, how: str | None) -> None:
    if fact == "n_ord" and how == "unknown":
        with pytest.raises(InputErrors):
            assess(desk, tmp_path, n_ord="unknown")
        return
    found = assess(desk, tmp_path, **{fact: how})
    assert str(found.result) == "HOLD" and not found.allowed
    assert fact in found.missing


@pytest.mark.req("REQ-074")
@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ({"pipia_approved": "no"}, "G3"),
        ({"notice_names_recipient": "no"}, "G1"),
        ({"consent_names_recipient": "no"}, "G2"),
        ({"consents_missing": 1}, "G2"),
    ],
)
def test_an_exemption_never_switches_a_gate_off(desk: Desk, tmp_path: Path, change: dict[str, Any], gate: str) -> None:
    found = assess(desk, tmp_path, **change)
    assert str(found.result) == "EXEMPT-VOLUME"
    assert not found.allowed
    assert found.gates[gate].ok is False


def test_faulty_facts_are_all_named(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as fault:
        assess(desk, tmp_path, is_ciio="perhaps", n_ord=-1, n_sense=3)
    assert len(fault.value.faults) >= 3
    for bad in (b"", b"[1, 2]", b"\xff\xfe\x00", b'{"a": '):
        path = tmp_path / "bad.json"
        path.write_bytes(bad)
        with pytest.raises(InputErrors):
            transfers.assess_transfer(desk.sit("zhao"), path=path)


def _recipient(tmp_path: Path, **change: Any) -> Path:
    path = tmp_path / "recipient.json"
    path.write_text(json.dumps({**RECIPIENT, **change}), "utf-8")
    return path


@pytest.mark.req("REQ-004")
@pytest.mark.parametrize("name", ["affiliates", "Affiliates ", "关联公司", "group companies", ""])
def test_a_recipient_has_a_name(desk: Desk, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputErrors) as fault:
        transfers.add_recipient(desk.sit("zhao"), path=_recipient(tmp_path, legal_name=name))
    assert fault.value.faults[0].where == "legal_name"


@pytest.mark.req("REQ-065", "REQ-074")
def test_an_export_marked_overseas_is_refused_with_the_gates(desk: Desk, tmp_path: Path) -> None:
    chen, zhao, out = desk.sit("chen"), desk.sit("zhao"), tmp_path / "abroad.xlsx"

    def export() -> Any:
        return profiles.export_people(
            chen, purpose=Purpose.VISIT, path=out, overseas="EXAMPLE-AG", progress=NoProgress()
        )

    with pytest.raises(InputErrors) as fault:
        export()
    assert fault.value.code == "unknown_recipient"
    no(transfers.add_recipient(chen, path=_recipient(tmp_path)))  # the privacy officer's act
    done(transfers.add_recipient(zhao, path=_recipient(tmp_path)))
    held = no(export())
    assert not out.exists()
    assert held.reason == "transfer_gate" and held.references

    done(settings.set_company_fact(zhao, key="is_ciio", value="no"))
    done(settings.set_company_fact(zhao, key="restricted_list_checked_on", value="2026-11-20"))
    refused = no(export())
    assert "G2" in refused.detail and "G3" in refused.detail, refused.detail
    assert not out.exists()
    kinds = {e.kind for e in done(evidence.list_entries(chen, limit=20))}
    assert "transfer_refused" in kinds

    same = Assessment(
        assessment_id="PIA-9", purpose="overseas:EXAMPLE-AG", title="出境评估", approved_on=date(2026, 11, 1),
        valid_until=date(2027, 11, 1), author="zhao", approver="zhao",
    )  # fmt: skip
    no(transfers.add_assessment(zhao, assessment=same))
    ready = Assessment(
        assessment_id="PIA-9", purpose="overseas:EXAMPLE-AG", title="出境评估", approved_on=date(2026, 11, 1),
        valid_until=date(2027, 11, 1), author="zhao", approver="chen",
    )  # fmt: skip
    done(transfers.add_assessment(zhao, assessment=ready))
    still = no(export())
    assert "G2" in still.detail and "G3" not in still.detail, still.detail

    hcp = desk.id_of(invent(3)[0].name, invent(3)[0].hospital)
    desk.consent(hcp, "visit/overseas:EXAMPLE-AG", notice="CK-OVERSEAS-EXAMPLE-AG@1.0")
    sent = done(export())
    assert sent.people == 1 and out.exists()
    meter = done(transfers.transfer_meter(desk.sit("chen")))
    assert (meter.year, meter.ordinary, meter.sensitive) == (2026, 1, 0)
    out.unlink()
    done(export())
    assert done(transfers.transfer_meter(desk.sit("chen"))).ordinary == 1  # the same person counts once
    view = done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT))
    assert any(s.recipient == "EXAMPLE-AG" for s in view.cross_border)
    out.unlink()
    from compliance.use_cases.consent import withdrawing

    done(
        withdrawing.withdraw_consent(
            desk.sit("wu"), hcp_id=hcp, items=["visit/overseas:EXAMPLE-AG"], received_at="2026-11-24", channel="mail"
        )
    )
    assert "G2" in no(export()).detail
    assert not out.exists()


@pytest.mark.req("REQ-070", "REQ-045")
def test_a_second_signature_does_not_carry_anyone_over_the_border(desk: Desk, tmp_path: Path) -> None:
    """What two have signed passes the gates again when it is carried out."""
    chen, out = desk.sit("chen"), tmp_path / "signed.xlsx"
    if not done(transfers.list_recipients(chen)):
        done(transfers.add_recipient(desk.sit("zhao"), path=_recipient(tmp_path)))
    never_asked = desk.id_of(invent(3)[2].name, invent(3)[2].hospital)
    params = {"purpose": "visit", "path": str(out), "ids": [never_asked], "refused": 0, "overseas": "EXAMPLE-AG"}
    held = people_export.carry_export(chen, params)
    assert isinstance(held, Refusal) and held.reason == "transfer_gate" and not out.exists()
