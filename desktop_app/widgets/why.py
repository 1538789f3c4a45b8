"""The "why" card: state, reason, article, what would lift it, and the code of the log entry."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from compliance.i18n import Lang, t
from compliance.model.access import FieldState
from compliance.use_cases.notices.about_words import about_words
from desktop_app.widgets.basic import chip, column, hline, label, row
from desktop_app.widgets.refusal import articles, lift_text
from desktop_app.words import field_label, purpose_label, reason_label

if TYPE_CHECKING:
    from compliance.use_cases.seeing.profiles import WhyCard

TONES = {
    FieldState.DISCLOSED: "green",
    FieldState.MASKED: "grey",
    FieldState.GENERALISED: "blue",
    FieldState.WITHHELD: "amber",
}


class WhyDialog(QDialog):
    """One card. ``reveal`` is offered for masked values only, and says that it is logged."""

    def __init__(
        self,
        parent: QWidget,
        lang: Lang,
        *,
        key: str,
        purpose: str,
        why: "WhyCard",
        reveal: Callable[[], None] | None,
        earlier: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("whyCard")
        self.setWindowTitle(t("app.name", lang))
        self.setFixedWidth(520)
        state = chip(t(f"desk.state.{why.state}", lang), TONES[why.state], name="whyState")
        body = column(
            row(label(field_label(key, lang), kind="title"), 1, state),
            label(t("why.for", lang, purpose=purpose_label(purpose, lang)), kind="muted"),
            hline(),
            margin=24,
            spacing=10,
        )
        if why.action:
            kind, _, day = why.action.partition(":")
            body.addWidget(label(t(f"desk.action.{kind}", lang, day=day), kind="heading", name="whyAction"))
        if why.reason:
            body.addLayout(_pair("why.reason", reason_label(why.reason, lang), lang, "whyReason"))
        if why.references:
            body.addLayout(_pair("why.article", articles(why.references, lang), lang, "whyArticle"))
        if lifted := lift_text(why.lifted_by, lang):
            body.addLayout(_pair("why.lift", lifted, lang, "whyLift"))
        if why.step:
            body.addLayout(_pair("why.step", t(f"step.{why.step}", lang), lang, "whyStep"))
        if detail := about_words(why.detail, lang):
            body.addLayout(_pair("why.detail", detail, lang, "whyDetail"))
        body.addLayout(_pair("why.code", why.reference_code, lang, "whyCode"))
        buttons = row(1)
        if reveal is not None and why.state is FieldState.MASKED:
            show = QPushButton(t("why.reveal", lang))
            show.setObjectName("whyReveal")
            show.setAutoDefault(False)
            show.clicked.connect(self.accept)
            show.clicked.connect(lambda: reveal())
            buttons.addWidget(show)
        if earlier is not None and why.state is not FieldState.WITHHELD:
            past = QPushButton(t("why.earlier", lang))
            past.setObjectName("whyEarlier")
            past.setAutoDefault(False)
            past.clicked.connect(self.accept)
            past.clicked.connect(lambda: earlier())
            buttons.addWidget(past)
        close = QPushButton(t("desk.close", lang))
        close.setObjectName("whyClose")
        close.clicked.connect(self.accept)
        buttons.addWidget(close)
        body.addLayout(buttons)
        self.setLayout(body)
        close.setDefault(True)
        close.setFocus()  # Enter closes; showing in full is never one careless key away


def _pair(key: str, text: str, lang: Lang, name: str) -> QVBoxLayout:
    return column(label(t(key, lang), kind="caption"), label(text, name=name), spacing=2)
