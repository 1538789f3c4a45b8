"""PDFs of others are opened in a process with limits, never in ours: recovery sheets and files under attack."""

from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from compliance.errors import InputErrors
from compliance.use_cases.field import sheets
from compliance.use_cases.seat import foreign_pdf
from compliance.use_cases.upkeep import papers


def pdf(path: Path, *lines: str) -> Path:
    """A small file of somebody else."""
    canvas = Canvas(str(path))
    for number, line in enumerate(lines):
        canvas.drawString(72, 720 - 14 * number, line)
    canvas.showPage()
    canvas.save()
    return path


@pytest.mark.req("REQ-052")
def test_an_attack_finds_in_the_child_what_stands_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, values = pdf(tmp_path / "a.pdf", "phone 13812345678", "fine"), tmp_path / "values.txt"
    values.write_text("13812345678\n13999999999\n", encoding="utf-8")

    def never(*_: object, **__: object) -> None:
        raise AssertionError("opened in our own process")

    monkeypatch.setattr(foreign_pdf, "attack", never)  # a fresh interpreter does not see this
    monkeypatch.setattr(foreign_pdf, "readable", never)
    report = sheets.leak_check(file, values=values)
    assert not report.clean and report.checked == 2 and {leak.value for leak in report.leaks} == {0}
    values.write_text("13999999999\n", encoding="utf-8")
    assert sheets.leak_check(file, values=values).clean


def test_a_recovery_sheet_is_read_in_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign_pdf, "read_recovery", lambda _: pytest.fail("opened in our own process"))
    assert "no code here" in papers.recovery_code(pdf(tmp_path / "a.pdf", "no code here"))


@pytest.mark.parametrize("content", [b"%PDF-1.7\nrubbish", b"%PDF-" + b"\xff" * 5000])
def test_what_cannot_be_read_is_one_code(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.pdf"
    file.write_bytes(content)
    with pytest.raises(InputErrors) as unreadable:
        sheets.leak_check(file, values=None)
    assert unreadable.value.code == "pdf_unreadable"
    with pytest.raises(InputErrors) as no_sheet:
        papers.recovery_code(file)
    assert no_sheet.value.code == "recovery_unreadable"


def test_a_child_that_stalls_is_ended(tmp_path: Path) -> None:
    data = pdf(tmp_path / "a.pdf", "x").read_bytes()
    with pytest.raises(InputErrors) as slow:
        foreign_pdf.leaks_in(data, file_name="a.pdf", values=["x1y2z3"], seconds=0.0)
    assert slow.value.code == "pdf_slow"


@pytest.mark.req("REQ-052")
def test_bytes_outside_the_file_reach_the_answer_and_may_stand_before_its_head(tmp_path: Path) -> None:
    file = pdf(tmp_path / "a.pdf", "fine")
    clean = file.read_bytes()
    assert sheets.leak_check(file, values=None).clean
    for content, where in ((clean + b"PK hidden", "behind_end"), (b"MZ\x90\x00 hidden\n" + clean, "before_head")):
        file.write_bytes(content)
        report = sheets.leak_check(file, values=None)
        assert not report.clean and [place for place, _ in report.outside] == [where]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "values_empty"),
        (b"\xef\xbb\xbf \r\n\t\n", "values_empty"),
        ("刘一鸣".encode("gb18030") + b"\xff", "values_not_text"),
        (b"\x00\x01\x02rubbish", "values_not_text"),
        (b"\x89PNG\r\n\x1a\n", "values_not_text"),
        (b"1\n23\na\n--\n", "values_too_short"),
    ],
)
def test_a_list_with_nothing_to_look_for_never_makes_a_file_clean(tmp_path: Path, content: bytes, code: str) -> None:
    values = tmp_path / "values.txt"
    values.write_bytes(content)
    with pytest.raises(InputErrors) as fault:
        sheets.leak_check(pdf(tmp_path / "a.pdf", "fine"), values=values)
    assert fault.value.code == code and fault.value.exit_code == 2


def test_values_too_short_beside_others_are_counted(tmp_path: Path) -> None:
    values = tmp_path / "values.txt"
    values.write_text("12\n13812345678\n", encoding="utf-8")
    report = sheets.leak_check(pdf(tmp_path / "a.pdf", "fine"), values=values)
    assert report.clean and (report.checked, report.skipped) == (1, 1)
