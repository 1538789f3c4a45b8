"""The audit report: page 1, parts, evidence inside, signature that breaks on any change."""

import json
import shutil
import subprocess
from io import BytesIO

import certificates
import pypdf
import pytest
from pdf_reading import fonts, pdfium_text, squeezed
from report_samples import busy, entries, report
from sheet_samples import AT, ROOT

from compliance.errors import Cancelled, ExportError
from compliance.exports.audit_data import BulkLine, ExceptionalUse, ItemCount, ReportKind
from compliance.exports.audit_pages import consent_table
from compliance.exports.audit_report import EVIDENCE_NAME, printed_pseudonyms, read_back, render_audit_report
from compliance.exports.pdf import render
from compliance.exports.sign import Signing, sign_pdf
from compliance.i18n import Lang, t
from compliance.progress import Phase, ProgressSlot


@pytest.fixture(scope="module")
def pair():
    return certificates.pair()


@pytest.fixture(scope="module")
def signed(pair):
    evidence = json.dumps({"entries": 120}).encode()
    return render_audit_report(report(), evidence=evidence, signing=Signing(*pair, reason="合规审计报告")).pdf


def reader(pdf):
    return pypdf.PdfReader(BytesIO(pdf))


def verdict(pdf, certificate):
    """pyHanko's own judgement: (bottom line, coverage, DocMDP respected, name of the digest)."""
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    roots = list(load_certs_from_pemder_data(certificate))
    signature = PdfFileReader(BytesIO(pdf)).embedded_signatures[0]
    context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=AT)
    return validate_pdf_signature(signature, signer_validation_context=context)


@pytest.mark.req("REQ-105")
@pytest.mark.parametrize("lang", list(Lang))
def test_page_one_says_what_an_auditor_needs(lang):
    document = reader(render_audit_report(report(), lang=lang).pdf)
    page = squeezed(document.pages[0].extract_text())
    chinese = (
        "一、操作日志第0至119号共120条",
        "二、同意事项中1,454项",
        "三、期间收到撤回21件",
        "1.5小时",
        "三步自行核验",
        "本报告不能证明",
        "盖章处",
        "审计负责人签字",
        "一般信息1,200人（门槛100,000）",
        "日志缺口0处",
    )
    english = (
        "All120logentries",
        "1,454consents",
        "Withdrawalsreceived:21",
        "Checkityourselfinthreesteps",
        "Whatthisreportdoesnotprove",
        "Companychop",
        "Auditlead",
        "ordinary1,200(thresholds100,000)",
        "0loggaps",
    )
    for words in (*(chinese if lang is Lang.ZH else english), "91310000MA1FL0000X", ROOT, "cccccccccccc", "F-01",
                  "会议平台", "0a1b2c3d4e5f6071", "214"):  # fmt: skip
        assert squeezed(words) in page, words


@pytest.mark.req("REQ-105")
@pytest.mark.parametrize("lang", list(Lang))
@pytest.mark.parametrize("kind", list(ReportKind))
def test_page_one_is_one_page_however_much_stands_on_it(lang, kind):
    data = busy(kind)
    pages = [squeezed(p.extract_text()) for p in reader(render_audit_report(data, lang=lang).pdf).pages]
    contents = "目录" if lang is Lang.ZH else "Contents"
    chop = "盖章处"
    assert chop in pages[0] and contents not in pages[0]
    assert contents in pages[1]
    assert squeezed(t(f"paper.audit.title.{kind}", lang)) in pages[0]


@pytest.mark.req("REQ-105")
@pytest.mark.parametrize("limit", [1, 2, 3, 9])
def test_rows_of_page_one_add_up_to_their_total(limit):
    """Purposes there is no room for stand as one row: an auditor adds up the columns."""
    table = consent_table(report(), Lang.EN, limit=limit)
    counts = [[int(cell.replace(",", "")) for cell in row[1:]] for row in table.rows]
    total = counts.pop() if len(counts) > 1 else counts[0]
    assert [sum(column) for column in zip(*counts, strict=True)] == total
    assert len(table.rows) <= limit + 1
    whole = consent_table(report(), Lang.EN).rows[-1]
    assert str(total[0]) == whole[1].replace(",", "")


