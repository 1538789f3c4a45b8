"""Data quality 数据质量: three bars over what I may see for the check of master data, by field, source or territory.

Nothing is counted before somebody presses: the numbers read people, and each reading stands in the log."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QProgressBar, QVBoxLayout

from compliance.model.profile import Gauges
from compliance.use_cases.overview.quality import SAMPLE, Cut, QualityReport, QualityRow
from desktop_app.operations import registers as ops
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.widgets.basic import button, card, choice, empty, fill_choice, label, row
from desktop_app.widgets.gauges import gauge_row
from desktop_app.words import field_label

_SAMPLES = (SAMPLE, 5_000, 0)
_NAMES = ("completeness", "freshness", "accuracy")


class QualityPart(Page):
    """The choice, and the numbers."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._report: QualityReport | None = None
        self.by, self.sample = choice(name="qualityBy"), choice(name="qualitySample")
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="quality.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="quality.sub", kind="muted", lang=self.lang))
        go = button("quality.go", self.measure, look="primary", name="measureQuality", lang=self.lang)
        inside.addLayout(row(self.by, self.sample, go, 1))
        self._said = label(kind="small", name="qualitySaid")
        inside.addWidget(self._said)
        self._box = QVBoxLayout()
        self._box.setSpacing(16)
        inside.addLayout(self._box)
        layout = scrolled(self)
        layout.addWidget(self.notice)
        layout.addWidget(frame)
        layout.addStretch(1)
        self.render_words()

    def measure(self) -> None:
        """Count anew."""
        many = int(self.sample.currentData())
        self.ask(ops.measure_quality(by=Cut(self.by.currentData()), sample=many or None), self._got)

    def render_words(self) -> None:
        """Say again."""
        fill_choice(self.by, [(self.t(f"quality.by.{cut}.long"), str(cut)) for cut in Cut])
        samples: list[tuple[str, object]] = [
            (self.t("quality.sample", n=f"{n:,}") if n else self.t("quality.all"), n) for n in _SAMPLES
        ]
        fill_choice(self.sample, samples)
        self._draw()

    def _got(self, report: QualityReport) -> None:
        self._report = report
        self._draw()

    def _draw(self) -> None:
        empty(self._box)
        made = self._report
        if made is None:
            self._said.setText("")
            return
        key = "quality.sampled" if made.sampled else "quality.everybody"
        self._said.setText(self.t(key, people=f"{made.people:,}", total=f"{made.total:,}", seed=made.seed))
        self._box.addLayout(gauge_row(made.whole, self.lang))
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        heads = [self.t(f"quality.by.{made.by}"), self.t("quality.people"), *(self.t(f"gauge.{n}") for n in _NAMES)]
        for place, text in enumerate(heads):
            grid.addWidget(label(text, kind="caption"), 0, place)
        for line, found in enumerate(made.rows, start=1):
            self._line(grid, line, made, found)
        self._box.addLayout(grid)

    def _line(self, grid: QGridLayout, line: int, made: QualityReport, found: QualityRow) -> None:
        name = field_label(found.key, self.lang) if made.by is Cut.FIELD else found.key or self.t("quality.none")
        grid.addWidget(label(name, name=f"quality_{found.key}"), line, 0)
        grid.addWidget(label(f"{found.people:,}", kind="small"), line, 1)
        for place, key in enumerate(_NAMES, start=2):
            grid.addLayout(self._bar(found.gauges, key, found.key), line, place)

    def _bar(self, gauges: Gauges, key: str, name: str) -> Any:
        share = gauges.shares[key]
        bar = QProgressBar()
        bar.setObjectName(f"bar_{key}_{name}")
        bar.setRange(0, 100)
        bar.setValue(share or 0)
        bar.setTextVisible(False)
        bar.setFixedSize(90, 6)
        figure = label("—" if share is None else f"{share} %", kind="small")
        figure.setFixedWidth(46)
        figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return row(bar, figure, spacing=8)
