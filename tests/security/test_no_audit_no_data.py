"""No audit, no data: when the log cannot be written, nothing comes out and nothing stays behind."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import Desk, Doctor, done, files_with

from compliance.errors import StorageFull
from compliance.model.access import Purpose, Role
from compliance.progress import NoProgress
from compliance.use_cases.consent import checking, recording, standing, withdrawing
from compliance.use_cases.evidence import evidence
from compliance.use_cases.field import sheets
from compliance.use_cases.seeing import profiles
from compliance.vault.log.log_store import LogStore

NAME, PHONE = "慕容绝尘", "13911112222"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(
        tmp_path_factory.mktemp("noaudit"), staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
    )
    desk.bring([Doctor(number="N1", name=NAME, phone=PHONE)])
    yield desk
    desk.rise()


@pytest.mark.req("REQ-043", "REQ-100")
def test_nothing_is_shown_without_its_entry(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hcp = desk.id_of(NAME)
    desk.assign(hcp)
    event = desk.consent(hcp)
    desk.consent(hcp, "digital/phone")
    chen = desk.sit("chen")
    done(profiles.open_profile(chen, hcp_id=hcp, purpose=Purpose.VISIT))  # all of these work
    with chen.vault.snapshot() as snap:
        before = snap.log.size
    out = tmp_path / "people.xlsx"
    acts: list[Callable[[], object]] = [
        lambda: profiles.find_people(chen, text=NAME, purpose=Purpose.VISIT),
        lambda: profiles.find_people(chen, text=NAME, purpose=Purpose.MDM),
        lambda: profiles.open_profile(chen, hcp_id=hcp, purpose=Purpose.VISIT),
        lambda: profiles.open_profile(chen, hcp_id=hcp, purpose=Purpose.VISIT, as_rep="liming"),
        lambda: profiles.reveal_field(chen, hcp_id=hcp, key="mobile_phone", purpose=Purpose.DIGITAL),
        lambda: profiles.why_field(chen, hcp_id=hcp, key="mobile_phone", purpose=Purpose.VISIT),
        lambda: profiles.timeline(chen, hcp_id=hcp),
        lambda: checking.open_evidence(chen, event_id=event),
        lambda: standing.consent_status(chen, hcp_id=hcp),
        lambda: profiles.export_people(chen, purpose=Purpose.VISIT, path=out, progress=NoProgress()),
        lambda: sheets.make_sheets(
            chen, hcp_ids=[hcp], purpose=Purpose.VISIT, rep="liming", out=tmp_path, progress=NoProgress()
        ),
        lambda: evidence.list_entries(chen),
        lambda: evidence.make_audit_report(chen, path=tmp_path / "audit.pdf"),
    ]

    def full(*_: object, **__: object) -> list[int]:
        raise StorageFull

    monkeypatch.setattr(LogStore, "append", full)
    for number, act in enumerate(acts):
        with pytest.raises(StorageFull) as fault:
            act()
        assert NAME not in str(fault.value) and PHONE not in str(fault.value), number
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []
    assert files_with([NAME, PHONE], tmp_path, desk.vault) == []
    assert NAME not in caplog.text and PHONE not in caplog.text
    with chen.vault.snapshot() as snap:
        assert snap.log.size == before
    done(profiles.open_profile(chen, hcp_id=hcp, purpose=Purpose.VISIT))
    assert done(evidence.check_vault(chen, full=True)).ok


def test_a_change_without_its_entry_is_no_change(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    hcp = desk.id_of(NAME)
    chen, wu = desk.sit("chen"), desk.sit("wu")
    lines = done(standing.consent_status(chen, hcp_id=hcp))

    def full(*_: object, **__: object) -> list[int]:
        raise StorageFull

    monkeypatch.setattr(LogStore, "append", full)
    files = sorted((desk.vault / "evidence").iterdir())
    for act in (
        lambda: recording.record_consent(wu, request=desk.act(hcp, "event")),
        lambda: withdrawing.withdraw_consent(
            wu, hcp_id=hcp, items=["visit"], received_at="2026-11-24", channel="phone"
        ),
        lambda: profiles.amend_person(wu, hcp_id=hcp, key="department", value="儿科", source="CRM"),
        lambda: profiles.freeze_person(wu, hcp_id=hcp),
    ):
        with pytest.raises(StorageFull):
            act()
    monkeypatch.undo()
    after = done(standing.consent_status(chen, hcp_id=hcp))
    assert after == lines
    assert sorted((desk.vault / "evidence").iterdir()) == files
    assert done(evidence.check_vault(chen, full=True)).ok
