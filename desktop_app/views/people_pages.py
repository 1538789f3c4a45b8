"""Brings the pages of the list of people: the first, those in view as it is scrolled, and how many there are.

Rules: (1) a long list is shown first and counted then; (2) what is held is watched (watch.py), and nothing else; (3) an
answer to a question that is not the page's any more is dropped; a refusal begins the list anew, which says why.
"""

from typing import TYPE_CHECKING, Any

from compliance.model.answer import Answer, Refusal
from compliance.use_cases.seeing.view_marks import Seen
from desktop_app.models.people import PeopleModel, Wanted
from desktop_app.operations.people import PAGE

if TYPE_CHECKING:
    from desktop_app.views.people import PeoplePage


class PeoplePages:
    """The rows of ``page``."""

    def __init__(self, page: "PeoplePage") -> None:
        self._page = page
        self._seen: dict[int, Seen] = {}
        self._as_rep: str | None = None  # whose eyes the rows were asked with
        self._awaited = -1
        self.model = PeopleModel(self._more, size=PAGE)

    def clear(self) -> None:
        """Forget all."""
        self._page.watch.off()
        self.model.clear()
        self._seen, self._awaited = {}, -1

    def first(self, found: Any, as_rep: str | None) -> None:
        """The first page of a list, asked with the eyes of ``as_rep``. Rule 1."""
        self._as_rep = as_rep
        self.model.put(found.rows, total=found.total, more=found.more)
        self._watch(found, 0)
        page, ticket = self._page, self._page.ticket

        def counted(answer: Answer[Any]) -> None:
            if ticket == page.ticket and not isinstance(answer.value, Refusal):
                self.model.counted(answer.value)
                page.say_count()

        if found.total is None and page.purpose is not None:
            page.run(page.views.count(page.purpose), counted)

    def step_to(self, number: int) -> None:
        """Open a row, once it is here."""
        index = self.model.index(number)
        self._awaited = number if self.model.row(index) is None and index.isValid() else -1
        if self._awaited >= 0:
            self._page.list.scrollTo(index)
        else:
            self._page.open_row(number)

    def _more(self, wanted: Wanted) -> None:
        ticket = self._page.ticket
        self._page.ask_page(wanted, lambda answer: self._came(wanted, answer, ticket))

    def _came(self, wanted: Wanted, answer: Answer[Any], ticket: int) -> None:
        """Rule 3."""
        if ticket != self._page.ticket:
            return
        found = answer.value
        if isinstance(found, Refusal):
            self._page.changed_elsewhere()
            return
        last = found.rows[-1].hcp_id if found.rows else ""
        self.model.take(wanted, found.rows, more=last if wanted.before else found.more)
        self._watch(found, wanted.page)
        self._page.list.viewport().update()
        if self._awaited >= 0:
            self.step_to(self._awaited)

    def _watch(self, found: Any, number: int) -> None:
        """Rule 2."""
        if self._page.rep_vault:
            return
        kept = {place: seen for place, seen in self._seen.items() if place in self.model.pages and place != number}
        ids = tuple(row.hcp_id for row in found.rows)
        self._seen = kept | ({number: Seen(hcp_ids=ids, mark=found.mark, as_rep=self._as_rep)} if ids else {})
        self._page.watch.on(*self._seen.values())
