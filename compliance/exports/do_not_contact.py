"""The do-not-contact sheet 请勿联系名单: name and hospital, nothing else (architecture section 13).

Rules: (1) no reason, no field, no id: why contact is closed is not the reader's business; (2) serial, reader, date,
watermark and log seal as on every sheet; (3) as many pages as the list needs, heads repeated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.exports import document as d
from compliance.exports.pdf import Rendered, render
from compliance.exports.stamps import local, seal_words
from compliance.i18n import Lang, t


@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotContactData:
    """``people`` are (name, hospital) in the order to print."""

    serial: str
    handler: str
    issued_to: str
    employee_no: str
    issued_at: datetime
    expires_at: datetime
    watermark: str
    root: str
    audit_index: int
    people: Sequence[tuple[str, str]]
    sandbox: bool = False


def do_not_contact_sheet(data: DoNotContactData, *, lang: Lang = Lang.ZH) -> Rendered:
    """The list as PDF."""

    def say(key: str) -> str:
        return t(f"paper.sheet.{key}", lang)

    facts = (
        (say("serial"), data.serial),
        (say("reader"), f"{data.issued_to} {data.employee_no}".strip()),
        (say("issued"), local(data.issued_at)),
        (say("until"), local(data.expires_at)),
    )
    rows = [(str(n), name, hospital) for n, (name, hospital) in enumerate(data.people, start=1)]
    heads = (say("dnc.number"), say("dnc.name"), say("dnc.hospital"))
    document = d.Document(
        metadata_title=say("dnc.title"),
        title=say("dnc.title"),
        subtitle=data.handler,
        running=f"{say('dnc.title')} · {data.serial}",
        seal=t("paper.seal", lang, seal=seal_words(data.root, data.audit_index)),
        watermark=data.watermark,
        stamp=t("paper.sandbox", lang) if data.sandbox else "",
        blocks=(
            d.KeyValues(facts, columns=2),
            d.Callout(say("dnc.rule"), (say("dnc.rule.text"),), d.Tone.STOP),
            d.Table(heads, rows, (0.6, 2, 4), frozenset({0}), size=10, empty=say("dnc.empty")),
            d.Paragraph(say("handling"), small=True),
        ),
    )
    return render(document, lang=lang)
