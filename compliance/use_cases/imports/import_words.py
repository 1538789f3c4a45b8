"""Words of imports that both the screen and the terminal say."""

from compliance.i18n import Lang, has, t


def touch_words(why: str, lang: Lang) -> str:
    """What touched a person since an import: a kind of log entry, or a register with something about them."""
    key = f"imports.touch.{why}"
    return t(key if has(key) else f"kind.{why}", lang)
