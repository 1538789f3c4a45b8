"""The one function that knows where shipped data lies, frozen or not."""

import sys
from functools import cache
from pathlib import Path


@cache
def resource_root() -> Path:
    """Folder ``resources`` of the checkout, the wheel's neighbour, or the frozen program."""
    frozen = getattr(sys, "_MEIPASS", None)
    base = Path(frozen) if frozen else Path(__file__).resolve().parent.parent
    return base / "resources"


def resource_path(*parts: str) -> Path:
    """Path of one shipped file or folder."""
    return resource_root().joinpath(*parts)


def read_text(*parts: str) -> str:
    """UTF-8 text of one shipped file."""
    return resource_path(*parts).read_text(encoding="utf-8")


def read_tree(*parts: str, suffix: str = ".toml") -> dict[str, str]:
    """All files under a shipped folder: relative posix name → text, in name order."""
    root = resource_path(*parts)
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in sorted(root.rglob(f"*{suffix}"))
    }
