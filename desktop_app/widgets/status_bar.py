"""The line at the bottom: store, who, purpose, clock, last backup; at the right what works and when it locks."""

from PySide6.QtWidgets import QFrame, QLabel

from compliance.i18n import Lang, t
from compliance.model.access import Purpose
from desktop_app.state import Sitting
from desktop_app.theme import RED
from desktop_app.widgets.basic import label, row
from desktop_app.words import day_text, purpose_label, role_label

_LEFT, _RIGHT = ("vault", "role", "purpose", "clock", "backup"), ("busy", "lock")


class StatusBar(QFrame):
    """Labels named ``status_…``; an empty one is hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("statusBar")
        self.setFixedHeight(32)
        self._labels: dict[str, QLabel] = {}
        inner = row(spacing=18)
        for name in (*_LEFT, "", *_RIGHT):
            if not name:
                inner.addStretch(1)
                continue
            made = label(name=f"status_{name}")
            made.setWordWrap(False)
            self._labels[name] = made
            inner.addWidget(made)
        inner.setContentsMargins(28, 0, 22, 0)
        self.setLayout(inner)

    def say(self, sitting: Sitting, purpose: Purpose | None, lang: Lang) -> None:
        """Everything that changes seldom."""
        self.put("vault", sitting.handler or sitting.path.stem)
        self.put("role", f"{sitting.user} · {role_label(sitting.role, lang)}")
        self.put("purpose", t("shell.purpose", lang, purpose=purpose_label(purpose, lang)) if purpose else "")
        behind = "clock_behind" in sitting.warnings
        self.put("clock", t("bar.clock.behind" if behind else "bar.clock.fine", lang), alarm=behind)
        when = sitting.last_backup
        backup = t("bar.backup", lang, when=day_text(when, lang)) if when else t("bar.backup.none", lang)
        self.put("backup", "" if sitting.rep else backup)

    def put(self, name: str, text: str, *, alarm: bool = False) -> None:
        """One label."""
        made = self._labels[name]
        made.setText(text)
        made.setStyleSheet(f"color: {RED};" if alarm else "")
        made.setVisible(bool(text))
