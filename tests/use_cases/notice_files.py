"""Notice files for tests, made from the shipped ones by plain edits of their text."""

import re
from pathlib import Path

from compliance.resources import read_tree

VISIT = next(text for name, text in read_tree("notices").items() if 'notice = "CK-VISIT"' in text)
SPEAKER = next(text for name, text in read_tree("notices").items() if 'notice = "CK-SPEAKER"' in text)
OVERSEAS = next(text for name, text in read_tree("notices").items() if 'notice = "CK-OVERSEAS-EXAMPLE-AG"' in text)


def edited(text: str, *changes: tuple[str, str], version: str = "2.0") -> str:
    """``text`` as another version with ``changes`` made once each; every one must find its place."""
    text = text.replace('version = "1.0"', f'version = "{version}"', 1)
    text = re.sub(r'(?m)^(state = "active"|active_from = .*)\n', "", text)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def without_block(text: str, slot: str) -> str:
    """``text`` with the words of the first block ``slot`` emptied in both languages."""
    pattern = re.compile(rf'(slot = "{slot}"\n(?:heading = [^\n]*\n)?)zh = """[^"]*"""\nen = """[^"]*"""')
    made, count = pattern.subn(r'\1zh = ""\nen = ""', text, count=1)
    assert count == 1, slot
    return made


def put(folder: Path, text: str, name: str = "notice.toml") -> Path:
    """The text as a file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