@pytest.mark.req("REQ-105")
@pytest.mark.parametrize("lang", list(Lang))
def test_parts_seven_and_nine_name_items_exceptional_accesses_and_lists_that_left(lang):
    data = report(
        5,
        item_counts=(ItemCount(label="X·e-mail", proven=7, unproven=1, withdrawn=2, refused=3, expired=4, void=5),),
        exceptional=(
            ExceptionalUse(index=3, at=AT, user="wu", approver="chen", purpose="visit", hcp="HCP-AAAAAAAA", reads=2),
        ),
        bulk=(BulkLine(index=4, at=AT, user="sun", what="people_xlsx", people=250, allowed="REQ-7QK4M2XA"),),
    )
    text = squeezed(pdfium_text(render_audit_report(data, lang=lang).pdf))
    listed = t("log.what.people_xlsx", lang)
    for words in (
        "X·e-mail712345",
        "wuchen",
        "HCP-AAAAAAAA2",
        f"{listed}250REQ-7QK4M2XA",
        t("paper.audit.unreviewed", lang),
    ):
        assert squeezed(words) in text, words
    bare = squeezed(pdfium_text(render_audit_report(report(5), lang=lang).pdf))
    assert squeezed(t("paper.audit.empty.exceptional", lang)) in bare
    assert squeezed(t("paper.audit.empty.bulk", lang)) in bare


@pytest.mark.req("REQ-105")
@pytest.mark.parametrize("lang", list(Lang))
def test_all_sixteen_parts_stand_in_the_contents_with_their_pages(lang):
    pages = [squeezed(p.extract_text()) for p in reader(render_audit_report(report(30), lang=lang).pdf).pages]
    names = ("about", "people", "basis", "facts", "items", "samples", "consents", "rights", "access", "sharing",
             "transfers", "assessments", "incidents", "findings", "integrity", "signatures", "entries")  # fmt: skip
    for number, name in enumerate(names, start=1):
        title = squeezed(f"{number} {t(f'paper.audit.part.{name}', lang)}")
        page = next(n for n, text in enumerate(pages, start=1) if title in text and n > 1)
        assert title in pages[1]
        assert any(title in text for text in pages[page - 1 :])


@pytest.mark.req("REQ-105")
def test_every_page_carries_seal_and_number():
    document = reader(render_audit_report(report()).pdf)
    total = len(document.pages)
    assert total > 4
    for number, page in enumerate(document.pages, start=1):
        text = page.extract_text()
        assert f"第 {number} 页 共 {total} 页" in text
        assert ROOT[:32] in text
        assert "演示 SANDBOX" in text
    assert [item.title[:1] for item in document.outline if not isinstance(item, list)][:3] == ["个", "1", "2"]


@pytest.mark.req("REQ-105")
def test_pseudonyms_only_and_all_of_them():
    data = report(400)
    pdf = render_audit_report(data).pdf
    text = squeezed(pdfium_text(pdf))
    assert all(hcp in text for hcp in printed_pseudonyms(data))
    assert "+2" in text  # entries over five people print three
    for heads in ("序号时间类型",):
        assert text.count(heads) >= 10
    assert all(embedded and mapped for _, embedded, mapped in fonts(pdf))


def test_a_broken_log_is_the_first_thing_said():
    text = squeezed(pdfium_text(render_audit_report(report(log_intact=False, log_problem="第 57 条被改动")).pdf))
    assert "未通过核验：第57条被改动" in text
    assert "未发现改动" not in text


def test_a_period_without_anything_is_still_a_report():
    data = report(
        0, purposes=(), views=(), imports=(), thresholds=(), rights=(), recipients=(), findings=(), before_proof=(),
        withdrawals=0, slowest_withdrawal_seconds=None, refusals_by_reason=(), systems_outside=(), log_to=-1,
    )  # fmt: skip
    text = pdfium_text(render_audit_report(data).pdf)
    assert "期间没有收到撤回" in text
    assert "没有未关闭的问题" in text
    assert "未记录" not in text, "nothing to time is none, not a time nobody recorded"


