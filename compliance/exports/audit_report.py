"""The audit report 合规审计报告: page 1 for those who decide, then figures, registers and the log (law.md 3.3).

Rules: (1) pseudonyms only; (2) page 1 says what was found, how complete it is, how to check it and what it does not
prove; (3) the finished pages are read back with another PDF engine and compared before they are signed; (4) evidence
is embedded before signing, so the signature covers it; (5) nothing is released when a step fails or is cancelled.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from compliance.errors import ExportError
from compliance.exports.audit_data import AuditReportData
from compliance.exports.audit_pages import LEAST_ROWS, MOST_ROWS, first_page
from compliance.exports.audit_parts import parts
from compliance.exports.document import Block, Document
from compliance.exports.pdf import page_count, render
from compliance.exports.pdf_text import page_texts
from compliance.exports.sign import Signing, attach, sign_pdf
from compliance.i18n import Lang, t
from compliance.model.ids import HCP_ID
from compliance.progress import NoProgress, Phase, Progress

EVIDENCE_NAME = "evidence.json"


@dataclass(frozen=True, slots=True)
class RenderedReport:
    """The finished PDF; ``notes`` are codes of characters without a glyph."""

    pdf: bytes
    pages: int
    notes: tuple[str, ...]


def render_audit_report(
    data: AuditReportData,
    *,
    lang: Lang = Lang.ZH,
    evidence: bytes | None = None,
    signing: Signing | None = None,
    progress: Progress | None = None,
) -> RenderedReport:
    """Pages, embedded ``evidence`` and signature, in this order.

    Raises Cancelled, and ExportError ``read_back`` when the pages do not say what the data says.
    """
    progress = progress or NoProgress()
    document = build_report(data, lang)
    rendered = render(document, lang=lang, progress=progress)
    progress.phase(Phase.VERIFYING)
    read_back(rendered.pdf, pseudonyms=printed_pseudonyms(data), words=(data.report_id, data.handler, data.root[:32]))
    pdf = rendered.pdf
    progress.phase(Phase.SIGNING)
    progress.tick(0, 1)
    if evidence is not None:
        description = t("paper.audit.evidence_description", lang)
        pdf = attach(pdf, EVIDENCE_NAME, evidence, description=description, when=data.made_at)
    if signing is not None:
        pdf = sign_pdf(pdf, signing.key_pem, signing.cert_pem, reason=signing.reason, when=data.made_at)
    return RenderedReport(pdf=pdf, pages=rendered.pages, notes=rendered.notes)


def build_report(data: AuditReportData, lang: Lang) -> Document:
    """The document model of the report."""
    title = t(f"paper.audit.title.{data.kind}", lang)
    bare = Document(
        metadata_title=t("paper.audit.metadata_title", lang),
        title=title,
        subtitle="",
        running=f"{title} · {data.handler} · {data.report_id}",
        seal=t("paper.seal", lang, seal=f"#{data.log_size} · {data.root[:32]} · {data.report_id}"),
        blocks=(),
        report=True,
        stamp=t("paper.sandbox", lang) if data.sandbox else "",
    )
    return replace(bare, blocks=(*_fitting(bare, data, lang), *parts(data, lang)))


def _fitting(bare: Document, data: AuditReportData, lang: Lang) -> tuple[Block, ...]:
    """Page 1 with as many rows in its table as one page holds."""
    for rows in range(MOST_ROWS, LEAST_ROWS, -1):
        blocks = first_page(data, lang, rows)
        if page_count(replace(bare, blocks=blocks), lang) == 1:
            return blocks
    return first_page(data, lang, LEAST_ROWS)


def printed_pseudonyms(data: AuditReportData) -> set[str]:
    """Pseudonyms that the tables print: the first three of an entry (all are in the evidence), and the sample's."""
    drawn = {line.hcp_id for line in data.sample.drawn} if data.sample else set()
    return {hcp for entry in data.entries for hcp in entry.hcps[:3]} | drawn


def read_back(pdf: bytes, *, pseudonyms: set[str], words: Iterable[str]) -> None:
    """Compare the text layer with what should stand there. Raises ExportError ``read_back`` on any difference."""
    joined = re.sub(r"\s+", "", "".join(page_texts(pdf)))
    found = set(HCP_ID.findall(joined))
    missing_words = sum(re.sub(r"\s+", "", word) not in joined for word in words)
    if missing_words or not pseudonyms <= found:
        raise ExportError("read_back", pseudonyms=len(pseudonyms - found), words=missing_words)
