"""Folders of company rules for tests: the shipped files with a few words exchanged."""

from pathlib import Path

from compliance.resources import read_text

VISIT = "policy/grants/visit.toml"
NUMBERS = "policy/parameters.toml"
HEAD = "policy/set.toml"
RETENTION = "policy/retention.toml"
#: Paper no longer says what a doctor is called.
NO_SALUTATION = (
    VISIT,
    'rep = "show" }\ntests = { rep = ["fresh_or_identity", "solid_source"] }',
    'rep = "withhold:never_on_sheet" }',
)
#: Nobody sees a phone number for a visit.
NO_PHONE = (
    VISIT,
    'compliance = "mask:mobile", rep = "mask:mobile"',
    'compliance = "withhold:not_for_role", rep = "withhold:never_on_sheet"',
)


def hidden_from_reps(key: str) -> tuple[str, str, str]:
    """A visit no longer shows reps this field."""
    text = read_text(*VISIT.split("/"))
    begin = text.index(f'key = "{key}"')
    old = text[begin : text.index("}\ntests", begin) + 1]
    return VISIT, old, old[: old.rindex("rep = ")] + 'rep = "withhold:never_on_sheet" }'


def period(key: str, said: str) -> tuple[str, str, str]:
    """A rule of retention whose period is another: ``months = 12``, ``days = 20``."""
    text = read_text(*RETENTION.split("/"))
    begin = text.index(f"[[rules.{key}.version]]")
    old = text[begin : text.index("\naction", begin)]
    return RETENTION, old, old[: old.rindex("\n") + 1] + said


def rule_folder(folder: Path, *edits: tuple[str, str, str], version: str = "ACME-1") -> Path:
    """The files the edits touch, and the head of the set under a version of its own."""
    texts: dict[str, str] = {HEAD: read_text(*HEAD.split("/")).replace('version = "', f'version = "{version} ')}
    for name, old, new in edits:
        text = texts.get(name, read_text(*name.split("/")))
        assert old in text, (name, old)
        texts[name] = text.replace(old, new, 1)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
