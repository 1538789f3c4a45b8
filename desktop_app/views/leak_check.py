"""Attack a finished PDF for values it must not hold: what the program does to every sheet, offered for any file."""

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from compliance.use_cases.field.leak_words import leak_lines
from desktop_app.operations import exports as ops
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.widgets.basic import card, empty, label
from desktop_app.widgets.form import DropZone, PathField, field
from desktop_app.widgets.refusal import banner

_MOST = 12


class LeakPart(Page):
    """A list of values, a file, what was found."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.values = PathField("leakValues", mode="open", lang=self.lang, filters="TXT (*.txt)")
        self._result = QVBoxLayout()
        layout = scrolled(self, width=760)
        layout.setContentsMargins(0, 18, 28, 28)
        frame, inside = card(margin=26, spacing=16)
        inside.addWidget(label(key="exports.leak.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="exports.leak.sub", kind="muted", lang=self.lang))
        inside.addLayout(field("exports.leak.values", self.values, lang=self.lang, help_key="exports.leak.values.help"))
        inside.addWidget(DropZone("exports.leak.drop", self.check, name="leakDrop", lang=self.lang))
        layout.addWidget(frame)
        layout.addLayout(self._result)
        layout.addStretch(1)

    def check(self, path: Path) -> None:
        """Attack one file."""
        self.notice.clear()
        empty(self._result)
        self.run(ops.leak_check(path=path, values=self.values.path), lambda report: self._got(path, report))

    def _got(self, path: Path, report: Any) -> None:
        empty(self._result)
        if report.clean:
            text = self.t("exports.leak.clean", file=path.name, count=report.checked)
            text += self.t("exports.leak.skipped", count=report.skipped) if report.skipped else ""
            self._result.addWidget(banner(text, tone="green", more=self.t("exports.leak.means")))
        elif report.leaks:
            told = leak_lines(report.leaks, self.lang)
            text = self.t("exports.leak.found", file=path.name, count=len(told))
            self._result.addWidget(banner(text, tone="red", more=self.t("exports.leak.next")))
            for number, words in enumerate(told[:_MOST]):
                self._result.addWidget(label(words, kind="small", name=f"leak_{number}"))
            if len(told) > _MOST:
                self._result.addWidget(label(f"+ {len(told) - _MOST}", kind="small"))
        if report.outside:
            words = self.t("desk.list_sep").join(
                self.t(f"exports.leak.outside.{where}", count=count) for where, count in report.outside
            )
            text = self.t("exports.leak.outside", file=path.name, what=words)
            self._result.addWidget(banner(text, tone="red", more=self.t("exports.leak.next")))
        if report.remarks:
            words = self.t("desk.list_sep").join(self.t(f"exports.leak.{what}", count=n) for what, n in report.remarks)
            self._result.addWidget(banner(self.t("exports.leak.remarks", what=words), tone="amber"))
