"""Bake ``resources/pinyin/readings.txt`` from pypinyin's single-character dictionary (extra ``bake``).

One line per distinct set of readings: ``zhong,chong<TAB>characters``; readings without tone, commonest first, ü written
v. Characters with many rare readings keep the first four. Run it after an update of pypinyin; the program itself never
imports pypinyin. Surname readings are kept by hand in ``surnames.toml``: pypinyin does not handle them
(mozillazg/python-pinyin#297).
"""

import unicodedata
from pathlib import Path

from pypinyin.pinyin_dict import pinyin_dict

TARGET = Path(__file__).resolve().parent.parent / "resources" / "pinyin" / "readings.txt"
MOST = 4


def toneless(reading: str) -> str:
    """``lǜ`` → ``lv``, ``zhòng`` → ``zhong``."""
    plain = unicodedata.normalize("NFD", reading.replace("ü", "v").replace("ɡ", "g"))
    plain = plain.replace("u\u0308", "v")
    return "".join(c for c in plain if c.isascii() and c.isalpha()).lower()


def main() -> None:
    """Write the table."""
    groups: dict[str, list[str]] = {}
    for code, readings in sorted(pinyin_dict.items()):
        plain = [toneless(r) for r in readings.split(",")]
        distinct = [r for r in dict.fromkeys(plain) if r][:MOST]
        if distinct:
            groups.setdefault(",".join(distinct), []).append(chr(code))
    lines = [f"{key}\t{''.join(chars)}\n" for key, chars in sorted(groups.items())]
    TARGET.write_text("".join(lines), encoding="utf-8", newline="\n")
    print(f"{sum(map(len, groups.values()))} characters, {len(groups)} groups")


if __name__ == "__main__":
    main()
