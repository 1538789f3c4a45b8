"""The one function that knows where shipped data lies, frozen or not."""

import sys
from functools import cache
from pathlib import Path


@cache
def resource_root() -> Path:
    """Folder ``resources`` of the checkout, the wheel's neighbour, or the frozen program."""
    return _root() / "resources"


def resource_path(*parts: str) -> Path:
    """Path of one shipped file or folder."""
    return resource_root().joinpath(*parts)


def read_text(*parts: str) -> str:
    """UTF-8 text of one shipped file."""
    return resource_path(*parts).read_text(encoding="utf-8")


def checker_source() -> bytes:
    """The checker in one file, handed out as it runs here; build_installer.spec takes it along as text."""
    return (_root() / "compliance" / "verifier" / "check.py").read_bytes()


def read_tree(*parts: str, suffix: str = ".toml") -> dict[str, str]:
    """All files under a shipped folder: relative posix name → text, in name order."""
    root = resource_path(*parts)
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in sorted(root.rglob(f"*{suffix}"))
    }


def _root() -> Path:
    frozen = getattr(sys, "_MEIPASS", None)
    return Path(frozen) if frozen else Path(__file__).resolve().parent.parent
