"""Names of consent items for people: ``digital/wecom`` is 数字沟通·企业微信. Words: ``item.*`` in the catalogue."""

from collections.abc import Callable

Parts = list[tuple[str, dict[str, str]]]


def label_parts(item: str, *, recipient: str = "") -> Parts:
    """Catalogue keys with parameters that make up the name of ``item``. ``recipient``: its legal name, else its id."""
    purpose, _, detail = item.partition("/")
    parts: Parts = [(f"item.{purpose}", {})]
    if not detail:
        return parts
    kind, colon, name = detail.partition(":")
    if not colon:
        parts.append((f"item.channel.{kind}", {}))
    elif kind in ("recipient", "overseas"):
        parts.append((f"item.{kind}", {"recipient": recipient or name}))
    else:
        parts.append((f"item.{kind}.{name}", {}))
    return parts


def item_label(item: str, translate: Callable[..., str], *, recipient: str = "") -> str:
    """The name of ``item``; ``translate`` is :func:`compliance.i18n.t` bound to a language."""
    return "·".join(translate(key, **params) for key, params in label_parts(item, recipient=recipient))
