"""The key of names: few people, sealed by passphrase, opened without a vault, and nothing of it anywhere else."""

from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from compliance.errors import InputErrors
from compliance.model.access import Role
from compliance.use_cases.evidence import evidence
from compliance.use_cases.evidence.name_key import read_name_key, write_name_key
from tests.support import Desk, Doctor, done, files_with, invent, no

STAFF = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK, "zhou": Role.AUDITOR}
SEEN = Doctor(number="K900001", name="欧阳若溪", phone="13900000001", licence="113572468913999")
SECRET = "told by telephone, not by mail"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("names"), staff=STAFF)
    made.bring([SEEN, *invent(230)])
    made.consent(made.id_of(SEEN.name))
    yield made
    made.rise()


@pytest.mark.req("REQ-105")
def test_it_names_the_sample_and_opens_with_any_age_program(desk: Desk, tmp_path: Path) -> None:
    made = done(evidence.make_audit_report(desk.sit("chen"), path=tmp_path / "r.pdf", sample=1))
    out = tmp_path / "names.age"
    key = done(
        write_name_key(desk.sit("chen"), report_id=made.report_id, people=made.people, path=out, passphrase=SECRET)
    )
    assert key.people == 1
    report, (line,) = read_name_key(out, SECRET)
    assert (report, line.name, line.hospital) == (made.report_id, SEEN.name, "示例第一医院")
    assert SEEN.name.encode() in bytes(pyrage.passphrase.decrypt(out.read_bytes(), SECRET))
    assert files_with([SEEN.name], tmp_path) == []
    assert SEEN.name not in repr(line)


def test_a_wrong_passphrase_and_a_damaged_file_answer_alike(desk: Desk, tmp_path: Path) -> None:
    out, people = tmp_path / "names.age", [desk.id_of(SEEN.name)]
    done(write_name_key(desk.sit("chen"), report_id="AR-1", people=people, path=out, passphrase=SECRET))
    bad = tmp_path / "bad.age"
    data = bytearray(out.read_bytes())
    data[-3] ^= 1
    bad.write_bytes(data)
    for path, secret in ((out, "another passphrase"), (bad, SECRET), (tmp_path / "none", SECRET)):
        with pytest.raises(InputErrors) as fault:
            read_name_key(path, secret)
        assert [f.code for f in fault.value.faults] == ["name_key_closed"]


def test_as_many_as_a_bulk_export_are_refused_and_roles_without_names_too(desk: Desk, tmp_path: Path) -> None:
    with desk.sit("chen").vault.snapshot() as snap:
        everybody = snap.people.ids()
    out = tmp_path / "names.age"
    asked = {"report_id": "AR-1", "path": out, "passphrase": SECRET}
    assert no(write_name_key(desk.sit("chen"), people=everybody, **asked)).reason == "name_key_too_many"
    assert no(write_name_key(desk.sit("zhou"), people=everybody[:1], **asked)).reason == "role_not_allowed"
    assert no(write_name_key(desk.sit("zhao"), people=everybody[:2], **asked)).reason == "role_not_permitted"
    with pytest.raises(InputErrors):
        write_name_key(desk.sit("chen"), people=everybody[:1], **{**asked, "passphrase": "short"})
    assert not out.exists()
