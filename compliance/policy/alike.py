"""Faults of one cause told together: one missing key may be cited in hundreds of places.

Rules: (1) of faults with the same code and value the first few stand with their places; (2) of the same code in one
file, and in all, not more than a screenful; (3) what is left out is counted at its place by a fault ``more_alike``,
never dropped in silence.
"""

from collections.abc import Callable, Iterable

from compliance.errors import Fault

_OF_ONE_VALUE, _OF_ONE_FILE, _OF_ONE_KIND = 3, 8, 16
#: The code of a fault that counts others.
MORE_ALIKE = "more_alike"


def grouped(faults: Iterable[Fault]) -> list[Fault]:
    """The faults in their order, shortened by rules 1 to 3."""
    short = _shortened(list(faults), lambda f: (f.code, f.value) if f.value else None, _OF_ONE_VALUE)
    short = _shortened(short, lambda f: (f.code, f.where.partition(":")[0]), _OF_ONE_FILE)
    return _shortened(short, lambda f: (f.code, ""), _OF_ONE_KIND)


def _shortened(faults: list[Fault], cause: Callable[[Fault], tuple[str, str] | None], most: int) -> list[Fault]:
    alike: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        if fault.code != MORE_ALIKE and (of := cause(fault)) is not None:
            alike.setdefault(of, []).append(fault)
    out: list[Fault] = []
    for fault in faults:
        mine = alike.get(cause(fault) or ("", ""), []) if fault.code != MORE_ALIKE else []
        if len(mine) <= most + 1 or fault in mine[:most]:
            out.append(fault)
        if len(mine) > most + 1 and fault is mine[most - 1]:  # the number stands behind those it belongs to
            out.append(Fault(mine[most].where, MORE_ALIKE, str(len(mine) - most), fault.code))
    return out
