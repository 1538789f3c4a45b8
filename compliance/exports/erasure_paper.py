"""The certificate of an erasure 删除证明: a signed page and a README, as of a proof pack (:mod:`.proof_paper`).

Rules: (1) pseudonym and roles only; (2) first that it is gone, on which day, by whom and under whose two signatures;
then what was destroyed, how to check it, what is left out and what it does not prove.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from compliance.exports import document as d
from compliance.exports.pdf import render
from compliance.exports.proof_paper import ProofPaper, left_out_rows, recipient_words
from compliance.exports.stamps import local
from compliance.i18n import Lang, t


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasurePaper:
    """What the page says beside the facts of every pack. ``signed``: (label, at, kind of entry)."""

    pack: ProofPaper
    begun_at: datetime | None
    erased_at: datetime
    entry: int
    reason: str
    carried_out_by: str
    after_crash: bool
    signed: Sequence[tuple[str, datetime, str]]
    evidence: int
    keys_die_on: date | None
    keys_by_hand: int


def readme(paper: ErasurePaper) -> bytes:
    """The text file in Chinese, then English."""
    return "\n\n".join(_readme(paper, lang) for lang in (Lang.ZH, Lang.EN)).encode("utf-8") + b"\n"


def certificate(paper: ErasurePaper, lang: Lang) -> bytes:
    """The PDF, not signed yet."""
    pack = paper.pack

    def say(key: str, **params: object) -> str:
        return t(f"paper.erasure.{key}", lang, **params)

    rows = [(local(at), say(f"signed.{kind}"), _label(who, lang)) for who, at, kind in paper.signed]
    heads = tuple(say(f"head.{key}") for key in ("at", "act", "by"))
    document = d.Document(
        metadata_title=say("title"),
        title=say("title"),
        subtitle=pack.handler,
        running=f"{say('title')} · {pack.pack_id}",
        seal=t("paper.seal", lang, seal=f"#{pack.log_size} · {pack.root[:32]} · {pack.pack_id}"),
        stamp=t("paper.sandbox", lang) if pack.sandbox else "",
        blocks=(
            d.Callout(say("what"), (say("what.text", hcp=pack.hcp_id),), d.Tone.PLAIN),
            d.KeyValues(tuple(_facts(paper, lang))),
            d.Heading(say("signatures"), level=2),
            d.Table(heads=heads, rows=rows, widths=(1.6, 2.0, 2.0), size=8, empty=say("no_request")),
            d.Heading(say("destroyed"), level=2),
            d.Paragraph(_destroyed(paper, lang)),
            d.Heading(say("check"), level=2),
            d.Steps(tuple(_steps(paper, lang))),
            d.Heading(t("paper.proof.left_out", lang), level=2),
            d.KeyValues(tuple(left_out_rows(pack, lang))),
            d.Callout(t("paper.proof.not_proven", lang), (say("not_proven.text"),), d.Tone.PLAIN),
        ),
    )
    return render(document, lang=lang).pdf


def _facts(paper: ErasurePaper, lang: Lang) -> list[tuple[str, str]]:
    pack = paper.pack

    def say(key: str) -> str:
        return t(f"paper.erasure.fact.{key}", lang)

    return [
        (t("paper.proof.fact.person", lang), pack.hcp_id),
        (say("erased_at"), f"{local(paper.erased_at)} (UTC+8)"),
        (say("begun_at"), f"{local(paper.begun_at)} (UTC+8)" if paper.begun_at else "—"),
        (say("by"), _label(paper.carried_out_by, lang) + (say("after_crash") if paper.after_crash else "")),
        (say("why"), paper.reason or "—"),
        (say("entry"), f"#{paper.entry}"),
        (say("backups"), _backups(paper, lang)),
        (t("paper.proof.fact.pack", lang), pack.pack_id),
        (t("paper.proof.fact.made", lang), f"{local(pack.made_at)} (UTC+8)"),
        (t("paper.proof.fact.by", lang), pack.made_by),
        (t("paper.proof.fact.reason", lang), pack.reason),
        (t("paper.proof.fact.recipient", lang), recipient_words(pack.recipient, lang)),
        (t("paper.proof.fact.entries", lang), str(pack.entries)),
        (t("paper.proof.fact.root", lang), pack.root[:32]),
        (t("paper.proof.fact.fingerprint", lang), " ".join(pack.key_fingerprint[i : i + 4] for i in range(0, 64, 4))),
    ]


def _backups(paper: ErasurePaper, lang: Lang) -> str:
    """Until when a copy of the keys could still open the person's backups."""
    day = paper.keys_die_on.isoformat() if paper.keys_die_on else ""
    text = t("paper.erasure.backups.day", lang, day=day) if day else t("paper.erasure.backups.none", lang)
    return text + (t("paper.erasure.backups.by_hand", lang, count=paper.keys_by_hand) if paper.keys_by_hand else "")


def _steps(paper: ErasurePaper, lang: Lang) -> list[str]:
    steps = [t(f"paper.proof.check.{n}", lang, sha=paper.pack.checker_sha256[:16]) for n in (1, 2)]
    return [*steps, t("paper.erasure.check.signatures", lang)]


def _destroyed(paper: ErasurePaper, lang: Lang) -> str:
    key = "paper.erasure.destroyed.text" if paper.evidence else "paper.erasure.destroyed.no_files"
    return t(key, lang, evidence=paper.evidence)


def _label(who: str, lang: Lang) -> str:
    """``dpo-1`` in words; an account as it is."""
    role, dash, number = who.rpartition("-")
    key = f"role.{role}"
    words = t(key, lang)
    return f"{words} {number}" if dash and number.isdigit() and words != key else who


def _readme(paper: ErasurePaper, lang: Lang) -> str:
    def say(key: str, **params: object) -> str:
        return t(f"paper.erasure.{key}", lang, **params)

    lines = [f"# {say('title')} · {paper.pack.pack_id}", ""]
    if paper.pack.sandbox:
        lines += [t("paper.sandbox", lang), ""]
    lines += [say("what.text", hcp=paper.pack.hcp_id), ""]
    lines += [f"- {label}: {value}" for label, value in _facts(paper, lang)]
    lines += ["", f"## {say('signatures')}", ""]
    lines += [f"- {local(at)} {say(f'signed.{kind}')}: {_label(who, lang)}" for who, at, kind in paper.signed]
    lines += ["", f"## {say('destroyed')}", "", _destroyed(paper, lang)]
    lines += ["", f"## {say('check')}", ""]
    lines += [f"{n}. {step}" for n, step in enumerate(_steps(paper, lang), 1)]
    lines += ["", f"## {t('paper.proof.parts', lang)}", "", say("parts.text"), ""]
    lines += [f"## {t('paper.proof.left_out', lang)}", ""]
    lines += [f"- {label}: {value}" for label, value in left_out_rows(paper.pack, lang)]
    return "\n".join([*lines, "", f"## {t('paper.proof.not_proven', lang)}", "", say("not_proven.text")])
