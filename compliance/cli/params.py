"""Kinds of arguments: files, days, instants, codes. What does not fit is bad input (exit 2) with a code of its own."""

import difflib
import os
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from compliance.cli.output import say
from compliance.clock import day_start, from_stamp
from compliance.errors import bad_input
from compliance.i18n import Lang, t


class InFile(click.ParamType[Any]):
    """An existing file to read."""

    name = "FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path. InputErrors ``file_missing`` or ``not_a_file``."""
        path = Path(value)
        if not path.exists():
            raise bad_input("file_missing", _where(param))
        if path.is_dir():
            raise bad_input("not_a_file", _where(param))
        return path


class InFileOrDir(InFile):
    """An existing file, or a folder of evidence."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path. InputErrors ``file_missing``; what a folder must hold, the check itself knows."""
        path = Path(value)
        return path if path.is_dir() else super().convert(value, param, ctx)


class InDir(click.ParamType[Any]):
    """An existing folder."""

    name = "DIR"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path. InputErrors ``folder_missing``."""
        path = Path(value)
        if not path.is_dir():
            raise bad_input("folder_missing", _where(param))
        return path


class OutPath(click.ParamType[Any]):
    """A file or folder to write."""

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path, as given; a folder that is not there yet is named before it is made. InputErrors ``not_a_file`` for
        a file written as a folder."""
        if self.name.startswith("FILE") and "DIR" not in self.name and str(value).endswith(("/", os.sep)):
            raise bad_input("not_a_file", _where(param))
        path = Path(value)
        if ctx is not None and ctx.parent is not None and path.parent != path and not path.parent.exists():
            lang = getattr(ctx.obj, "lang", Lang.ZH)
            say(t("cli.folder_made", lang, folder=path.parent))
        return path


class Day(click.ParamType[Any]):
    """A calendar day ``2026-11-24``."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day. InputErrors ``bad_date``."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            raise bad_input("bad_date", _where(param)) from None


class Instant(click.ParamType[Any]):
    """An instant with offset, or a bare day: Shanghai midnight that begins it (``end``: that ends it)."""

    name = "TIME"

    def __init__(self, *, end: bool = False, bare_day: bool = True) -> None:
        self._end = end
        self._bare_day = bare_day

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The instant in UTC. InputErrors ``bad_time``: unreadable, or a time of day without offset."""
        if isinstance(value, datetime):
            return value
        try:
            if self._bare_day and len(value) == len("2026-11-24"):
                return day_start(date.fromisoformat(value) + timedelta(days=1 if self._end else 0))
            return from_stamp(value)
        except (ValueError, OverflowError):
            raise bad_input("bad_time", _where(param)) from None


class Code(click.ParamType[Any]):
    """One member of a closed set; a wrong one is answered with the nearest."""

    def __init__(self, kind: type[StrEnum], error: str, *, among: tuple[StrEnum, ...] | None = None) -> None:
        self.name = kind.__name__.upper()
        self._members = {str(member): member for member in (among or tuple(kind))}
        self._error = error

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> StrEnum:
        """The member. InputErrors with this set's code and the nearest member."""
        if value in self._members:
            return self._members[value]
        near = difflib.get_close_matches(str(value), self._members, n=1, cutoff=0.4)
        raise bad_input(self._error, _where(param), nearest=near[0] if near else ", ".join(self._members))


def _where(param: click.Parameter | None) -> str:
    if isinstance(param, click.Option):
        return param.opts[-1]
    return (param.name or "").upper() if param else ""
