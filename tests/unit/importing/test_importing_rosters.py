"""Rosters of reps and assignment lists."""

from datetime import date

import pytest

from compliance.importing.rosters import read_assignments, read_roster
from compliance.model.access import Role
from compliance.use_cases.showing import sample_data

KEY = "age1" + "q" * 58
TODAY = date(2026, 11, 24)


def test_the_sample_roster_and_assignments_are_read_whole(tmp_path):
    reps = sample_data.sample_reps(4)
    people = sample_data.sample_people(60, seed=5)
    roster, assignments = tmp_path / "roster.xlsx", tmp_path / "assign.xlsx"
    roster.write_bytes(sample_data.make_roster_xlsx(reps))
    assignments.write_bytes(sample_data.make_assignments_xlsx(people, reps))
    rows = read_roster(roster, today=TODAY)
    assert [(r.rep.name, r.rep.employee_no, r.rep.trained_on) for r in rows] == [
        (r.name, r.employee_no, r.trained_on) for r in reps
    ]
    assert [r.rep.role for r in rows] == [Role.REP] * 3 + [Role.MSL]
    lines = read_assignments(assignments, today=TODAY)
    assert len(lines) == 60 and not any(line.code for line in lines)
    for line, person in zip(lines, people, strict=True):
        assert line.source_id in ("", person.source_id) and line.licence in ("", person.licence)
        assert line.rep in {r.name for r in reps} | {r.employee_no for r in reps}


def test_bad_lines_are_named(write):
    text = (
        "Name,Role,Employee No,Territory,Device key,Training date,Filing no,Filing date\n"
        f"Anna Berg,MSL,E1,华东,{KEY},2026-06-01,F1,2026-06-02\n"
        ",rep,E2,,,,,\n"
        "王一,rep,,,,,,\n"
        "王二,飞行员,E3,,,,,\n"
        "王三,rep,E4,,age1bad,,,\n"
        "王四,rep,E5,,,2999-01-01,,\n"
        "王五,代表,E6,=1+1,,,,\n"
        "\n"
    )
    rows = read_roster(write(text), today=TODAY)
    assert [(r.code, r.column) for r in rows] == [
        ("", ""), ("name_missing", "name"), ("employee_no_missing", "employee_no"), ("role_unknown", "role"),
        ("bad_recipient", "recipient"), ("date_future", "trained_on"), ("unreadable", "territory"),
    ]  # fmt: skip
    assert rows[0].rep.recipient == KEY and rows[0].rep.role is Role.MSL and rows[1].rep is None


def test_assignments_name_a_person_and_a_rep(write):
    text = (
        "HCP ID,执业证书编码,姓名,医院,代表,工号\n"
        "HCP-7QK4M2XA,,,,周若宁,\n"
        ",110000000000001,,,周若宁,E1\n"
        ",,张三,甲医院,,E1\n"
        ",,张三,,周若宁,\n"
        ",,张三,甲医院,,\n"
        "HCP-1,,,,周若宁,\n"
    )
    rows = read_assignments(write(text), today=TODAY)
    assert [r.code for r in rows] == ["", "", "", "person_missing", "rep_missing", "hcp_id_bad"]
    assert (rows[0].hcp_id, rows[0].rep) == ("HCP-7QK4M2XA", "周若宁")
    assert rows[1].rep == "E1" and (rows[2].name, rows[2].hospital) == ("张三", "甲医院")
    assert "张三" not in repr(rows[2])


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_rosters_in_other_encodings(encoding, write):
    rows = read_roster(write("姓名,工号\n周若宁,E1\n", encoding), today=TODAY)
    assert rows[0].rep.name == "周若宁"
