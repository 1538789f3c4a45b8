"""Each mandatory item of a notice taken away in turn: the check names that gap, the release is refused, in Chinese and
English, on the command line (PIPL 17, 30, 39; REQ-001, REQ-003, REQ-004; issue 3 point 1)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_desk import in_process
from notice_files import OVERSEAS, SPEAKER, VISIT, edited, put
from spec_desk import HANDS, batch, head
from support import Desk, done

from compliance.use_cases.notices import notices

#: PIPL 17(1): name and contact, purpose, method, kinds, retention, rights; 30: necessity, effect; 39: the recipient.
WORDS = {
    "handler": ("个人信息处理者", "Who handles"),
    "contact": ("联系方式", "reach us"),
    "purpose": ("处理目的", "Purpose"),
    "method": ("处理方式", "handled"),
    "kinds": ("个人信息种类", "Kinds"),
    "retention": ("保存期限", "How long"),
    "rights": ("您的权利", "Your rights"),
    "necessity": ("必要性", "needed"),
    "impact": ("对个人权益的影响", "Effect on your rights"),
    "recipient": ("接收方", "Recipient"),
    "recipient_contact": ("接收方联系方式", "reach the recipient"),
    "recipient_purpose": ("接收方的处理目的", "recipient's purpose"),
    "recipient_method": ("接收方的处理方式", "recipient handles"),
    "recipient_kinds": ("提供的个人信息种类", "provided"),
    "recipient_rights": ("境外接收方行使权利", "against the overseas recipient"),
}
COMMON = ("handler", "contact", "purpose", "method", "kinds", "retention", "rights")
CASES = [
    *(("visit", slot) for slot in COMMON),
    *(("speaker", slot) for slot in (*COMMON, "necessity", "impact")),
    *(("overseas", slot) for slot in (*COMMON, *(s for s in WORDS if s.startswith("recipient")))),
]
TEXTS = {"visit": VISIT, "speaker": SPEAKER, "overseas": OVERSEAS}
WAYS = ("gone", "no_zh", "no_en", "blank", "placeholder")


def without(text: str, slot: str, way: str) -> str:
    """``text`` with its first block ``slot`` taken out, or emptied in one language or both."""
    block = re.compile(
        rf'\[\[(?:line\.)?block\]\]\nslot = "{slot}"\nheading = [^\n]*\n'
        r'zh = """\n(?P<zh>[^"]*)"""\nen = """\n(?P<en>[^"]*)"""\n'
    )
    found = block.search(text)
    assert found, slot
    whole = found.group(0)
    made = {
        "gone": "",
        "no_zh": whole.replace(found["zh"], ""),
        "no_en": whole.replace(found["en"], ""),
        "blank": whole.replace(found["zh"], " \n").replace(found["en"], "\t\n"),
        "placeholder": whole.replace(found["zh"], "待定\n").replace(found["en"], "TBD\n"),
    }[way]
    return text.replace(whole, made, 1)


def gaps(path: Path) -> set[str]:
    return {f.where.partition("@")[0] for f in notices.check_notice_file(path).value}


@pytest.mark.req("REQ-001", "REQ-003", "REQ-004")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("name", "slot"), CASES)
def test_the_check_names_exactly_the_item_taken_away(tmp_path: Path, name: str, slot: str, way: str) -> None:
    assert gaps(put(tmp_path, edited(TEXTS[name]))) == set()
    assert gaps(put(tmp_path, without(edited(TEXTS[name]), slot, way))) == {slot}


@pytest.mark.req("REQ-001", "REQ-004")
@pytest.mark.parametrize("words", ["联系方式：", "Contact: ", "处理者：（以下称“我们”）。", "Handler:  (“we”)."])
@pytest.mark.parametrize("slot", ["handler", "contact"])
def test_a_caption_with_nobody_behind_it_names_nobody(tmp_path: Path, slot: str, words: str) -> None:
    """As it is left when only the name or the address is taken out of its sentence."""
    text = without(edited(VISIT), slot, "placeholder")
    for lang, kept in (("待定", "公司：示例医药，电话 010-00000000"), ("TBD", "Company: Example Ltd (Shanghai)")):
        asked = text.replace(lang, words).replace("TBD", "Company: Example Ltd").replace("待定", "公司：示例医药")
        assert gaps(put(tmp_path, asked)) == {slot}
        full = text.replace(lang, kept).replace("TBD", "Company: Example Ltd").replace("待定", "公司：示例医药")
        assert gaps(put(tmp_path, full)) == set()


@pytest.mark.req("REQ-001")
@pytest.mark.parametrize(("name", "slot"), CASES)
def test_the_command_line_says_it_in_both_languages(tmp_path: Path, name: str, slot: str) -> None:
    path = put(tmp_path, without(edited(TEXTS[name]), slot, "gone"))
    for lang, word in zip(("zh", "en"), WORDS[slot], strict=True):
        said = in_process("--lang", lang, "notice", "check", str(path))
        assert said.exit_code == 2 and word in said.stdout and slot in said.stdout, said.stdout
    said = in_process("--json", "notice", "check", str(path))
    assert said.json["ok"] is False
    assert {f["where"].partition("@")[0] for f in said.json["faults"]} == {slot}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("d"), staff=HANDS)
    yield made
    made.rise()


@pytest.mark.req("REQ-001", "REQ-003", "REQ-004")
def test_the_release_is_refused_and_the_gap_named(desk: Desk, tmp_path: Path) -> None:
    files = [put(tmp_path, without(edited(TEXTS[name]), slot, "gone"), f"{name}-{slot}.toml") for name, slot in CASES]
    for (name, slot), said in zip(CASES, batch(desk, "zhao", [["notice", "activate", f] for f in files]), strict=True):
        assert (said["exit_code"], said["refused"]) == (1, "notice_incomplete"), (name, slot)
        named = {part.partition("@")[0] for part in said["lifted_by"].split(", ")}
        # the recipient of the shipped example is not in this register either: that gap stands beside
        assert named - ({"recipient"} if name == "overseas" else set()) == {slot} - (
            {"recipient"} if name == "overseas" else set()
        )
        assert {"PIPL"} <= {r["statute"] for r in said["references"]}
    for nth, lang in enumerate(("zh", "en")):
        words = [w for w in head(desk, "zhao", None, lang) if w != "--json"]
        said = in_process(*words, "notice", "activate", str(files[CASES.index(("visit", "retention"))]))
        assert said.exit_code == 1 and WORDS["retention"][nth] in said.stdout + said.stderr
    assert {
        n.ref for n in done(notices.list_notices(desk.sit("zhao"))) if n.version == "2.0" and n.active_from
    } == set()


@pytest.mark.req("REQ-001", "REQ-003")
@pytest.mark.parametrize("line", ["benefit", "if_refused", "text"])
def test_every_item_says_what_yes_and_no_mean(tmp_path: Path, line: str) -> None:
    found = next(x for x in VISIT.splitlines() if x.startswith(f"{line} ="))
    assert gaps(put(tmp_path, edited(VISIT, (found, f'{line} = {{ zh = "", en = "" }}')))) == {line}
