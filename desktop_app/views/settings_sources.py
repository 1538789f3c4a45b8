"""Settings: the register of sources, each with where it stands, what it still lacks, and the acts that mend it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from compliance.clock import shanghai_day
from compliance.model.answer import Changes
from compliance.model.profile import SourceClass
from desktop_app.operations import imports as ops
from desktop_app.views.page import Desk, Page
from desktop_app.views.settings_company import part_layout
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, card, chip, choice, empty, fill_choice, label, row
from desktop_app.widgets.dialogs import confirm
from desktop_app.widgets.flow import Flow
from desktop_app.widgets.form import PathField, day_box, day_edit, day_in, day_of, line

if TYPE_CHECKING:
    from compliance.use_cases.people.sources import SourceEntry

_OUTSIDE = frozenset({"second", "third"})
#: What holds values back is red, what is only asked for amber.
_HOLDING = frozenset({"proof", "switch", "review_over"})
_TONES = {"active": "green", "quarantined": "amber", "refused": "red"}
_CLASSES = tuple(c for c in SourceClass if c is not SourceClass.DERIVED)


class SourcesPart(Page):
    """The register; whoever keeps it adds, proves, reviews and switches here."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        layout = part_layout(self)
        add = button("settings.sources.add", self.add, look="primary", name="addSource", lang=self.lang)
        add.setVisible(desk.state.may("register_source"))
        words = label(key="settings.sources.sub", kind="muted", lang=self.lang)
        head = row(words, add, spacing=16)
        head.setStretch(0, 1)
        layout.addLayout(head)
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        layout.addLayout(self._list)
        layout.addStretch(1)
        self._entries: tuple[SourceEntry, ...] = ()

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.source_register(), self._got)

    def render_words(self) -> None:
        """Say again."""
        self._draw()

    def affected(self, changes: Changes) -> bool:
        """When the register changed."""
        return changes.sources

    def add(self) -> None:
        """Register a source."""
        dialog = self._dialog("add", "")
        lang = self.lang
        kind = choice(name="sourceClass")
        fill_choice(kind, [(self.t(f"desk.source.{c}.long"), str(c)) for c in _CLASSES])
        code = line("sourceCode", lang=lang)
        dialog.pair(("settings.sources.code", code), ("settings.sources.name", line("sourceName", lang=lang)))
        dialog.put("settings.sources.class", kind)
        scope = dialog.put("settings.sources.scope", line("sourceScope", lang=lang))
        proof = dialog.put("settings.sources.file", PathField("sourceProof", mode="open", lang=lang))
        reviewed = dialog.put("settings.sources.reviewed", day_box("sourceReviewed"))
        citation = dialog.put("settings.sources.citation", line("sourceCitation", lang=lang))
        cited = dialog.put("settings.sources.cited_on", day_box("sourceCited"))
        theirs, public = ("second", "third"), ("public",)
        dialog.only_where(kind, {scope: theirs, proof: theirs, reviewed: theirs, citation: public, cited: public})
        name = dialog.findChild(type(code), "sourceName")

        def make() -> Any:
            chosen = str(kind.currentData())
            public_one, outside = chosen == "public", chosen in _OUTSIDE
            return ops.add_source(
                code=code.text().strip(),
                name=name.text().strip() if name is not None else "",
                provenance=SourceClass(chosen),
                proof=proof.path if outside else None,
                reviewed_on=day_in(reviewed) if outside else None,
                scope=scope.text().strip() if outside else "",
                citation=citation.text().strip() if public_one else "",
                cited_on=day_in(cited) if public_one else None,
            )

        dialog.ask(make, lambda made: self._done("add", made))

    def _got(self, answer: Any) -> None:
        self._entries = answer.value
        self._draw()

    def _draw(self) -> None:
        empty(self._list)
        if not self._entries:
            self._list.addWidget(label(self.t("settings.sources.none"), kind="muted", name="sourcesNone"))
        for entry in self._entries:
            self._list.addWidget(self._card(entry))

    def _card(self, entry: "SourceEntry") -> QFrame:
        source, standing = entry.source, entry.standing
        frame, inside = card(margin=18, spacing=8)
        state = chip(
            self.t(f"settings.sources.{standing.status}"),
            _TONES.get(standing.status, "grey"),
            name=f"state_{source.code}",
        )
        title = label(f"{source.name} ({source.code})", kind="heading", name=f"source_{source.code}")
        head = row(title, state, *self._acts(entry))
        head.setStretch(0, 1)
        inside.addLayout(head)
        inside.addWidget(label(" · ".join(self._facts(entry)), kind="small", name=f"facts_{source.code}"))
        chips: list[QWidget] = [
            chip(
                self.t(f"source.lack.{lack}"), "red" if lack in _HOLDING else "amber", name=f"lack_{source.code}_{lack}"
            )
            for lack in standing.lacks
        ]
        if chips:
            lacks = label(self.t("settings.sources.lacks"), kind="small")
            lacks.setWordWrap(False)
            line_ = row(lacks, Flow(gap=6).add(*chips))
            line_.setStretch(1, 1)
            inside.addLayout(line_)
        return frame

    def _facts(self, entry: "SourceEntry") -> list[str]:
        source, due = entry.source, entry.standing.review_due
        facts = [self.t(f"desk.source.{source.provenance}.long"), self.t("settings.sources.grade", grade=source.grade)]
        if source.reviewed_on:
            facts.append(self.t("settings.sources.proven", day=source.reviewed_on.isoformat()))
        if due and source.provenance in _OUTSIDE:
            facts.append(self.t("settings.sources.due", day=due.isoformat()))
        if source.switched_on:
            day = source.switched_on.isoformat()
            facts.append(self.t("settings.sources.switched", day=day, name=source.switched_by))
        if source.scope:
            facts.append(self.t("settings.sources.scope.is", scope=source.scope))
        if source.citation and source.cited_on:
            day = source.cited_on.isoformat()
            facts.append(self.t("settings.sources.cited", citation=source.citation, day=day))
        return facts

    def _acts(self, entry: "SourceEntry") -> list[QWidget]:
        """Buttons of this source for this role: what it needs next stands out."""
        source, may = entry.source, self.desk.state.may
        made: list[QWidget] = []
        if not may("register_source"):
            return made
        unproven = "proof" in entry.standing.lacks
        if source.provenance in _OUTSIDE:
            made.append(self._button("prove", entry, self._prove, primary=unproven))
        if not unproven:
            made.append(self._button("review", entry, self._review, primary="review_over" in entry.standing.lacks))
        if source.provenance == "third":
            on = source.switched_on is not None
            if on or may("switch_source_on"):
                made.append(self._button("switch_off" if on else "switch_on", entry, self._switch))
        return made

    def _button(
        self, act: str, entry: "SourceEntry", does: Callable[["SourceEntry"], object], *, primary: bool = False
    ) -> QWidget:
        return button(
            f"settings.sources.go.{act}",
            lambda: does(entry),
            look="primary" if primary else "",
            name=f"{act}_{entry.source.code}",
            lang=self.lang,
        )

    def _prove(self, entry: "SourceEntry") -> None:
        dialog = self._dialog("prove", entry.source.name)
        proof = dialog.put("settings.sources.file", PathField("sourceProof", mode="open", lang=self.lang))
        today = shanghai_day(self.desk.clock.now())
        reviewed = dialog.put("settings.sources.reviewed", day_edit("sourceReviewed", today))
        scope = dialog.put("settings.sources.scope", line("sourceScope", lang=self.lang))
        scope.setText(entry.source.scope)

        def make() -> Any:
            if proof.path is None:
                return dialog.missing("settings.sources.file")
            return ops.prove_source(
                code=entry.source.code, proof=proof.path, reviewed_on=day_of(reviewed), scope=scope.text().strip()
            )

        dialog.ask(make, lambda made: self._done("prove", made))

    def _review(self, entry: "SourceEntry") -> None:
        source = entry.source
        dialog = self._dialog("review", source.name)
        today = shanghai_day(self.desk.clock.now())
        reviewed = dialog.put("settings.sources.reviewed", day_edit("sourceReviewed", today))
        scope = dialog.put("settings.sources.scope", line("sourceScope", lang=self.lang))
        scope.setText(source.scope)
        public = source.provenance == "public"
        citation, cited = line("sourceCitation", lang=self.lang), day_box("sourceCited", source.cited_on)
        citation.setText(source.citation)
        if public:
            dialog.put("settings.sources.citation", citation)
            dialog.put("settings.sources.cited_on", cited)
        dialog.ask(
            lambda: ops.review_source(
                code=source.code,
                reviewed_on=day_of(reviewed),
                scope=scope.text().strip(),
                citation=citation.text().strip() if public else "",
                cited_on=day_in(cited) if public else None,
            ),
            lambda made: self._done("review", made),
        )

    def _switch(self, entry: "SourceEntry") -> None:
        on = entry.source.switched_on is None
        act = "switch_on" if on else "switch_off"
        title, effect = self.t(f"settings.sources.go.{act}"), self.t(f"settings.sources.{act}.effect")
        if confirm(self, self.lang, title=title, effect=effect, act=title, danger=on):
            self.ask(ops.switch_source(code=entry.source.code, on=on), lambda made: self._done(act, made))

    def _dialog(self, act: str, name: str) -> ActDialog:
        return ActDialog(
            self.desk,
            self,
            name=f"{act}SourceDialog",
            title=self.t(f"settings.sources.{act}.title", name=name),
            effect=self.t(f"settings.sources.{act}.effect"),
            act=self.t(f"settings.sources.go.{act}"),
        )

    def _done(self, act: str, made: Any) -> None:
        self.notice.tell(self.t(f"settings.sources.{act}.done", name=made.name))
        self.refresh()
