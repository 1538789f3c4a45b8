"""Signed PDFs as evidence: chain, status and time are kept, checked again offline, and one changed byte tells."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import PIL.Image
import pytest
from signing import SIGNER, certificate, signed
from support import NOTICE, Desk, done, files_with, invent, no

from compliance.errors import InputErrors
from compliance.importing.documents import Document
from compliance.importing.signatures import examine
from compliance.model.access import Role
from compliance.model.consent import Method
from compliance.progress import NoProgress
from compliance.use_cases.consent import checking, recording, signatures, standing
from compliance.use_cases.intake import consent_import
from compliance.use_cases.intake.consent_import import ConsentImport
from compliance.use_cases.signing import two_person

PEOPLE = invent(2)
STAFF = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "sun": Role.COMPLIANCE, "wu": Role.CLERK}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.create(tmp_path / "desk", staff=STAFF)
    desk.bring(PEOPLE)
    yield desk
    desk.rise()


def record(desk: Desk, data: bytes, number: int = 0) -> str:
    path = desk.folder / f"signed{number}.pdf"
    path.write_bytes(data)
    person = desk.id_of(PEOPLE[number].name, PEOPLE[number].hospital)
    request = desk.act(person, evidence=path, method=Method.ESIGN, acted_at=(desk.at - timedelta(days=1)).isoformat())
    return done(recording.record_consent(desk.sit("wu"), request=request)).event_id


@pytest.mark.req("REQ-020")
def test_chain_status_and_time_are_kept_and_checked_again(desk: Desk) -> None:
    key, cert = certificate()
    event = record(desk, signed(key, cert))
    first = done(signatures.recheck_signature(desk.sit("chen"), event_id=event))
    assert (first.result, first.previous, first.proposed) == ("chain_untrusted", "chain_untrusted", None)
    roots = desk.folder / "roots.pem"
    roots.write_bytes(cert)
    done(signatures.set_signature_roots(desk.sit("zhao"), path=roots))
    assert done(signatures.recheck_signature(desk.sit("chen"), event_id=event)).result == "valid"
    with desk.sit("chen").vault.unit_of_work() as uow:
        evidence = uow.consents.event(event).evidence_id
        checks = uow.stacks.signature_checks(evidence)
        report = json.loads(uow.evidence.open(checks[-1].report_id))
    one = report["signatures"][0]
    assert one["signed_at"].startswith("2026-11-20T08:00:00") and one["chain"][0]["der"]
    assert SIGNER in one["chain"][0]["subject"]
    assert files_with([SIGNER], desk.vault) == []
    accepted = done(checking.check_evidence(desk.sit("chen"), event_id=event, accept=True))
    assert accepted.status == "given"


@pytest.mark.req("REQ-020")
def test_one_changed_byte_says_content_changed_and_proposes_to_void(desk: Desk) -> None:
    key, cert = certificate()
    data = bytearray(signed(key, cert))
    at = data.index(b"/MediaBox") + 12
    data[at] = ord("1") if data[at] != ord("1") else ord("2")
    event = record(desk, bytes(data))
    assert no(checking.check_evidence(desk.sit("chen"), event_id=event, accept=True)).reason == "content_changed"
    found = done(signatures.recheck_signature(desk.sit("chen"), event_id=event))
    assert found.result == "content_changed" and found.proposed
    again = done(signatures.recheck_signature(desk.sit("chen"), event_id=event))
    assert again.proposed == found.proposed  # asked once
    done(two_person.approve(desk.sit("zhao"), request_id=found.proposed))
    person = desk.id_of(PEOPLE[0].name, PEOPLE[0].hospital)
    lines = done(standing.consent_status(desk.sit("chen"), hcp_id=person))
    assert next(str(x.status) for x in lines if x.item == "visit") == "invalidated"


@pytest.mark.req("REQ-020")
def test_a_byte_changed_in_the_sealed_file_is_told_too(desk: Desk) -> None:
    key, cert = certificate()
    event = record(desk, signed(key, cert))
    done(checking.check_evidence(desk.sit("chen"), event_id=event, accept=True))
    with desk.sit("chen").vault.unit_of_work() as uow:
        evidence = uow.consents.event(event).evidence_id
        name = uow.db.value("SELECT file FROM evidence WHERE evidence_id = ?", (evidence,))
    path = desk.vault / "evidence" / name
    sealed = bytearray(path.read_bytes())
    sealed[200] ^= 1
    path.write_bytes(bytes(sealed))
    found = done(signatures.recheck_signature(desk.sit("chen"), event_id=event))
    assert found.result == "content_changed" and found.proposed


def test_every_byte_of_a_signed_file_counts() -> None:
    key, cert = certificate()
    data = signed(key, cert)
    assert examine(Document(data, "application/pdf"), roots=cert.decode()).result == "valid"
    for at in (200, len(data) // 2, len(data) - 40):
        changed = bytearray(data)
        changed[at] ^= 1
        found = examine(Document(bytes(changed), "application/pdf"), roots=cert.decode())
        assert found.result in ("content_changed", "invalid"), at
    appended = data + b"\n%% one more revision\n"
    assert examine(Document(appended, "application/pdf"), roots=cert.decode()).result == "content_changed"


def test_other_documents_have_no_signature_and_broken_roots_are_refused(desk: Desk) -> None:
    page = io.BytesIO()
    PIL.Image.new("L", (40, 50), 210).save(page, "PDF")
    assert examine(Document(page.getvalue(), "application/pdf")).result == "no_signature"
    assert examine(Document(b"%PDF-1.4 nothing", "application/pdf")).result == "unreadable"
    bad = desk.folder / "roots.pem"
    bad.write_text("-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n")
    with pytest.raises(InputErrors) as caught:
        signatures.set_signature_roots(desk.sit("zhao"), path=bad)
    assert caught.value.code == "certificates_unreadable"


@pytest.mark.req("REQ-019")
def test_an_act_without_an_identity_check_is_refused_and_each_keeps_its_own(desk: Desk) -> None:
    person = desk.id_of(PEOPLE[0].name, PEOPLE[0].hospital)
    with pytest.raises(InputErrors) as caught:
        recording.record_consent(desk.sit("wu"), request=desk.act(person, identity_check=" "))
    assert caught.value.code == "identity_check_missing"
    made = done(recording.record_consent(desk.sit("wu"), request=desk.act(person, identity_check="in_person")))
    with desk.sit("chen").vault.snapshot() as snap:
        event = snap.consents.event(made.event_id)
    assert event.identity_check == "in_person" and event.evidence_sha256


@pytest.mark.req("REQ-020")
def test_a_list_with_a_changed_signed_document_is_rejected_for_that_row(desk: Desk) -> None:
    key, cert = certificate()
    folder = desk.folder / "signed"
    folder.mkdir()
    good = signed(key, cert)
    changed = bytearray(good)
    changed[changed.index(b"/MediaBox") + 12] ^= 1
    (folder / "0.pdf").write_bytes(good)
    (folder / "1.pdf").write_bytes(bytes(changed))
    path = desk.folder / "list.csv"
    head = "客户编号,事项,答复,告知书,告知日期,签署日期,方式,文件"
    rows = [f"{PEOPLE[n].number},visit,同意,{NOTICE},2026-11-20,2026-11-20,电子签名,{n}.pdf" for n in (0, 1)]
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    request = ConsentImport(path=path, evidence_dir=folder)
    made = done(consent_import.import_consents(desk.sit("wu"), request=request, progress=NoProgress()))
    assert (made.accepted, made.rejected, made.reasons) == (1, 1, {"signature_invalid": 1})
