"""What may be done with a notice version, each in a small window that says first what follows from it.

Nothing in force is ever edited: a change is a new version. Putting in force and retiring show whom they concern.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog

from compliance.clock import shanghai_day
from compliance.i18n import Lang
from compliance.model.answer import Answer
from compliance.model.consent import NoticeVersion
from compliance.use_cases.notices.campaigns import Plan
from compliance.use_cases.notices.consent_forms import FormBatch
from compliance.use_cases.notices.notice_life import Effects
from desktop_app.operations import exports
from desktop_app.operations import notices as ops
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import choice, fill_choice, label
from desktop_app.widgets.form import PathField, day_box, day_in
from desktop_app.widgets.person_picker import PersonPicker
from desktop_app.words import item_label, reason_label


class NoticeActs:
    """``changed`` is called with the version to show when something came of an act."""

    def __init__(self, desk: Desk, page: Page, *, changed: Callable[[str], None]) -> None:
        self._desk, self._page, self._changed = desk, page, changed

    def draft(self) -> None:
        """Take a file in as a draft."""
        dialog = self._dialog("draft")
        file = dialog.put("notice.file", PathField("draftFile", mode="open", lang=self._page.lang, filters="*.toml"))

        def make() -> Any:
            return ops.draft(path=file.path) if file.path else dialog.missing("notice.file")

        dialog.ask(make, lambda made: self._told("draft", made.notice.ref))

    def historical(self) -> None:
        """Register an old notice as it was found, with its scan."""
        dialog = self._dialog("historical")
        file = dialog.put("notice.file", PathField("historicalFile", mode="open", lang=self._page.lang))
        scan = dialog.put("notice.scan", PathField("historicalScan", mode="open", lang=self._page.lang))

        def make() -> Any:
            return ops.add_historical(path=file.path, scan=scan.path) if file.path else dialog.missing("notice.file")

        dialog.ask(make, lambda made: self._told("historical", made.notice.ref))

    def stage(self, notice: NoticeVersion) -> None:
        """Plan it for a day."""
        dialog = self._dialog("stage", ref=notice.ref)
        day = dialog.put("notice.from", day_box("stageFrom", shanghai_day(self._desk.clock.now())))
        dialog.ask(lambda: ops.stage(ref=notice.ref, from_=str(day_in(day))), lambda _: self._told("stage", notice.ref))

    def activate(self, notice: NoticeVersion) -> None:
        """Say whom it concerns, then put it in force."""
        if notice.predecessor:
            plan = ops.plan(old=notice.predecessor, new=notice.ref)
            self._page.run(plan, lambda found: self._activate(notice, found))
        else:
            self._activate(notice, None)

    def _activate(self, notice: NoticeVersion, found: Answer[Plan] | None) -> None:
        plan = found.value if found else None
        key = "notice.activate.effect.first" if plan is None else "notice.activate.effect"
        figures = {"ask": f"{plan.ask:,}", "inform": f"{plan.inform:,}", "old": plan.old} if plan else {}
        dialog = self._dialog("activate", ref=notice.ref, effect=self._page.t(key, **figures))
        day = dialog.put("notice.from.optional", day_box("activateFrom"), help_key="notice.from.help")

        def make() -> Any:
            chosen = day_in(day)
            return ops.activate(ref=notice.ref, from_=chosen.isoformat() if chosen else "")

        dialog.ask(make, lambda made: self._activated(made))

    def _activated(self, made: Any) -> None:
        self._told("activate", made.notice.ref, more="notice.activate.campaign" if made.campaign else "")

    def retire(self, notice: NoticeVersion) -> None:
        """Say what hangs on it, then end its presenting."""
        self._page.run(ops.effects(ref=notice.ref), lambda found: self._retire(notice, found))

    def _retire(self, notice: NoticeVersion, found: Answer[Effects]) -> None:
        effects = found.value
        words = self._page.t("notice.retire.effect", people=f"{effects.people:,}")
        if not effects.successor:
            words = f"{words}\n{self._page.t('notice.retire.alone')}"
        dialog = self._dialog("retire", ref=notice.ref, effect=words, danger=True)
        if effects.by_item:
            lines = (f"{item_label(item, self._page.lang)}  {count:,}" for item, count in effects.by_item.items())
            dialog.put("scope.by_item", label("\n".join(lines), name="retireItems"))
        day = dialog.put("notice.retire.from", day_box("retireFrom", shanghai_day(self._desk.clock.now())))
        dialog.ask(
            lambda: ops.retire(ref=notice.ref, from_=str(day_in(day))), lambda _: self._told("retire", notice.ref)
        )

    def save(self, notice: NoticeVersion, lang: Lang) -> None:
        """The words as a file for the person."""
        filters = "PDF (*.pdf);;TXT (*.txt)"
        chosen = QFileDialog.getSaveFileName(self._page, self._page.t("notice.save"), "", filters)[0]
        if chosen:
            self.save_to(notice.ref, lang, Path(chosen))

    def save_to(self, ref: str, lang: Lang, path: Path) -> None:
        """PDF unless the name says text."""
        path = path if path.suffix.casefold() in (".pdf", ".txt") else path.with_name(f"{path.name}.pdf")
        said = self._page.t("notice.saved", file=path.name)
        self._page.ask(ops.save(ref=ref, lang=lang, path=path), lambda _: self._page.notice.tell(said))

    def save_scan(self, notice: NoticeVersion) -> None:
        """The scan kept with an old notice."""
        chosen = QFileDialog.getSaveFileName(self._page, self._page.t("notice.scan.save"), "")[0]
        if chosen:
            said = self._page.t("notice.saved", file=Path(chosen).name)
            task = ops.save_scan(ref=notice.ref, path=Path(chosen))
            self._page.ask(task, lambda _: self._page.notice.tell(said))

    def forms(self, notice: NoticeVersion) -> None:
        """For one person, or for everybody of a rep."""
        self._page.run(exports.list_reps(), lambda found: self._forms(notice, found))

    def _forms(self, notice: NoticeVersion, found: Any) -> None:
        dialog = self._dialog("forms", ref=notice.ref)
        rep = dialog.put("notice.forms.rep", choice(name="formsRep"))
        none: list[tuple[str, object]] = [(self._page.t("notice.forms.one"), "")]
        reps = getattr(found, "value", ())
        fill_choice(rep, none + [(f"{r.name} · {r.territory}" if r.territory else r.name, r.name) for r in reps])
        person = dialog.put("notice.forms.person", PersonPicker(self._desk, name="formsPerson"))
        rep.currentIndexChanged.connect(lambda _: person.setEnabled(not rep.currentData()))
        language = choice(name="formsLang")
        fill_choice(language, [(self._page.t(f"lang.{x}"), x) for x in Lang])
        out = PathField("formsOut", mode="folder", lang=self._page.lang)
        dialog.put("notice.forms.lang", language)
        dialog.put("notice.forms.out", out, help_key="notice.forms.out.help")

        def make() -> Any:
            wanted = str(rep.currentData() or "")
            if not wanted and not person.hcp_id:
                return dialog.missing("notice.forms.person")
            if out.path is None:
                return dialog.missing("notice.forms.out")
            ids = () if wanted else (person.hcp_id,)
            lang = Lang(language.currentData())
            return ops.forms(ref=notice.ref, out=out.path, hcp_ids=ids, rep=wanted, items=(), lang=lang)

        dialog.ask(make, self.printed)

    def printed(self, made: FormBatch) -> None:
        """How many there are, and who got none and why."""
        counts: dict[str, int] = {}
        for one in made.refused:
            counts[one.reason] = counts.get(one.reason, 0) + 1
        why = self._page.t("desk.list_sep").join(
            f"{reason_label(reason, self._page.lang)} {count:,}" for reason, count in sorted(counts.items())
        )
        text = self._page.t("notice.forms.done", count=f"{len(made.forms):,}", file=made.file.name)
        more = self._page.t("notice.forms.left", count=f"{len(made.refused):,}", why=why) if made.refused else ""
        self._page.notice.tell(text, more=more)

    def _told(self, name: str, ref: str, *, more: str = "") -> None:
        self._page.notice.tell(self._page.t(f"notice.{name}.done", ref=ref), more=self._page.t(more) if more else "")
        self._changed(ref)

    def _dialog(self, name: str, *, ref: str = "", effect: str = "", danger: bool = False) -> ActDialog:
        said = self._page.t
        return ActDialog(
            self._desk,
            self._page,
            name=f"{name}Dialog",
            title=said(f"notice.{name}.title", ref=ref),
            effect=effect or said(f"notice.{name}.effect"),
            act=said(f"notice.{name}.go"),
            danger=danger,
        )
