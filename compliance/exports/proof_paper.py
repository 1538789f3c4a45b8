"""What a person reads in a proof pack: README in both languages, and the summary as a PDF to be signed.

Rules: (1) pseudonyms and roles only; (2) first what it is, for whom and why it was made, then how to check it in three
steps without the program that made it, then what it leaves out and does not prove; (3) each item with its status over
time, lawful stretches first in the eye.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.exports import document as d
from compliance.exports.pdf import render
from compliance.exports.stamps import local
from compliance.i18n import Lang, has, t


@dataclass(frozen=True, slots=True)
class Stretch:
    """One band in words: item, from, to ("" while it lasts), status, notice, lawful."""

    item: str
    begins: datetime
    ends: datetime | None
    status: str
    notice: str
    lawful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPaper:
    """Everything README and summary say."""

    pack_id: str
    hcp_id: str
    handler: str
    made_at: datetime
    made_by: str  # role
    reason: str
    recipient: str
    purpose: str
    stretches: Sequence[Stretch]
    documents: int
    evidence: int
    entries: int
    reads: int
    transfers: int
    cases: int
    left_out: Sequence[tuple[str, str]]
    root: str
    log_size: int
    key_fingerprint: str
    checker_sha256: str
    sandbox: bool


def readme(paper: ProofPaper) -> bytes:
    """The text file in Chinese, then English."""
    return "\n\n".join(_readme(paper, lang) for lang in (Lang.ZH, Lang.EN)).encode("utf-8") + b"\n"


def summary(paper: ProofPaper, lang: Lang) -> bytes:
    """The PDF, not signed yet."""

    def say(key: str, **params: object) -> str:
        return t(f"paper.proof.{key}", lang, **params)

    rows = [
        (s.item, local(s.begins), _until(s.ends), s.status, s.notice, say("yes" if s.lawful else "no"))
        for s in paper.stretches
    ]
    heads = tuple(say(f"head.{key}") for key in ("item", "from", "to", "status", "notice", "lawful"))
    document = d.Document(
        metadata_title=say("title"),
        title=say("title"),
        subtitle=paper.handler,
        running=f"{say('title')} · {paper.pack_id}",
        seal=t("paper.seal", lang, seal=f"#{paper.log_size} · {paper.root[:32]} · {paper.pack_id}"),
        stamp=t("paper.sandbox", lang) if paper.sandbox else "",
        blocks=(
            d.Callout(say("what"), (say("what.text", hcp=paper.hcp_id),), d.Tone.PLAIN),
            d.KeyValues(tuple(_facts(paper, lang))),
            d.Heading(say("over_time"), level=2),
            d.Table(heads=heads, rows=rows, widths=(2.2, 1.9, 1.9, 1.5, 1.8, 0.9), size=7.5, empty=say("nothing")),
            d.Heading(say("check"), level=2),
            d.Steps(tuple(say(f"check.{n}", sha=paper.checker_sha256[:16]) for n in (1, 2, 3))),
            d.Heading(say("left_out"), level=2),
            d.KeyValues(tuple(left_out_rows(paper, lang))),
            d.Callout(say("not_proven"), (say("not_proven.text"),), d.Tone.PLAIN),
        ),
    )
    return render(document, lang=lang).pdf


def recipient_words(recipient: str, lang: Lang) -> str:
    """The two codes in words; what somebody typed as it is."""
    key = f"paper.proof.recipient.{recipient}"
    return t(key, lang) if has(key) else recipient


def left_out_rows(paper: ProofPaper, lang: Lang) -> list[tuple[str, str]]:
    """What a pack leaves out, in words."""
    found = []
    for key, value in paper.left_out:
        name = f"paper.proof.left_out.{key}"
        found.append((t(name, lang), t(f"{name}.{value}", lang) if has(f"{name}.{value}") else value))
    return found


def _until(ends: datetime | None) -> str:
    return local(ends) if ends else "…"


def _facts(paper: ProofPaper, lang: Lang) -> list[tuple[str, str]]:
    def say(key: str) -> str:
        return t(f"paper.proof.fact.{key}", lang)

    return [
        (say("person"), paper.hcp_id),
        (say("pack"), paper.pack_id),
        (say("made"), f"{local(paper.made_at)} (UTC+8)"),
        (say("by"), paper.made_by),
        (say("reason"), paper.reason),
        (say("recipient"), recipient_words(paper.recipient, lang)),
        (say("purpose"), paper.purpose or say("all_purposes")),
        (say("documents"), str(paper.documents)),
        (say("evidence"), str(paper.evidence)),
        (say("entries"), str(paper.entries)),
        (say("reads"), str(paper.reads)),
        (say("transfers"), str(paper.transfers)),
        (say("cases"), str(paper.cases)),
        (say("root"), paper.root[:32]),
        (say("fingerprint"), " ".join(paper.key_fingerprint[i : i + 4] for i in range(0, 64, 4))),
    ]


def _readme(paper: ProofPaper, lang: Lang) -> str:
    def say(key: str, **params: object) -> str:
        return t(f"paper.proof.{key}", lang, **params)

    lines = [f"# {say('title')} · {paper.pack_id}", ""]
    if paper.sandbox:
        lines += [t("paper.sandbox", lang), ""]
    lines += [say("what.text", hcp=paper.hcp_id), ""]
    lines += [f"- {label}: {value}" for label, value in _facts(paper, lang)]
    lines += ["", f"## {say('check')}", ""]
    lines += [f"{n}. {say(f'check.{n}', sha=paper.checker_sha256)}" for n in (1, 2, 3)]
    lines += ["", f"## {say('parts')}", "", say("parts.text"), "", f"## {say('left_out')}", ""]
    lines += [f"- {label}: {value}" for label, value in left_out_rows(paper, lang)]
    return "\n".join([*lines, "", f"## {say('not_proven')}", "", say("not_proven.text")])
