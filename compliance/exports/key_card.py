"""The key-fingerprint card 密钥指纹卡: in China the company chop, not a certificate chain, is what an auditor trusts.

Rules: (1) fingerprints in full, in groups of four, and as a QR code; (2) a place for the chop; (3) one page; the card
is public and holds no secret.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.exports import document as d
from compliance.exports.audit_pages import grouped
from compliance.exports.pdf import render
from compliance.exports.stamps import local
from compliance.i18n import Lang, has, t


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCardData:
    """``fingerprints`` maps a use (``pdf``, ``checkpoint``, or a name of its own) to lower-case hexadecimal SHA-256."""

    vault_id: str
    handler: str
    made_at: datetime
    fingerprints: Mapping[str, str] | Sequence[tuple[str, str]]
    credit_code: str = ""
    sandbox: bool = False


def render_key_card(data: KeyCardData, *, lang: Lang = Lang.ZH) -> bytes:
    """The card as PDF. ExportError ``too_long`` when there are more fingerprints than a page holds."""

    def say(key: str) -> str:
        return t(f"paper.card.{key}", lang)

    pairs = list(data.fingerprints.items() if isinstance(data.fingerprints, Mapping) else data.fingerprints)
    blocks: list[d.Block] = [
        d.KeyValues(
            (
                (say("handler"), data.handler),
                (say("credit_code"), data.credit_code or "–"),
                (say("store"), data.vault_id),
                (say("made"), f"{local(data.made_at)} (UTC+8)"),
            )
        )
    ]
    for use, fingerprint in pairs:
        label = say(f"use.{use}") if has(f"paper.card.use.{use}") else use
        blocks += [d.Heading(label, level=2), d.Code(grouped(fingerprint), size=12, per_line=8)]
    blocks += [
        d.Qr(qr_text(data.vault_id, pairs), say("qr")),
        d.Callout(say("how"), (say("how.text"),)),
        d.Places((d.Place(say("officer")), d.Place(say("date")), d.Place(say("chop"), chop=True))),
    ]
    document = d.Document(
        metadata_title=say("title"),
        title=say("title"),
        subtitle=say("subtitle"),
        running="",
        seal=f"{data.vault_id} · {local(data.made_at)}",
        blocks=tuple(blocks),
        stamp=t("paper.sandbox", lang) if data.sandbox else "",
        one_page=True,
    )
    return render(document, lang=lang).pdf


def qr_text(vault_id: str, pairs: Sequence[tuple[str, str]]) -> str:
    """What the code says: ``CKFP1:VAULT:USE=HEX:…``."""
    return ":".join(["CKFP1", vault_id, *(f"{use}={fingerprint}" for use, fingerprint in pairs)])
