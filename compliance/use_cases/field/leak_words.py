"""Where a leak check found which value, in words: alike in the terminal and in the window.

Rules: (1) a value is named by its place in the list, never by itself; (2) one line tells all places of a value, because
the same text is found as text, as glyphs and in a stream.
"""

from collections.abc import Iterable

from compliance.exports.leak_check import Leak
from compliance.i18n import Lang, t


def leak_lines(leaks: Iterable[Leak], lang: Lang) -> list[str]:
    """One line for each value that was found."""
    found: dict[int, dict[str, None]] = {}
    for leak in leaks:
        found.setdefault(leak.value, {})[t(f"leak.place.{leak.place}", lang)] = None
    comma = t("desk.list_sep", lang)
    return [t("leak.line", lang, line=value + 1, places=comma.join(found[value])) for value in sorted(found)]
