"""The sample: invented people at real hospitals, in files as dirty as companies send them. Made, never copied.

Rules: (1) the same seed gives the same bytes, on every machine; (2) nobody is real: names are joined at random,
phones are 1990000…, mail ends in example.*, licence numbers begin with the unassigned region 99; (3) the dirt is the
dirt the importer must survive: encodings, full-width digits, lost digits, eight ways to write a day, formulas,
forbidden columns, totals, repeated headers, rare characters and the "?" they become in Excel's own CSV.
"""

import csv
import io
import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from compliance.resources import read_text

# fmt: off
HEADER = (
    "客户编号", "姓名", "性别", "医院", "科室", "职称", "省份", "城市",
    "手机", "邮箱", "微信号", "执业证书编码", "身份证号", "银行卡号", "是否同意推广", "同意日期",
    "同意方式", "偏好渠道", "关注话题", "月处方量(盒)", "潜力", "备注", "数据来源", "最近更新",
)
# fmt: on
#: The last day in the sample; nothing lies behind it.
LAST_DAY = date(2026, 10, 31)
#: Most rows of a CRM were touched this year, some have been left alone for long.
_UPDATED = (120, 120, 120, 1300)


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """One invented person, clean."""

    source_id: str
    name: str
    hospital: str
    province: str
    city: str
    department: str
    title: str
    phone: str
    email: str
    licence: str

    def __repr__(self) -> str:
        return f"SamplePerson({self.source_id})"


@dataclass(frozen=True, slots=True)
class SampleRep:
    """One invented rep or MSL. ``recipient`` is the device key, filled in by the demo."""

    name: str
    role: str
    employee_no: str
    territory: str
    trained_on: date
    filing_no: str
    recipient: str = ""


def sample_people(people: int = 2000, seed: int = 1) -> tuple[SamplePerson, ...]:
    """Clean people, as many as asked for (at most 10,000, the phones of the sample)."""
    if not 1 <= people <= 10_000:
        raise ValueError("1 to 10,000 people")
    dice, words = random.Random(seed), _words()  # noqa: S311 - invented people, not secrets
    made = []
    for number in range(people):
        province, city, hospital = dice.choice(_hospitals())
        made.append(
            SamplePerson(
                source_id=f"C{200000 + number}",
                name=_name(dice, number),
                hospital=hospital,
                province=province,
                city=city,
                department=dice.choice(words["departments"]),
                title=dice.choice(words["titles"]),
                phone=f"1990{number + 1:07d}",  # not 19900000000, which reads as 1.99E+10
                email=f"hcp{number:05d}@example.{dice.choice(('com', 'org', 'net'))}",
                licence=f"99{dice.randrange(10**6):06d}{number:07d}",
            )
        )
    return tuple(made)


def sample_reps(count: int = 4) -> tuple[SampleRep, ...]:
    """Reps with training and filing in order; the last one is an MSL."""
    names: list[str] = _words()["reps"]
    if not 1 <= count <= len(names):
        raise ValueError("more reps than names")
    return tuple(
        SampleRep(
            name=name,
            role="msl" if number == count and count > 1 else "rep",
            employee_no=f"E{1000 + number}",
            territory=("华东", "华北", "华中", "西南")[number % 4],
            trained_on=date(2026, 6, 1) + timedelta(days=number * 7),
            filing_no=f"YYDB2026{number:06d}",
        )
        for number, name in enumerate(names[:count], 1)
    )


def make_crm_csv(people: int = 2000, seed: int = 1) -> bytes:
    """A CRM export in GB18030: one row per person, some twice, with all the dirt."""
    return _csv(_rows(sample_people(people, seed), seed, "crm")).encode("gb18030")


def make_agency_csv(people: int = 400, seed: int = 2) -> bytes:
    """An agency's list in UTF-8 with a mark."""
    return b"\xef\xbb\xbf" + _csv(_rows(sample_people(people, seed), seed, "agency")).encode("utf-8")


def make_event_xlsx(people: int = 300, seed: int = 3) -> bytes:
    """An attendance sheet: a title above the header, serial dates, a second sheet."""
    rows = _rows(sample_people(people, seed), seed, "event")
    table: list[list[Any]] = [["2026年学术会议签到表（内部资料）"], *rows]
    for row in table[2:]:
        for place in (15, 23):
            if len(row) > place and row[place].isdigit() and len(row[place]) == 5:
                row[place] = int(row[place])
    return _xlsx([("签到表", table), ("说明", [["请勿外传"]])])


def make_roster_xlsx(reps: Sequence[SampleRep]) -> bytes:
    """A roster of reps."""
    header = ["姓名", "岗位", "工号", "辖区", "设备公钥", "培训日期", "备案号", "备案核验日期"]
    table: list[list[Any]] = [header]
    for rep in reps:
        role = "医学联络官" if rep.role == "msl" else "医药代表"
        checked = (rep.trained_on + timedelta(days=5)).isoformat()
        trained = rep.trained_on.strftime("%Y/%m/%d")
        table.append([rep.name, role, rep.employee_no, rep.territory, rep.recipient, trained, rep.filing_no, checked])
    return _xlsx([("代表名册", table)])


