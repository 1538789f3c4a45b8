"""What goes along with evidence: the check page, and 验证说明, one page on how to use it with nothing but a browser.

Rules: (1) one page, Chinese first, English below; (2) it names the files with their hashes, and says that the key card
must come by another way; (3) what PDF readers say of the signature, and what is not proven, stand on it too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.exports import document as d
from compliance.exports.pdf import render
from compliance.exports.stamps import local
from compliance.i18n import Lang, t
from compliance.resources import resource_path

#: The page that checks, under the name it is handed out by.
PAGE_NAME = "verify.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckNote:
    """``hashes``: file name and SHA-256 in hex, in the order a reader meets them."""

    report_id: str
    handler: str
    made_at: datetime
    hashes: Sequence[tuple[str, str]]
    report_name: str
    log_size: int
    root: str
    sandbox: bool = False


def check_page() -> bytes:
    """The page that checks in any browser, as shipped (resources/verifier/verify.html)."""
    return resource_path("verifier", PAGE_NAME).read_bytes()


def render_check_note(note: CheckNote) -> bytes:
    """The page. ExportError ``too_long`` when it does not fit on one."""
    blocks: list[d.Block] = []
    for lang in (Lang.ZH, Lang.EN):
        blocks += _half(note, lang)
    rows = tuple((name, digest) for name, digest in note.hashes)
    blocks += [d.Heading("SHA-256", level=2), d.KeyValues(rows)]
    document = d.Document(
        metadata_title=f"{t('paper.note.title', Lang.ZH)} · {t('paper.note.title', Lang.EN)}",
        title=f"{t('paper.note.title', Lang.ZH)}  {t('paper.note.title', Lang.EN)}",
        subtitle=f"{note.handler} · {note.report_id} · {local(note.made_at)} (UTC+8)",
        running=note.report_id,
        seal=t("paper.seal", Lang.ZH, seal=f"#{note.log_size} · {note.root[:32]} · {note.report_id}"),
        stamp=t("paper.sandbox", Lang.ZH) if note.sandbox else "",
        blocks=tuple(blocks),
        one_page=True,
    )
    return render(document, lang=Lang.ZH).pdf


def _half(note: CheckNote, lang: Lang) -> list[d.Block]:
    """One language."""
    say = _speaker(lang, report=note.report_name, page=PAGE_NAME)
    return [
        d.Heading(say("how"), level=2),
        d.Steps(tuple(say(f"step.{n}") for n in (1, 2, 3, 4))),
        d.Callout(say("unknown"), (say("unknown.text"),), d.Tone.CARE),
        d.Callout(say("not_proven"), (say("not_proven.text"),), d.Tone.PLAIN),
    ]


def _speaker(lang: Lang, **names: str) -> Callable[[str], str]:
    return lambda key: t(f"paper.note.{key}", lang, **names)
