"""Bake ``resources/pinyin/simplified.txt`` from OpenCC's characters (extra ``bake``): for searching, never for names.

One line per simplified character: ``峰<TAB>峯``. Only single characters, because what a word means does not matter to
a search; so 乾 and 幹 both look like 干. Forms OpenCC leaves apart although people type one for the other stand in
``ALSO``. Run it after an update of OpenCC; the program itself never imports it.
"""

from itertools import chain
from pathlib import Path

from opencc import OpenCC

TARGET = Path(__file__).resolve().parent.parent / "resources" / "pinyin" / "simplified.txt"
BLOCKS = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x323B0))
#: Variant forms in names: the usual form, then what is also written.
ALSO = {"坤": "堃", "哲": "喆", "村": "邨", "升": "昇陞", "修": "脩", "苏": "甦", "于": "於", "炼": "鍊", "淑": "婌"}


def main() -> None:
    """Write the table."""
    simple = OpenCC("t2s")
    found: dict[str, list[str]] = {}
    for code in chain(*BLOCKS):
        char = chr(code)
        folded = simple.convert(char)
        if folded != char and len(folded) == 1:
            found.setdefault(folded, []).append(char)
    for usual, others in ALSO.items():
        known = found.setdefault(usual, [])
        known += [char for char in others if char not in known]
    lines = [f"{usual}\t{''.join(others)}\n" for usual, others in sorted(found.items())]
    TARGET.write_text("".join(lines), encoding="utf-8", newline="\n")
    print(f"{sum(map(len, found.values()))} characters onto {len(found)}")


if __name__ == "__main__":
    main()
