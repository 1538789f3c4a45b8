"""The unsealed incident report 完整性事件报告（未封存）: what a store says when its log fails.

Rules: (1) *unsealed* stands over the title, on every page and in the file beside it: a store that was changed does
not vouch for itself, so there is neither seal nor signature; (2) first what was found first, where, which entry; then
the last seal the log still follows, what to do, and which older papers and witnesses decide; (3) codes, numbers and
hashes, pseudonyms where an entry names people, no value; (4) PDF and JSON say the same.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256

from compliance.clock import stamp
from compliance.exports import document as d
from compliance.exports.pdf import render
from compliance.exports.stamps import local
from compliance.i18n import Lang, has, t

FORMAT = "consentkeep-incident/1"
#: What to do, in order.
STEPS = ("keep", "tell", "compare", "restore", "why")
_MOST_FOUND, _MOST_PAPERS = 40, 20
_COUNTED = {
    re.compile(r"(\d+) missing"): "missing",
    re.compile(r"before (\d+)"): "before",
    re.compile(r"inside (\d+)"): "inside",
    re.compile(r"outside (\d+)"): "outside",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One finding: code, number of the first bad entry where it is known, a detail without values. ``entry`` is kind,
    instant, colleague and role of what stands at that number now, and is itself in doubt."""

    code: str
    index: int | None
    detail: str
    entry: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealLine:
    """A log seal at one of its places (``inside``, ``outside``, ``keystore``); ``followed``: the log still begins with
    it."""

    place: str
    size: int
    root: str
    at: str
    signer: str
    followed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Something handed out that carries a head of this log: ``kind`` report, seal or cosigned; ``before``: its entry
    stands before the first bad one."""

    kind: str
    name: str
    at: str
    size: int | None
    sha256: str
    before: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Everything the report says."""

    incident: str
    handler: str
    vault: str
    made_at: datetime
    made_by: str
    role: str
    program: str
    entries: int
    root: str
    found: tuple[Found, ...]
    good: SealLine | None
    seals: tuple[SealLine, ...]
    papers: tuple[Paper, ...]
    aside: int
    last_backup: str
    last_rehearsal: str
    sandbox: bool = False

    @property
    def first(self) -> Found:
        """The first bad entry, or the first finding where no entry is known."""
        return self.found[0]


def incident_json(incident: Incident) -> bytes:
    """The file beside the PDF."""
    data = asdict(incident) | {"made_at": stamp(incident.made_at)}
    words = [{"code": f.code, "zh": _said(f, Lang.ZH), "en": _said(f, Lang.EN)} for f in incident.found]
    said = {
        "format": FORMAT,
        "sealed": False,
        "unsealed": {str(lang): t("paper.incident.unsealed.text", lang) for lang in Lang},
        **data,
        "words": words,
        "steps": [{str(lang): t(f"paper.incident.step.{step}", lang) for lang in Lang} for step in STEPS],
    }
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8") + b"\n"


def incident_pdf(incident: Incident, beside: bytes, lang: Lang) -> bytes:
    """The pages. ``beside`` is the JSON file, whose hash they print."""

    def say(key: str, **params: object) -> str:
        return t(f"paper.incident.{key}", lang, **params)

    sandbox = t("paper.sandbox", lang) + " · " if incident.sandbox else ""
    first = incident.first
    blocks: list[d.Block] = [
        d.Callout(say("unsealed"), (say("unsealed.text"),), d.Tone.STOP),
        d.Grid(
            (
                (say("handler"), incident.handler),
                (say("store"), incident.vault),
                (say("incident"), incident.incident),
                (say("made"), f"{local(incident.made_at)} (UTC+8)"),
                (say("by"), f"{incident.made_by} · {t(f'role.{incident.role}', lang)}"),
                (say("program"), f"ConsentKeep 信守 {incident.program}"),
            )
        ),
        d.Heading(say("first"), level=2),
        d.KeyValues(
            (
                (say("what"), f"{_said(first, lang)} ({first.code})"),
                (say("where"), _where(first, lang)),
                (say("entry"), _entry(first, lang)),
                (say("good"), _good(incident, lang)),
                (say("log"), say("log.text", entries=f"{incident.entries:,}", aside=f"{incident.aside:,}")),
                (say("root"), incident.root),
                (say("backup"), _backup(incident, lang)),
            ),
            ruled=True,
        ),
        d.Heading(say("steps"), level=2),
        d.Steps(tuple(say(f"step.{step}") for step in STEPS)),
        d.Heading(say("compare"), level=2),
        d.Paragraph(say("compare.text"), small=True),
        _papers(incident, lang),
        d.Heading(say("seals"), level=2),
        _seals(incident, lang),
        d.Heading(say("all", count=len(incident.found)), level=2),
        _findings(incident, lang),
        d.Heading(say("beside"), level=2),
        d.Paragraph(say("beside.text", sha=sha256(beside).hexdigest()), small=True),
        d.Places((d.Place(say("sign.by")), d.Place(say("sign.officer")), d.Place(say("sign.chop"), chop=True))),
    ]
    document = d.Document(
        metadata_title=say("title"),
        title=say("title"),
        subtitle="",
        running=f"{say('title')} · {incident.incident}",
        seal=say("foot", incident=incident.incident),
        stamp=f"{sandbox}{say('stamp')}",
        watermark=say("stamp"),
        blocks=tuple(blocks),
    )
    return render(document, lang=lang).pdf


