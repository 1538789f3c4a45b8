"""Help in the reader's language, and groups that load their commands when asked.

Help stands in the catalogue: ``cli.help.PATH`` for a command ("cli.help.people.show"), ``cli.opt.NAME`` for an option
(``cli.opt.PATH.NAME`` where one command means something else by it).
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeVar

import click

from compliance.cli.env import Env
from compliance.i18n import Lang, has, t

F = TypeVar("F", bound=Callable[..., Any])


class Command(click.Command):
    """A command whose help comes from the catalogue."""

    def get_short_help_str(self, limit: int = 45) -> str:
        """One line for the list of commands."""
        return _first_line(self)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The words of the catalogue instead of the docstring."""
        _write_help(ctx, formatter)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The parameters, options with their words."""
        return _worded(super().get_params(ctx), ctx)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """``--help`` with its words."""
        return _help_option(super().get_help_option(ctx), ctx)


class Group(click.Group):
    """A group of commands; ``default`` names the command that words which are no command's name belong to."""

    command_class = Command

    def __init__(self, *args: Any, default: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """``import FILE`` is ``import file FILE``."""
        if self._default and args and args[0] not in self.commands and args[0] != "--help":
            args = [self._default, *args]
        return super().parse_args(ctx, args)

    def get_short_help_str(self, limit: int = 45) -> str:
        """One line for the list of commands."""
        return _first_line(self)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The words of the catalogue instead of the docstring."""
        _write_help(ctx, formatter)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The parameters, options with their words."""
        return _worded(super().get_params(ctx), ctx)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """``--help`` with its words."""
        return _help_option(super().get_help_option(ctx), ctx)


Group.group_class = Group


class LazyGroup(Group):
    """The root: knows the modules of its commands and imports one when it is called."""

    def __init__(self, *args: Any, modules: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module and take the command named like this."""
        module = self._modules.get(cmd_name)
        if module is None:
            return None
        found = getattr(import_module(f"compliance.cli.{module}"), "COMMANDS")[cmd_name]  # noqa: B009 - mypy cannot see it
        assert isinstance(found, click.Command)
        return found


def group(name: str, *, default: str | None = None) -> Group:
    """A group without options of its own."""
    return Group(name, default=default, no_args_is_help=True, callback=lambda: None)


def apply(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator."""

    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def _first_line(command: click.Command) -> str:
    ctx = click.get_current_context(silent=True)
    parent = _path(ctx) if ctx else ""
    path = f"{parent}.{command.name}" if parent else str(command.name)
    return t(f"cli.help.{path}", _lang(ctx)).partition("\n")[0]


def _write_help(ctx: click.Context, formatter: click.HelpFormatter) -> None:
    key = f"cli.help.{_path(ctx)}" if ctx.parent else "cli.help"
    formatter.write_paragraph()
    with formatter.indentation():
        for paragraph in t(key, _lang(ctx)).split("\n"):
            formatter.write_text(paragraph)


def _worded(params: Sequence[click.Parameter], ctx: click.Context) -> list[click.Parameter]:
    for param in params:
        if isinstance(param, click.Option) and param.name:
            own, shared = f"cli.opt.{_path(ctx)}.{param.name}", f"cli.opt.{param.name}"
            param.help = t(own if has(own) else shared, _lang(ctx)) if has(own) or has(shared) else param.help
    return list(params)


def _help_option(option: click.Option | None, ctx: click.Context) -> click.Option | None:
    if option is not None:
        option.help = t("cli.opt.help", _lang(ctx))
    return option


def _path(ctx: click.Context) -> str:
    names: list[str] = []
    while ctx.parent is not None:
        names.append(str(ctx.info_name))
        ctx = ctx.parent
    return ".".join(reversed(names))


def _lang(ctx: click.Context | None) -> Lang:
    env = ctx.find_object(Env) if ctx else None
    return env.lang if env else Lang.ZH
