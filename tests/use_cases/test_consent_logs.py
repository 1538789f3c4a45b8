"""Logs of electronic consent: the row is the evidence, sealed whole for its person, with the identity of its log."""

import csv
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from support import NOTICE, Desk, done, files_with, invent

from compliance.errors import InputErrors
from compliance.model.access import Role
from compliance.progress import NoProgress
from compliance.use_cases.consent import checking, standing
from compliance.use_cases.intake import consent_import
from compliance.use_cases.intake.consent_import import ConsentImport, LogOrigin

PEOPLE = invent(4)
STAFF = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
HEAD = ["trace id", "external_userid", "授权项", "动作", "协议版本", "页面打开时间", "点击时间", "openid", "IP"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.create(tmp_path / "desk", staff=STAFF)
    desk.bring(PEOPLE)
    yield desk
    desk.rise()


def write(desk: Desk, rows: list[list[str]], head: list[str] = HEAD) -> Path:
    path = desk.folder / "log.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([head, *rows])
    return path


def row(number: int, **more: str) -> list[str]:
    facts = dict(zip(HEAD, [f"T-{number}", PEOPLE[number].number, "企业微信", "同意", NOTICE, "2026-03-02 09:59:58",
                            "2026-03-02 10:00:01", "oAbC123", "10.0.0.7"], strict=True))  # fmt: skip
    return list({**facts, **more}.values())


def bring(desk: Desk, path: Path, system: str = "wecom", **more: object) -> consent_import.ConsentImportReport:
    request = ConsentImport(path=path, log=LogOrigin(system=system, exporter="wecom-admin"), **more)  # type: ignore[arg-type]
    return done(consent_import.import_consents(desk.sit("wu"), request=request, progress=NoProgress()))


def test_the_row_is_sealed_as_canonical_json_with_its_origin(desk: Desk) -> None:
    early = row(2, 点击时间="2026-03-02 09:59:00")
    path = write(desk, [row(0), row(1, 动作="拒绝"), early, row(3, 动作="unsubscribe")])
    made = bring(desk, path, name="wecom may")
    assert (made.accepted, made.rejected, made.reasons) == (3, 1, {"act_before_notice": 1}), made
    waiting = done(checking.pending_checks(desk.sit("chen")))
    assert [w.media_type for w in waiting] == ["application/json"]
    found = done(checking.open_evidence(desk.sit("chen"), event_id=waiting[0].event_id))
    body = json.loads(found.data)
    assert body == {
        "type": "consentkeep-log-row-1",
        "system": "wecom",
        "exporter": "wecom-admin",
        "file_sha256": sha256(path.read_bytes()).hexdigest(),
        "row": 2,
        "cells": [list(pair) for pair in zip(HEAD, row(0), strict=True)],
    }
    assert waiting[0].acted_at is not None and waiting[0].acted_at.isoformat().startswith("2026-03-02T02:00:01")
    done(checking.check_evidence(desk.sit("chen"), event_id=waiting[0].event_id, accept=True))
    states = {}
    for number in range(4):
        person = desk.id_of(PEOPLE[number].name, PEOPLE[number].hospital)
        lines = done(standing.consent_status(desk.sit("chen"), hcp_id=person))
        states[number] = {x.item: (str(x.status), str(x.grade)) for x in lines}
    assert states[0] == {"digital/wecom": ("given", "E3")}
    assert states[1]["digital/wecom"][0] == "refused"
    assert states[2] == {}
    assert states[3]["digital/wecom"][0] == "withdrawn"
    assert files_with(["oAbC123", "10.0.0.7", PEOPLE[0].number], desk.vault) == []


def test_a_crm_names_the_way_itself_and_a_signature_is_stronger(desk: Desk) -> None:
    head = [*HEAD, "capture method"]
    path = write(desk, [[*row(0), "esign"], [*row(1), ""]], head)
    made = bring(desk, path, system="crm")
    assert (made.accepted, made.reasons) == (1, {"method_missing": 1})
    grades = done(standing.consent_status(desk.sit("chen"), hcp_id=desk.id_of(PEOPLE[0].name, PEOPLE[0].hospital)))
    assert [str(x.grade) for x in grades] == ["E2"]


def test_columns_can_be_named_and_unknown_systems_are_refused(desk: Desk) -> None:
    head = ["谁", "什么", "怎样", "协议版本", "页面打开时间", "点击时间"]
    path = write(desk, [[PEOPLE[0].number, "短信", "1", NOTICE, "1772416798", "1772416801123"]], head)
    columns = (("谁", "source_id"), ("什么", "item"), ("怎样", "answer"))
    assert bring(desk, path, system="h5", columns=columns).accepted == 1
    wrong = {"unknown_log_system": {"system": "fax"}, "mapping_target": {"columns": (("谁", "shoe_size"),)}}
    for code, more in wrong.items():
        with pytest.raises(InputErrors) as caught:
            bring(desk, path, **more)  # type: ignore[arg-type]
        assert caught.value.code == code