def _said(found: Found, lang: Lang) -> str:
    return t(f"finding.{found.code}", lang)


def _where(found: Found, lang: Lang) -> str:
    at = t("paper.incident.at", lang, number=found.index) if found.index is not None else ""
    return " · ".join(x for x in (at, _detail(found, lang)) if x) or t("paper.incident.at.rows", lang)


def _detail(found: Found, lang: Lang) -> str:
    """The detail of a finding: what is a number with a word in words, names of tables and files as they are."""
    for form, key in _COUNTED.items():
        if hit := form.fullmatch(found.detail):
            return t(f"paper.incident.detail.{key}", lang, count=f"{int(hit[1]):,}")
    return found.detail


def _entry(found: Found, lang: Lang) -> str:
    """What stands there now, in words where it has any."""
    entry = found.entry
    if not entry:
        return t("paper.incident.entry.none", lang)
    words = [t(key, lang) if has(key) else code for key, code in (
        (f"paper.kind.{entry['kind']}", entry["kind"]), (f"role.{entry['role']}", entry["role"])
    )]  # fmt: skip
    return f"{words[0]} · {entry['at'][:19].replace('T', ' ')} (UTC) · {entry['actor']} · {words[1]}"


def _good(incident: Incident, lang: Lang) -> str:
    if incident.good is None:
        return t("paper.incident.good.none", lang)
    seal = incident.good
    return t(
        "paper.incident.good.text",
        lang,
        size=f"{seal.size:,}",
        place=t(f"paper.incident.place.{seal.place}", lang),
        at=seal.at[:19].replace("T", " ") or "–",
        signer=seal.signer or "–",
        root=seal.root,
    )


def _backup(incident: Incident, lang: Lang) -> str:
    none = t("paper.none", lang)
    return t(
        "paper.incident.backup.text",
        lang,
        last=incident.last_backup or none,
        rehearsed=incident.last_rehearsal or none,
    )


def _papers(incident: Incident, lang: Lang) -> d.Table:
    rows = [
        (
            t(f"paper.incident.kind.{p.kind}", lang),
            p.name,
            p.at[:16].replace("T", " "),
            "–" if p.size is None else f"{p.size:,}",
            p.sha256[:32] or "–",
            t("paper.incident.before" if p.before else "paper.incident.after", lang),
        )
        for p in incident.papers[:_MOST_PAPERS]
    ]
    return _table(lang, ("kind", "name", "at", "size", "sha", "order"), rows, (1.2, 1.6, 1.4, 0.8, 2.6, 1.6), {3})


def _seals(incident: Incident, lang: Lang) -> d.Table:
    bad = incident.first.index

    def result(seal: SealLine) -> str:
        if not seal.followed:
            return "not_followed"
        return "holds_bad" if bad is not None and seal.size > bad else "followed"

    rows = [
        (
            t(f"paper.incident.place.{s.place}", lang),
            f"{s.size:,}",
            s.at[:16].replace("T", " ") or "–",
            s.signer or "–",
            s.root[:32],
            t(f"paper.incident.{result(s)}", lang),
        )
        for s in incident.seals
    ]
    return _table(lang, ("place", "size", "at", "signer", "root", "result"), rows, (1.4, 0.8, 1.4, 1.0, 2.8, 1.6), {1})


def _findings(incident: Incident, lang: Lang) -> d.Table:
    rows = [
        ("–" if f.index is None else f"#{f.index}", _said(f, lang), f.code, _detail(f, lang) or "–")
        for f in incident.found[:_MOST_FOUND]
    ]
    return _table(lang, ("number", "what", "code", "detail"), rows, (0.8, 3.4, 1.8, 3.0), set())


def _table(
    lang: Lang, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: tuple[float, ...], right: set[int]
) -> d.Table:
    return d.Table(
        heads=tuple(t(f"paper.incident.head.{key}", lang) for key in heads),
        rows=rows,
        widths=widths,
        right=frozenset(right),
        size=7.0,
        empty=t("paper.none", lang),
    )
