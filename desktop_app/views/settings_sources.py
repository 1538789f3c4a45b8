"""Settings: the register of sources, and the proof of one that was registered without."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QFrame, QVBoxLayout

from compliance.clock import shanghai_day
from compliance.model.answer import Changes
from compliance.model.register import Source
from desktop_app.operations import imports as ops
from desktop_app.views.page import Desk, Page
from desktop_app.views.settings_company import part_layout
from desktop_app.widgets.basic import button, card, chip, empty, label, row
from desktop_app.widgets.form import PathField, day_edit, day_of, field
from desktop_app.words import day_text

_OUTSIDE = frozenset({"second", "third"})


class SourcesPart(Page):
    """Every source with its standing; those whose people are held can be proven here."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        layout = part_layout(self)
        layout.addWidget(label(key="settings.sources.sub", kind="muted", lang=self.lang))
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        layout.addLayout(self._list)
        layout.addWidget(self._form())
        layout.addStretch(1)
        self._sources: tuple[Source, ...] = ()

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.list_sources(), self._got)

    def render_words(self) -> None:
        """Say again."""
        self._draw()

    def affected(self, changes: Changes) -> bool:
        """When the register changed."""
        return changes.sources

    def _form(self) -> QFrame:
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="settings.sources.prove", kind="heading", lang=self.lang))
        inside.addWidget(label(key="settings.sources.prove.sub", kind="muted", lang=self.lang))
        self._proof = PathField("sourceProof", mode="open", lang=self.lang)
        self._reviewed = day_edit("sourceReviewed", shanghai_day(self.desk.clock.now()))
        inside.addLayout(
            row(
                field("settings.sources.file", self._proof, lang=self.lang),
                field("settings.sources.reviewed", self._reviewed, lang=self.lang),
            )
        )
        return frame

    def _got(self, answer: Any) -> None:
        self._sources = answer.value
        self._draw()

    def _draw(self) -> None:
        empty(self._list)
        if not self._sources:
            self._list.addWidget(label(self.t("settings.sources.none"), kind="muted", name="sourcesNone"))
        for source in self._sources:
            self._list.addLayout(self._line(source))

    def _line(self, source: Source) -> Any:
        outside = source.provenance in _OUTSIDE
        held = source.status == "quarantined"
        state = chip(
            self.t(f"settings.sources.{source.status}"),
            "amber" if held else "green" if source.status == "active" else "red",
            name=f"state_{source.code}",
        )
        facts = [self.t(f"desk.source.{source.provenance}")]
        if source.basis_proof and source.reviewed_on:
            facts.append(self.t("settings.sources.proven", day=day_text(source.reviewed_on, self.lang)))
        title = label(f"{source.name} ({source.code})", kind="heading", name=f"source_{source.code}")
        prove = button(
            "settings.sources.go", self._prover(source), look="primary", name=f"prove_{source.code}", lang=self.lang
        )
        prove.setVisible(outside)
        return row(title, label(" · ".join(facts), kind="small"), 1, state, prove)

    def _prover(self, source: Source) -> Callable[[], None]:
        def prove() -> None:
            if self._proof.path is None:
                self.notice.tell(self.t("settings.path.missing"), tone="red")
                return
            task = ops.prove_source(code=source.code, proof=self._proof.path, reviewed_on=day_of(self._reviewed))
            self.ask(task, self._proven)

        return prove

    def _proven(self, made: Any) -> None:
        self._proof.set_path(None)
        self.notice.tell(self.t("settings.sources.done", name=made.name))
        self.refresh()
