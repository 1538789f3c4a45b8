"""How a name is spelled in letters: a leak in pinyin is a leak."""

from compliance.importing.readings import readings

_MOST = 6  # characters of a name, a dot between its parts included
_HAN = range(0x2E80, 0x40000)


def spoken_name(value: str) -> tuple[str, ...]:
    """The full spellings of a Chinese name; () for anything else, a long text or a number."""
    if not 2 <= len(value) <= _MOST or not all(ord(c) in _HAN or c == "·" for c in value):
        return ()
    return readings(value).full
