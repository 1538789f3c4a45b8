"""A carton of old consents as Excel with every kind of defect, and a reader of its own that says what must become of
each row. Run as a program it imports until it is killed: ``old_consents.py VAULT FILE FOLDER``."""

import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl

HEAD = ("客户编号", "同意事项", "是否同意", "告知书", "告知日期", "签署日期", "方式", "文件", "原件存放处", "页数")
ITEMS = ("visit", "digital/email", "digital/wecom", "event")
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
#: column → what it says instead
DEFECTS: tuple[tuple[str, object], ...] = (
    ("客户编号", "K999999"),
    ("同意事项", "visit/nothing"),
    ("告知书", "CK-VISIT@9.9"),
    ("告知日期", "2026-03-09"),
    ("告知日期", ""),
    ("签署日期", "2027-01-01"),
    ("签署日期", "3/4/2026"),
    ("签署日期", "二月三十"),
    ("文件", ""),
    ("文件", "nowhere.pdf"),
    ("文件", "../outside.pdf"),
    ("文件", "broken.pdf"),
    ("方式", "托梦"),
    ("是否同意", "也许"),
    ("原件存放处", ""),
    ("页数", "3"),
    ("是否同意", "不同意"),
    ("方式", "电话"),
)


@dataclass
class Tally:
    """What must come out."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    to_check: int = 0
    below_grade: int = 0
    statuses: dict[tuple[str, str], str] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)


def make(folder: Path, *, people: int, rows: int, page: bytes, seed: int = 7) -> tuple[Path, Path]:
    """The list and the folder of its documents: one document for each person."""
    scans = folder / "scans"
    scans.mkdir()
    for n in range(people):
        (scans / f"{n}.pdf").write_bytes(page + b"\n% " + str(n).encode() + b"\n")
    (scans / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    (folder / "outside.pdf").write_bytes(page)
    dice = random.Random(seed)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("旧同意")
    sheet.append(HEAD)
    earlier: list[list[object]] = []
    for n in range(rows):
        who, item = n % people, ITEMS[(n // people) % len(ITEMS)]
        told: object = date(2026, 3, 2) if dice.random() < 0.5 else "2026-03-02"
        line: list[object] = [
            f"K{who + 1:06}",
            item,
            "同意",
            "CK-VISIT@1.0",
            told,
            "2026/3/2",
            "纸质",
            f"{who}.pdf",
            "柜 3-1",
            "1",
        ]
        chance = dice.random()
        if chance < 0.05 and earlier:
            line = list(dice.choice(earlier))
        elif chance < 0.40:
            column, value = dice.choice(DEFECTS)
            line[HEAD.index(column)] = value
        earlier.append(line)
        sheet.append(line)
        if n % 50 == 49:
            sheet.append([None] * len(HEAD))  # blank rows are not read
    path = folder / "old.xlsx"
    book.save(path)
    return path, scans


def count(path: Path, scans: Path, *, people: int) -> Tally:
    """Row by row, by the rules of cli.md and architecture section 13."""
    made, seen, papers = Tally(), set(), set()
    for row in _rows(path):
        made.read += 1
        fault = _fault(row, scans, people)
        no = row["是否同意"] == "不同意"
        key = (row["客户编号"], row["同意事项"])
        if fault:
            made.rejected += 1
            made.reasons[fault] += 1
            continue
        if (*key, row["是否同意"]) in seen:
            made.duplicates += 1
            continue
        seen.add((*key, row["是否同意"]))
        made.accepted += 1
        weak = not no and row["方式"] == "电话" and not row["同意事项"].startswith("digital/")
        made.below_grade += weak
        papers |= set() if no else {row["文件"]}  # a document is looked at once, whatever it says
        made.statuses[key] = "refused" if no or made.statuses.get(key) == "refused" else "evidence_pending"
    made.to_check = len(papers)
    return made


def _rows(path: Path) -> Iterator[dict[str, str]]:
    book = openpyxl.load_workbook(path, read_only=True)
    cells = book.worksheets[0].iter_rows(values_only=True)
    head = [str(c) for c in next(cells)]
    for row in cells:
        if any(c is not None and str(c).strip() for c in row):
            yield {
                h: "" if c is None else str(c.date() if isinstance(c, datetime) else c)
                for h, c in zip(head, row, strict=True)
            }
    book.close()


def _fault(row: dict[str, str], scans: Path, people: int) -> str:
    """The defect of a row, by this reader's own eyes; a no needs no proof."""
    number = row["客户编号"].removeprefix("K")
    if not (number.isdigit() and 1 <= int(number) <= people):
        return "unknown_person"
    if row["同意事项"] not in ITEMS:
        return "item_unknown"
    if row["是否同意"] == "也许":
        return "answer_unclear"
    if row["是否同意"] == "不同意":
        return ""
    signed = {"2026/3/2": date(2026, 3, 2), "2027-01-01": date(2027, 1, 1)}.get(row["签署日期"])
    shown = date.fromisoformat(row["告知日期"]) if row["告知日期"] else None
    document = scans / row["文件"] if row["文件"] else None
    checks = {
        "unknown_notice": row["告知书"] != "CK-VISIT@1.0",
        "date": signed is None or signed > NOW.date(),
        "presented": shown is None or (signed is not None and shown > signed),
        "method_unknown": row["方式"] not in ("纸质", "电话"),
        "document": document is None or ".." in row["文件"] or not document.is_file() or row["文件"] == "broken.pdf",
        "pages": row["页数"] != "1",
        "place_missing": not row["原件存放处"],
    }
    return next((name for name, wrong in checks.items() if wrong), "")


class Telling:
    """Progress on standard output, so that somebody can kill in the middle."""

    def phase(self, phase: object) -> None:
        print(phase, flush=True)

    def tick(self, done: int, total: int | None) -> None:
        print("tick", done, flush=True)


def main() -> None:
    """Import as the clerk."""
    from compliance.clock import FixedClock
    from compliance.use_cases.intake import consent_import
    from compliance.use_cases.seat import session as sessions

    vault, path, folder = (Path(x) for x in sys.argv[1:4])
    session = sessions.open_session(vault, user="wu", passphrase="correct horse battery wu", clock=FixedClock(NOW))
    request = consent_import.ConsentImport(path=path, evidence_dir=folder, name="carton")
    consent_import.import_consents(session, request=request, progress=Telling())  # type: ignore[arg-type]
    print("done", flush=True)


if __name__ == "__main__":
    main()
