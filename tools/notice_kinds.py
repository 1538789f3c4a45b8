"""Writes the ``kinds`` of the shipped notices from the matrix of purposes and fields: what an item owes, and no more.

Run when a grant changes; the words of the notice (slot ``kinds``) are then written by hand to say the same, because a
doctor reads words. ``--check`` only tells whether they agree. Items that give data away name what they give by hand.
"""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from compliance.consent.made import owed
from compliance.consent.notice import parse_notice
from compliance.use_cases.notices.notices import matrix_of
from compliance.use_cases.seat.session import shipped_policy

NOTICES = Path(__file__).resolve().parent.parent / "resources" / "notices"
_WIDTH = 116


def main() -> int:
    """Every shipped notice."""
    fields = matrix_of(shipped_policy(), datetime.now(UTC))
    stale = 0
    for path in sorted(NOTICES.rglob("*.toml")):
        text = made = path.read_text(encoding="utf-8")
        for line in parse_notice(text, path.name).lines:
            if keys := owed(line, fields):
                pattern = rf'(item = "{re.escape(line.item)}"\n(?:[^\[]|\[[^\[])*?^kinds = )\[[^\]]*\]'
                made, count = re.subn(pattern, lambda m, keys=keys: m[1] + _array(keys), made, count=1, flags=re.M)
                assert count == 1, line.item
        if made != text:
            stale += 1
            print(path.relative_to(NOTICES))
            if "--check" not in sys.argv:
                path.write_text(made, encoding="utf-8")
    return 1 if stale and "--check" in sys.argv else 0


def _array(keys: tuple[str, ...]) -> str:
    rows, row = [], "   "
    for key in keys:
        word = f' "{key}",'
        if len(row) + len(word) > _WIDTH:
            rows.append(row)
            row = "   "
        row += word
    return "[\n" + "\n".join([*rows, row]) + "\n]"


if __name__ == "__main__":
    sys.exit(main())
