"""Words for people, Chinese and English, one catalogue for command line, desktop and paper.

``resources/locale/AREA.toml`` holds both languages side by side::

    ["unlock.title"]
    zh = "解锁档案库"
    en = "Unlock the store"

Rules: (1) a key missing in a language falls back to the other, then to the key itself; (2) placeholders are
``{name}`` and must be equal in both languages (a test checks it); (3) legal wording is not here: notices are
versioned data, because the exact words are evidence. Why not gettext: docs/decisions/0004.
"""

import string
import tomllib
from enum import StrEnum
from functools import cache

from compliance.resources import read_tree


class Lang(StrEnum):
    """Languages of the program; Chinese is the binding one for notices."""

    ZH = "zh"
    EN = "en"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """key → language → text, of all areas."""
    words: dict[str, dict[str, str]] = {}
    for name, text in read_tree("locale").items():
        for key, entry in tomllib.loads(text).items():
            if key in words:
                raise ValueError(f"{name}: {key} stands twice")
            words[key] = entry
    return words


def t(key: str, /, lang: Lang | str = Lang.ZH, **params: object) -> str:
    """The words of ``key``; unknown keys come back as they are, so a gap is visible and never fatal."""
    entry = catalogue().get(key, {})
    text = entry.get(str(lang)) or entry.get("en") or entry.get("zh") or key
    return _fill(text, params) if params else text


def has(key: str) -> bool:
    """Whether the catalogue knows ``key``."""
    return key in catalogue()


def _fill(text: str, params: dict[str, object]) -> str:
    try:
        return string.Formatter().vformat(text, (), params)
    except (KeyError, IndexError, ValueError):
        return text