def test_signature_is_valid_certifies_and_covers_evidence(signed, pair, tmp_path):
    status = verdict(signed, pair[1])
    assert status.bottom_line
    assert status.intact
    assert status.coverage.name == "ENTIRE_FILE"
    assert status.docmdp_ok
    assert status.md_algorithm == "sha256"
    document = reader(signed)
    assert json.loads(document.attachments[EVIDENCE_NAME][0]) == {"entries": 120}
    spec = document.trailer["/Root"]["/Names"]["/EmbeddedFiles"]["/Names"][1].get_object()
    assert spec["/AFRelationship"] == "/Data"
    field = document.trailer["/Root"]["/AcroForm"]["/Fields"][0].get_object()["/V"].get_object()
    assert field["/SubFilter"] == "/ETSI.CAdES.detached"
    assert field["/M"].startswith("D:20261124023000")
    assert field["/Reference"][0]["/TransformParams"]["/P"] == 1
    assert document.metadata["/Producer"] == "ConsentKeep"


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="poppler is not installed")
def test_poppler_and_qpdf_agree(signed, tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(signed)
    said = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    if shutil.which("qpdf"):
        checked = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
def test_any_changed_byte_breaks_the_signature(signed, pair, share):
    start, end = 20, signed.rfind(b"/Contents <")
    place = int(start + (end - start) * share)
    changed = signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]
    try:
        status = verdict(changed, pair[1])
    except Exception:  # noqa: BLE001 - a file that no longer parses is as good as refused
        return
    assert not status.bottom_line


def test_an_appended_revision_is_seen(signed, pair):
    writer = pypdf.PdfWriter(BytesIO(signed), incremental=True)
    writer.add_metadata({"/Keywords": "later"})
    out = BytesIO()
    writer.write(out)
    status = verdict(out.getvalue(), pair[1])
    assert status.coverage.name != "ENTIRE_FILE" or not status.bottom_line


def test_another_key_is_not_trusted(signed):
    assert not verdict(signed, certificates.pair()[1]).bottom_line


def test_a_bad_key_is_told_without_its_content(pair):
    with pytest.raises(ExportError) as caught:
        sign_pdf(render_audit_report(report(3)).pdf, b"-----BEGIN NOTHING-----", pair[1], reason="r", when=AT)
    assert caught.value.code == "signing_failed"
    assert "NOTHING" not in str(caught.value)
    assert "BEGIN" not in repr(Signing(*pair, reason="r"))


def test_signing_opens_no_socket(pair):
    import sys

    seen = []
    armed = [True]
    sys.addaudithook(
        lambda event, _: armed[0] and event in ("socket.connect", "socket.getaddrinfo") and seen.append(event)
    )
    sign_pdf(render_audit_report(report(3)).pdf, *pair, reason="r", when=AT)
    armed[0] = False
    assert seen == []


def test_the_network_stays_shut_while_signing():
    import socket

    from compliance.exports.sign import _no_network

    with _no_network(), pytest.raises(ExportError) as caught:
        socket.getaddrinfo("localhost", 80)
    assert caught.value.code == "network_refused"
    assert socket.getaddrinfo("127.0.0.1", 80)


def test_read_back_notices_a_lost_pseudonym():
    pdf = render_audit_report(report(5)).pdf
    with pytest.raises(ExportError) as caught:
        read_back(pdf, pseudonyms={"HCP-ZZZZZZZZ"}, words=("不在报告里的话",))
    assert caught.value.params == {"pseudonyms": 1, "words": 1}


class _Impatient(ProgressSlot):
    """Cancels after some ticks."""

    def __init__(self, after, phase=Phase.RENDERING):
        super().__init__()
        self.left = after
        self.wanted = phase
        self.totals = []

    def tick(self, done, total):
        self.totals.append((done, total))
        if self.current[0] is self.wanted:
            self.left -= 1
            if self.left <= 0:
                self.cancel()
        super().tick(done, total)


@pytest.mark.parametrize("after", [1, 3, 12])
def test_cancel_is_heard_while_laying_out_and_painting(after):
    with pytest.raises(Cancelled):
        render_audit_report(report(2000), progress=_Impatient(after))


def test_progress_grows_to_its_total():
    slot = _Impatient(10**9)
    render_audit_report(report(2000), progress=slot)
    numbers = [done for done, total in slot.totals if total and total > 1]
    assert numbers == sorted(numbers)
    assert len(numbers) > 10


def test_one_page_papers_refuse_to_grow():
    from compliance.exports.document import Document, Paragraph

    document = Document(
        metadata_title="x", title="x", subtitle="", running="", seal="", blocks=(Paragraph("字" * 9000),) * 3,
        one_page=True,
    )  # fmt: skip
    with pytest.raises(ExportError) as caught:
        render(document)
    assert caught.value.code == "too_long"


def test_same_data_same_bytes_before_signing():
    assert render_audit_report(report(50)).pdf == render_audit_report(report(50)).pdf
    assert render_audit_report(report(50, entries=entries(50, seed=2))).pdf != render_audit_report(report(50)).pdf
