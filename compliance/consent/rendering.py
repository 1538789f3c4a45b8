"""A notice exactly as a person sees it: words, language, font, sizes and colours, with one hash over all (REQ-005).

Rules: (1) the style is data (``resources/consent/rendering.toml``) and stands whole in the rendering, so a later style
changes nothing that was shown; (2) the lists of NDSR 21(2) are part of what is shown; (3) same notice, language,
company and style give the same bytes; (4) no person is in it: one rendering serves everybody who read it.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

from compliance.audit.entry import canonical
from compliance.consent.notice import render_notice
from compliance.model.consent import NoticeLists, NoticeVersion
from compliance.model.notice import Part, Rendering

_ROLES = ("title", "heading", "item", "text", "small")


def style_of(text: str) -> Mapping[str, Any]:
    """The style in ``text`` (rendering.toml). KeyError or ValueError when it is not of that shape."""
    style = tomllib.loads(text)
    for role in _ROLES:
        part = style["styles"][role]
        if not isinstance(part["size"], int) or not isinstance(part["bold"], bool) or len(part["colour"]) != 6:
            raise ValueError(role)
    return style


def compose(
    notice: NoticeVersion,
    lang: str,
    *,
    handler: str,
    contact: str,
    lists: NoticeLists | None,
    labels: Mapping[str, str],
    style: Mapping[str, Any],
) -> Rendering:
    """The rendering of ``notice``. ``labels``: words of the annex (``collection``, ``sharing``, ``class.NAME``,
    ``version``, and ``share.KEY`` for the entries of the sharing list)."""
    styles = style["styles"]

    def part(role: str, text: str) -> dict[str, object]:
        return {"role": role, "text": text, **{k: styles[role][k] for k in ("size", "colour", "bold")}}

    parts = [part(role, text) for role, text in _words(notice, lang, handler=handler, contact=contact)]
    parts += [part(role, text) for role, text in _annex(notice, lists, lang, labels)]
    parts.append(part("small", f"{labels['version']} {notice.ref} · SHA-256 {notice.sha256}"))
    body = {
        "notice": notice.ref,
        "notice_sha256": notice.sha256,
        "lang": lang,
        "template": style["template"],
        "font": style["font"],
        "matrix": lists.matrix if lists else "",
        "parts": parts,
    }
    return read_rendering(canonical(body).decode())


@lru_cache(maxsize=64)
def read_rendering(body: str) -> Rendering:
    """A stored rendering, as it was."""
    data = json.loads(body)
    font = data["font"]
    return Rendering(
        sha256=sha256(body.encode()).hexdigest(),
        notice=data["notice"],
        notice_sha256=data["notice_sha256"],
        lang=data["lang"],
        template=data["template"],
        font=f"{font['regular']} {font['regular_sha256'][:16]}",
        parts=tuple(Part(p["role"], p["text"], p["size"], p["colour"], p["bold"]) for p in data["parts"]),
        body=body,
    )


def _words(notice: NoticeVersion, lang: str, *, handler: str, contact: str) -> Iterator[tuple[str, str]]:
    page = render_notice(notice, lang, handler=handler, contact=contact)
    headings = dict(notice.headings_zh if lang == "zh" else notice.headings_en)
    items = {headings.get(f"line@{line.item}", "") for line in notice.lines}
    yield "title", page[0][1]
    for heading, words in page[1:]:
        if heading:
            yield ("item" if heading in items else "heading"), heading
        if words:
            yield "text", words


def _annex(
    notice: NoticeVersion, lists: NoticeLists | None, lang: str, labels: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    if lists is None:
        return
    words = {key: (zh if lang == "zh" else en, data_class) for key, zh, en, data_class in lists.words}
    headings = dict(notice.headings_zh if lang == "zh" else notice.headings_en)
    comma, colon = ("、", "：") if lang == "zh" else (", ", ": ")
    yield "heading", labels["collection"]
    groups: dict[tuple[str, ...], list[str]] = {}
    for item, keys in lists.collection:
        groups.setdefault(keys, []).append(headings.get(f"line@{item}", item))
    for keys, titles in groups.items():
        lines = [comma.join(titles)]
        for data_class in sorted({words[key][1] for key in keys if key in words}):
            named = [words[key][0] for key in keys if key in words and words[key][1] == data_class]
            lines.append(f"{labels[f'class.{data_class}']}{colon}{comma.join(named)}")
        yield "text", "\n".join(lines)
    if lists.sharing:
        yield "heading", labels["sharing"]
        for entry in lists.sharing:
            shown = [f"{labels[f'share.{key}']}{colon}{value}" for key, value in entry if f"share.{key}" in labels]
            yield "text", "\n".join(shown)
