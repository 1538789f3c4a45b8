"""A folder of rule files from outside → texts by name. What the files say is for the loader.

Rules: (1) TOML files and the field list, nothing else is looked at; (2) at most 100 files of 2 MiB each; (3) UTF-8;
(4) all faults at once, named by the file; (5) what bears such a name and is no file (a link to nowhere, a folder, a
pipe) is a fault: passed over in silence, the shipped rules would hold in its place; (6) a name that is no text is a
fault too, told by its bytes.
"""

import os
from pathlib import Path

from compliance.errors import Fault, InputErrors, bad_input

_MOST_FILES, _MOST_BYTES = 100, 2 * 1024 * 1024


def read_rule_folder(folder: Path) -> dict[str, str]:
    """Relative posix name → text. InputErrors: folder_missing, too_many_files, bad_file_name, not_a_file,
    file_too_large, bad_text, file_unreadable."""
    if not folder.is_dir():
        raise bad_input("folder_missing", "DIR")
    found = sorted(path for path in folder.rglob("*") if _ours(path, folder) or _link_to_folder(path))
    if len(found) > _MOST_FILES:
        raise bad_input("too_many_files", "DIR", str(len(found)), str(_MOST_FILES))
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    for path in found:
        name = path.relative_to(folder).as_posix()
        if not _readable(name):
            faults.append(Fault(os.fsencode(name).decode("utf-8", "backslashreplace"), "bad_file_name"))
            continue
        try:
            if not path.is_file():
                faults.append(Fault(name, "not_a_file"))
                continue
            if path.stat().st_size > _MOST_BYTES:
                faults.append(Fault(name, "file_too_large", str(path.stat().st_size)))
                continue
            texts[name] = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            faults.append(Fault(name, "bad_text"))
        except OSError:
            faults.append(Fault(name, "file_unreadable"))
    if faults:
        raise InputErrors(faults)
    return texts


def _readable(name: str) -> bool:
    try:
        return name.encode("utf-8").decode("utf-8").isprintable()
    except UnicodeEncodeError:
        return False


def _ours(path: Path, folder: Path) -> bool:
    names = path.relative_to(folder).parts
    hidden = any(part.startswith(".") for part in names)
    return not hidden and (path.suffix.lower() == ".toml" or path.name.lower() == "fields.csv")


def _link_to_folder(path: Path) -> bool:
    """A folder elsewhere: what lies in it would be passed over."""
    return path.is_symlink() and path.is_dir()
