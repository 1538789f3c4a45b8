"""The day plan: one folded page, legible without colour, nothing on it that helps a finder."""

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pypdf
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pdf_reading import fonts, pdfium_text, squeezed

from compliance.errors import ExportError
from compliance.exports.day_plan import MOST_A_HALF, control_plan, render_day_plan
from compliance.exports.day_plan_data import DayPlanData, Hospital, Stop, Visit
from compliance.exports.leak_check import attack
from compliance.i18n import Lang

DAY = date(2026, 11, 26)
NAMES = (
    "王主任",
    "欧阳教授",
    "李医生",
    "阿依古丽医生",
    "赵主任",
    "陈医生",
    "司马主任",
    "孙教授",
    "周医生",
    "吴药师",
    "郑主任",
    "冯医生",
)


def plan(*per: int, closed: tuple[int, ...] = (), **changes: object) -> DayPlanData:
    """People in hospitals of these sizes."""
    stops = [
        Stop(
            number=n + 1, name=NAMES[n % 12], department=f"第{n + 1}科", channels=("面对面拜访", "电话"),
            visit=Visit.CLOSED if n in closed else Visit.OPEN,
        )
        for n in range(sum(per))
    ]  # fmt: skip
    hospitals, at = [], 0
    for place, size in enumerate(per):
        hospitals.append(Hospital(name=f"示例{place}院", stops=tuple(stops[at : at + size]), rule="需预约"))
        at += size
    data = DayPlanData(
        serial="D-7QK4M2XA", day=DAY, issued_to="张伟", employee_no="E10023",
        issued_at=datetime(2026, 11, 26, 0, 30, tzinfo=UTC), expires_at=datetime(2026, 11, 26, 16, tzinfo=UTC),
        watermark="张伟 E10023 D-7QK4M2XA", root="9f3ac21b" * 8, audit_index=1234, hospitals=tuple(hospitals),
        sandbox=True,
    )  # fmt: skip
    return replace(data, **changes)  # type: ignore[arg-type]


def halves(pdf: bytes) -> tuple[str, str]:
    """Text above and below the fold."""
    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    text, (wide, high) = page.get_textpage(), page.get_size()
    upper = text.get_text_bounded(left=0, bottom=high / 2, right=wide, top=high)
    lower = text.get_text_bounded(left=0, bottom=0, right=wide, top=high / 2)
    assert len(document) == 1
    return squeezed(upper), squeezed(lower)


@pytest.mark.req("REQ-050")
@pytest.mark.parametrize("lang", list(Lang))
def test_each_half_says_whose_it_is_and_how_to_find_its_entry(lang: Lang) -> None:
    pdf = render_day_plan(plan(5, 3, 4), lang=lang).pdf
    upper, lower = halves(pdf)
    for half in (upper, lower):
        for word in ("张伟E10023", "D-7QK4M2XA", "24:00", "#1234", "9f3ac21b9f3ac21b", "SANDBOX"):
            assert word in half, word
    assert all(name in upper + lower for name in NAMES)
    assert all(embedded and mapped for _, embedded, mapped in fonts(pdf))
    assert "王" not in str(pypdf.PdfReader(BytesIO(pdf)).metadata)


def test_the_fold_falls_between_hospitals_where_it_can() -> None:
    upper, lower = halves(render_day_plan(plan(5, 1, 4)).pdf)
    assert "示例1院" in lower and "示例1院" not in upper and "示例2院" in lower
    upper, lower = halves(render_day_plan(plan(12)).pdf)
    assert "示例0院（续）" in lower and "示例0院（续）" not in upper
    upper, lower = halves(render_day_plan(plan(4)).pdf)
    assert "王主任" in upper and "先问" in lower and "王主任" not in lower


@pytest.mark.req("REQ-051")
def test_closed_people_are_told_by_word_and_keep_no_box() -> None:
    text = squeezed(pdfium_text(render_day_plan(plan(6, closed=(1, 4))).pdf))
    assert text.count("请勿拜访") == 3  # two people, and the guide below the fold


def test_meaning_does_not_hang_on_colour() -> None:
    """The label of a closed person is black in a print without colour, that of an open one has no dark ground."""
    document = pypdfium2.PdfDocument(render_day_plan(plan(6, closed=(0,))).pdf)
    page = document[0].render(scale=1, grayscale=True).to_numpy()
    dark = (page[:421, 271:330] < 70).sum(axis=1)
    assert dark.max() > 30
    open_only = pypdfium2.PdfDocument(render_day_plan(plan(6)).pdf)[0].render(scale=1, grayscale=True).to_numpy()
    assert (open_only[90:421, 271:330] < 70).sum(axis=1).max() < 30


def test_more_people_than_two_halves_hold_are_refused() -> None:
    with pytest.raises(ExportError):
        render_day_plan(plan(2 * MOST_A_HALF + 1))
    with pytest.raises(ExportError):
        render_day_plan(plan())


@pytest.mark.req("REQ-049")
def test_a_full_name_or_number_on_it_is_found() -> None:
    def clean(data: DayPlanData, *hidden: str) -> bool:
        made = render_day_plan(data)
        check = lambda: control_plan(data, lang=Lang.ZH, scale=made.scale)  # noqa: E731
        return attack(made.pdf, f"{data.serial}.pdf", hidden, control=check).clean

    good = plan(4)
    assert clean(good, "王小明", "13812345678", "欧阳明月", "男", "7", "主任医师")
    full = replace(
        good, hospitals=(replace(good.hospitals[0], stops=(replace(good.hospitals[0].stops[0], name="王小明主任"),)),)
    )
    assert not clean(full, "王小明")


def test_same_data_same_bytes() -> None:
    assert render_day_plan(plan(3, 4)).pdf == render_day_plan(plan(3, 4)).pdf


words = st.text(alphabet="心血管内科，。A1 W（𬭊䶮", max_size=120)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(1, 12), min_size=1, max_size=12), words, words, st.lists(words, max_size=6))
def test_always_exactly_one_page(sizes: list[int], name: str, rule: str, channels: list[str]) -> None:
    per, left = [], 12
    for size in sizes:
        per.append(min(size, left))
        left -= per[-1]
    per = [size for size in per if size]
    data = plan(*per, issued_to=name)
    hospitals = tuple(
        replace(h, name=name or "院", rule=rule, stops=tuple(
            replace(s, name=name or "王", department=rule, channels=tuple(channels), until=DAY) for s in h.stops))
        for h in data.hospitals
    )  # fmt: skip
    made = render_day_plan(replace(data, hospitals=hospitals))
    assert len(pypdf.PdfReader(BytesIO(made.pdf)).pages) == 1
