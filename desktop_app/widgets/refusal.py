"""A "no" as a panel: what, why, article, what would lift it, and the code that leads an officer to the log."""

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from compliance.i18n import Lang, has, t
from compliance.model.access import Reference
from compliance.model.answer import Refusal
from desktop_app.theme import CHIPS
from desktop_app.widgets.basic import column, empty, label, picture, row
from desktop_app.words import article_label, reason_label


def refusal_panel(refusal: Refusal, lang: Lang, *, title: str = "desk.refusal.title") -> QFrame:
    """The panel for one refusal."""
    frame = QFrame()
    frame.setObjectName("refusalPanel")
    frame.setProperty("banner", "amber")
    parts: list[QWidget] = [
        label(t(title, lang), kind="heading"),
        label(reason_label(refusal.reason, lang), name="refusalReason"),
    ]
    if refusal.references:
        parts.append(label(articles(refusal.references, lang), kind="small", name="refusalArticles"))
    if lifted := lift_text(refusal.lifted_by, lang):
        parts.append(label(t("desk.refusal.lift", lang, what=lifted), name="refusalLift"))
    if refusal.reference_code:
        parts.append(label(t("desk.refusal.code", lang, code=refusal.reference_code), kind="small", name="refusalCode"))
    inner = row(picture("info", CHIPS["amber"][0]), column(*parts, spacing=6), spacing=12)
    inner.setContentsMargins(16, 14, 16, 14)
    inner.setStretch(1, 1)
    frame.setLayout(inner)
    return frame


def articles(references: tuple[Reference, ...], lang: Lang) -> str:
    """All references in one line."""
    return " · ".join(article_label(r, lang) for r in references)


def lift_text(lifted_by: str, lang: Lang) -> str:
    """What would lift it: the core gives words or a key."""
    return t(lifted_by, lang) if has(lifted_by) else lifted_by


class Notice(QFrame):
    """One line at the top of a page that says what came of the last act; hides itself when cleared."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("notice")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def tell(self, text: str, *, tone: str = "green", more: str = "") -> None:
        """Show a text; the tone's word and icon repeat its meaning."""
        self._put(banner(text, tone=tone, more=more))

    def refuse(self, refusal: Refusal, lang: Lang) -> None:
        """Show that an act was refused; a page that hides a value says so in a panel of its own."""
        self._put(refusal_panel(refusal, lang, title="desk.refusal.act"))

    def clear(self) -> None:
        """Nothing to say."""
        empty(self._layout)
        self.hide()

    def _put(self, widget: QWidget) -> None:
        empty(self._layout)
        self._layout.addWidget(widget)
        self.show()


def banner(
    text: str, *, tone: str = "blue", more: str = "", action: QWidget | None = None, below: QWidget | None = None
) -> QFrame:
    """A tinted line with icon, text and at most one action; several acts stand below the text."""
    frame = QFrame()
    frame.setProperty("banner", tone)
    frame.setObjectName("banner")
    name = {"green": "check", "red": "alert", "amber": "alert"}.get(tone, "info")
    texts = column(label(text, name="bannerText"), label(more, kind="small") if more else None, spacing=3)
    if below is not None:
        texts.addSpacing(6)
        texts.addWidget(below)
    inner = row(picture(name, CHIPS[tone][0]), texts, action, spacing=12)
    inner.setContentsMargins(16, 11, 16, 11)
    inner.setStretch(1, 1)
    frame.setLayout(inner)
    return frame
