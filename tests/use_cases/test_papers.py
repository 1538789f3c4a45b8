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
from compliance.progress import NoProgress
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.consent.receipts import issue_receipt
from compliance.use_cases.field import sheets
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
