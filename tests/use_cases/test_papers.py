"""Papers as a reader holds them: words instead of keys, names that copy right, the right people on the list."""

import re
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pypdfium2
import pytest
from support import Desk, Doctor, done

from compliance.i18n import Lang
from compliance.model.access import Purpose, Role
from compliance.model.profile import SourceClass
from compliance.progress import NoProgress
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.consent.receipts import issue_receipt
from compliance.use_cases.field import day_plans, sheets
from compliance.use_cases.people import sources
from compliance.use_cases.seeing import cases, profiles
from compliance.use_cases.upkeep import papers

NAMES = ("王𬭊", "䶮㛃", "𫖯文", "欧阳修远")
#: What a catalogue key or a code looks like in print.
KEY = re.compile(r"\b(?:reason|paper|talk|sheet|value|channel|purpose|role|field|lift)\.[a-z_]+|\b[a-z]+_[a-z_]+\b")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(
        tmp_path_factory.mktemp("papers"), staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
    )
    made.bring([Doctor(number=f"S{n}", name=name, phone=f"1396666000{n}") for n, name in enumerate(NAMES)])
    ids = [made.id_of(name) for name in NAMES]
    for hcp_id in ids[:3]:
        made.consent(hcp_id)
        made.consent(hcp_id, "digital/email")
    made.assign(*ids)
    wu = made.sit("wu")
    for hcp_id, items in ((ids[1], None), (ids[2], ("visit",))):
        done(
            withdrawing.withdraw_consent(
                wu, hcp_id=hcp_id, items=items, received_at=made.at.isoformat(), channel="phone"
            )
        )
    yield made
    made.rise()


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path.read_bytes())
    text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return text


@pytest.mark.req("REQ-051")
def test_the_list_names_everyone_closed_and_nobody_with_an_open_channel(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "list.pdf"
    done(sheets.do_not_contact_list(desk.sit("chen"), rep="liming", path=path))
    copied = "".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    for text in (text_of(path), copied):
        assert [name for name in NAMES if name in text] == ["䶮㛃"]  # 𫖯文 may still be written to


@pytest.mark.req("REQ-051", "REQ-064")
def test_a_paper_names_nobody_of_whom_only_a_bought_list_speaks(desk: Desk, tmp_path: Path) -> None:
    chen = desk.sit("chen")
    done(sources.add_source(desk.sit("zhao"), code="VEND", name="VEND", provenance=SourceClass.THIRD))
    assert desk.bring([Doctor(number="V1", name="尉迟求实", consent="Y")], source="VEND").quarantined == 1
    bought = desk.id_of("尉迟求实")
    desk.assign(bought)
    done(sheets.do_not_contact_list(chen, rep="liming", path=tmp_path / "list.pdf"))
    plan = done(day_plans.make_day_plan(
        chen, hcp_ids=[desk.id_of(NAMES[1]), desk.id_of(NAMES[0]), bought], rep="liming", day=desk.at.date(),
        path=tmp_path / "plan.pdf",
    ))  # fmt: skip
    assert [x.hcp_id for x in plan.refused if x.hcp_id == bought], "refused as anybody else is"
    for paper in ("list.pdf", "plan.pdf"):
        assert "尉迟" not in text_of(tmp_path / paper), paper
    done(withdrawing.withdraw_consent(
        desk.sit("wu"), hcp_id=bought, items=["visit"], received_at=desk.at.isoformat(), channel="phone"
    ))  # fmt: skip
    done(sheets.do_not_contact_list(chen, rep="liming", path=tmp_path / "said.pdf"))
    assert "尉迟求实" in text_of(tmp_path / "said.pdf"), "who said no to us is to be left alone, by name"


@pytest.mark.req("REQ-051")
def test_list_page_and_reason_say_the_same_of_what_may_be_done(desk: Desk, tmp_path: Path) -> None:
    chen, asking, gone = desk.sit("chen"), desk.id_of(NAMES[0]), desk.id_of(NAMES[1])

    def said(hcp: str) -> tuple[str, str]:
        rows = done(profiles.find_people(chen, text="", purpose=Purpose.MDM)).rows
        why = profiles.why_field(chen, hcp_id=hcp, key="department", purpose=Purpose.VISIT, as_rep="liming")
        return next(row.action for row in rows if row.hcp_id == hcp), done(why).action

    assert said(asking) == ("open", "open")
    assert [word.partition(":")[0] for word in said(gone)] == ["do_not_ask_before"] * 2, "not: may ask"
    done(cases.open_case(chen, hcp_id=asking, kind="access"))
    assert said(asking) == ("open", "open"), "a request closes asking, not the visit"
    done(sheets.do_not_contact_list(chen, rep="liming", path=tmp_path / "list.pdf"))
    assert NAMES[0] not in text_of(tmp_path / "list.pdf")
    [task] = [one for one in done(cases.list_cases(chen)) if one.hcp_id == asking]
    done(cases.close_case(chen, case_id=task.case_id))


@pytest.mark.req("REQ-050")
@pytest.mark.parametrize("lang", list(Lang))
def test_no_paper_prints_a_key_or_a_code(desk: Desk, tmp_path: Path, lang: Lang) -> None:
    chen, zhao = desk.sit("chen"), desk.sit("zhao")
    chen.lang = zhao.lang = lang
    first, second = desk.id_of(NAMES[0]), desk.id_of(NAMES[1])
    made = done(
        sheets.make_sheets(
            chen, hcp_ids=[first], purpose=Purpose.VISIT, rep="liming", out=tmp_path, progress=NoProgress()
        )
    )
    done(issue_receipt(chen, hcp_id=first, item="visit", fmt="pdf", path=tmp_path / "given.pdf"))
    done(issue_receipt(chen, hcp_id=second, item="visit", fmt="pdf", path=tmp_path / "withdrawn.pdf"))
    done(papers.make_key_card(zhao, path=tmp_path / "card.pdf"))
    chen.lang = zhao.lang = Lang.ZH
    assert NAMES[0] in text_of(made.sheets[0].path)
    assert len(made.warnings) == 2  # a practice vault prints what is missing
    for path in tmp_path.glob("*.pdf"):
        assert KEY.findall(text_of(path)) == [], path.name
