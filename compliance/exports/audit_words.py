"""Words of codes and the tables of a report: what the parts have in common."""

from collections.abc import Sequence
from datetime import date

from compliance.exports import document as d
from compliance.exports.audit_data import RegisterLine
from compliance.i18n import Lang, has, t


def word(group: str, code: str, lang: Lang) -> str:
    """Words for a code; a code that has none is printed as it is."""
    key = next((key for key in (f"paper.{group}.{code}", f"{group}.{code}") if has(key)), None)
    return t(key, lang) if key else code


def table(
    name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: tuple[float, ...], lang: Lang,
    right: Sequence[int] = (), *, size: float = 8.0,
) -> d.Table:  # fmt: skip
    """A table whose heads are ``paper.audit.col.HEAD``, with words for having no rows."""
    words = tuple(t(f"paper.audit.col.{head}", lang) for head in heads)
    empty = t(f"paper.audit.empty.{name}", lang) if has(f"paper.audit.empty.{name}") else ""
    return d.Table(words, rows, widths, frozenset(right), empty=empty, size=size)


def register(lines: Sequence[RegisterLine], lang: Lang, *, title: str = "title") -> d.Table:
    """Lines of a register; ``title`` is the head of what stands beside each key."""
    rows = [(x.key, x.title, day(x.since), day(x.until), x.remark) for x in lines]
    return table("register", ("key", title, "since", "until", "remark"), rows, (2.4, 2.6, 1, 1, 1.6), lang)


def day(value: date | None) -> str:
    """A day, or a dash."""
    return value.isoformat() if value else "–"
