"""Mutated files: rows that add up, or one of our codes; never anything else (fault test F22, F23)."""

import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.errors import InputErrors
from compliance.i18n import has
from compliance.use_cases.showing import sample_data

SPICE = [
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\x80",
    b"\xff",
    b"=1+1",
    b"\xfe\x59",
    "\u202e".encode(),
    b"\xef\xbb\xbf",
    b"1e400",
    b"9" * 4300,
    "姓名,医院\n".encode(),
    b"'" * 50,
    b"\t" * 40,
    b"<a>",
    b"\x1e\x1eend of file\x1e",
    b"\0",
]


def mutate(data: bytes, dice: random.Random) -> bytes:
    body = bytearray(data)
    for _ in range(dice.randrange(1, 12)):
        place = dice.randrange(len(body))
        way = dice.randrange(6)
        if way == 0:
            body[place] = dice.randrange(256)
        elif way == 1:
            body[place:place] = dice.choice(SPICE)
        elif way == 2:
            del body[place : place + dice.randrange(1, 200)]
        elif way == 3:
            body[place:place] = body[max(0, place - dice.randrange(300)) : place]
        elif way == 4:
            body = body[: max(place, 1)]
        else:
            other = dice.randrange(len(body))
            body[place : place + 8], body[other : other + 8] = body[other : other + 8], body[place : place + 8]
        if not body:
            return b""
    return bytes(body)


def outcome(path, read) -> str:
    started = time.process_time()
    try:
        rows, counts = read(path)
    except InputErrors as error:
        code = error.faults[0].code
        assert has(f"error.{code}"), code
        return code
    finally:
        assert time.process_time() - started < 10
    assert counts.read == len(rows) == counts.accepted + counts.quarantined + counts.rejected + counts.duplicates
    for row in rows:
        assert row.status == "rejected" or {"full_name", "institution_name"} <= row.values.keys()
        assert all(value and not value.startswith(("=", "@", "+", "-")) for value in row.values.values())
    return "read"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_mutated_files(kind, tmp_path, read):
    dice = random.Random(20261124)
    made = {
        "csv": [sample_data.make_crm_csv(people=30, seed=1), sample_data.make_agency_csv(people=30, seed=2),
                sample_data.make_agency_csv(people=20, seed=3).decode("utf-8-sig").encode("utf-16")],
        "xlsx": [sample_data.make_event_xlsx(people=30, seed=4)],
    }[kind]  # fmt: skip
    path = tmp_path / f"list.{kind}"
    seen = set()
    for number in range(500 if kind == "csv" else 200):
        path.write_bytes(mutate(made[number % len(made)], dice))
        seen.add(outcome(path, read))
    assert "read" in seen and len(seen) > 2


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.lists(st.text(max_size=30), min_size=1, max_size=14), max_size=8))
def test_any_cells_under_a_good_header(cells, tmp_path, read):
    import csv

    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(sample_data.HEADER)
        writer.writerows(cells)
    outcome(path, read)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400))
def test_any_bytes(data, tmp_path, read):
    path = tmp_path / "any.csv"
    path.write_bytes(data)
    outcome(path, read)


def test_formula_payloads_never_live_on(write, read):
    dice = random.Random(7)
    heads, tails = ["=", "+", "-", "@", "\t=", "＝", "＋", " ="], ["cmd|'/c calc'!A1", "SUM(1)", "2+3", "HYPERLINK(1)"]
    lines = ["客户编号,姓名,医院,科室,职称,手机,邮箱,备注,学术背景,偏好渠道,关注话题,数据来源"]
    for _ in range(1000):
        payload = dice.choice(heads) + dice.choice(tails)
        lines.append(",".join(dice.choice(["张三", "甲医院", payload]) for _ in range(12)))
    rows, _ = read(write("\n".join(lines) + "\n"))
    kept = [value for row in rows for value in (*row.values.values(), *row.source_ids, row.data_source)]
    assert kept and not [value for value in kept if value.startswith(("=", "+", "-", "@", "\t"))]