def make_assignments_xlsx(people: Sequence[SamplePerson], reps: Sequence[SampleRep], seed: int = 4) -> bytes:
    """Who looks after whom: by source id, by licence, or by name and hospital, as lists do."""
    dice = random.Random(seed)  # noqa: S311
    table: list[list[Any]] = [["客户编号", "执业证书编码", "姓名", "医院", "负责代表", "工号"]]
    for person in people:
        rep = dice.choice(reps)
        way = dice.randrange(3)
        table.append(
            [
                person.source_id if way == 0 else "",
                person.licence if way == 1 else "",
                person.name,
                person.hospital,
                rep.name,
                rep.employee_no if dice.random() < 0.8 else "",
            ]
        )
    return _xlsx([("分配表", table)])


def _rows(people: Sequence[SamplePerson], seed: int, kind: str) -> list[list[str]]:
    dice = random.Random(f"{kind}-{seed}")  # noqa: S311
    rows: list[list[str]] = [list(HEADER)]
    for number, person in enumerate(people):
        row = _dirty(dice, person)
        rows.append(row)
        if dice.random() < 0.02:
            again = row.copy()
            again[0] = f"C{800000 + number}"
            again[3] += dice.choice(("（东院区）", ""))
            rows.append(again)
        if dice.random() < 0.004:
            rows.append([""] * len(HEADER))
        if number and number % 700 == 0:
            rows.append(list(HEADER))
    rows.append(["合计", str(len(people)), *[""] * (len(HEADER) - 2)])
    return rows


def _dirty(dice: random.Random, person: SamplePerson) -> list[str]:
    words = _words()
    return [
        person.source_id,
        _dirty_name(dice, person.name),
        dice.choice(("男", "女", " ")),
        person.hospital,
        person.department,
        person.title,
        person.province,
        person.city,
        _dirty_phone(dice, person.phone),
        _dirty_mail(dice, person.email),
        f"wx_{person.source_id.lower()}" if dice.random() < 0.3 else "",
        dice.choice((person.licence, person.licence, person.licence[1:], "")),
        f"9900001980010{dice.randrange(10_000):04d}X" if dice.random() < 0.05 else "",
        f"9999999900{dice.randrange(10**9):09d}" if dice.random() < 0.05 else "",
        dice.choice(words["answers"]),
        _dirty_date(dice),
        dice.choice(words["methods"]),
        dice.choice(words["channels"]),
        dice.choice(words["topics"]),
        dice.choice(("12", "40", "120+", "")),
        dice.choice(("A", "B", "C", "高", "")),
        dice.choice(words["notes"]),
        dice.choice(words["sources"]),
        _dirty_date(dice, most_days=_UPDATED[int(person.licence[-1]) % 4 if person.licence else 0]),
    ]


def _dirty_name(dice: random.Random, name: str) -> str:
    way = dice.random()
    if way < 0.02 and len(name) == 2:
        return f"{name[0]} {name[1]}"
    if way < 0.04:
        return name + dice.choice(("主任", "医生", "（兼）"))
    if way < 0.041:
        lost: list[str] = _words()["lost"]
        return dice.choice(lost)
    return name


def _dirty_phone(dice: random.Random, phone: str) -> str:
    way = dice.randrange(12)
    if way == 0:
        return f"+86 {phone}"
    if way == 1:
        return f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
    if way == 2:
        return f"{phone[:3]} {phone[3:7]} {phone[7:]}"
    if way == 3:
        return "".join(chr(ord(digit) + 0xFEE0) for digit in phone)
    if way == 4:
        return phone[:10]
    return dice.choice(("无", "")) if way == 5 else phone


def _dirty_mail(dice: random.Random, mail: str) -> str:
    way = dice.randrange(8)
    if way == 0:
        return mail.replace("@", "＠")
    if way == 1:
        return f"{mail},second.{mail}"
    return "" if way < 4 else mail


def _dirty_date(dice: random.Random, *, most_days: int = 1300) -> str:
    day = LAST_DAY - timedelta(days=dice.randrange(1300) * most_days // 1300)
    ways = (
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        str((day - date(1899, 12, 30)).days),
        f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year % 100:02d}",
        day.strftime("%Y%m%d"),
        "不详",
        "",
    )
    return dice.choice(ways)


def _name(dice: random.Random, number: int) -> str:
    words = _words()
    if number % 40 == 7:
        rare: list[str] = [*words["rare"], f"{dice.choice(words['dotted'])}·{dice.choice(words['fathers'])}"]
        return rare[number // 40 % len(rare)]
    surname: str = dice.choice(words["compound"] if dice.random() < 0.02 else words["surnames"])
    return surname + "".join(dice.choice(words["given"]) for _ in range(1 if dice.random() < 0.4 else 2))


def _csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _xlsx(sheets: Sequence[tuple[str, list[list[Any]]]]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001 - the same bytes on every day
    for name, rows in sheets:
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(number, place, cell)
                elif cell:
                    sheet.write_string(number, place, cell)
    book.close()
    return out.getvalue()


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(read_text("sample", "names.toml"))


@cache
def _hospitals() -> tuple[tuple[str, str, str], ...]:
    rows = list(csv.reader(read_text("sample", "hospitals.csv").splitlines()))[1:]
    return tuple((province, city, hospital) for province, city, hospital in rows)


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
