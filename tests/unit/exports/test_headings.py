"""A heading stands above what it leads to, wherever the foot of the page falls."""

import pypdfium2
import pytest

from compliance.exports import document as d
from compliance.exports.pdf import render


def pages(*blocks: d.Block) -> list[str]:
    """Text of each page of a paper with these blocks."""
    paper = d.Document(
        metadata_title="Report", title="Report", subtitle="", running="running", seal="seal", blocks=blocks
    )
    document = pypdfium2.PdfDocument(render(paper).pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


@pytest.mark.req("REQ-105")
@pytest.mark.parametrize("rows", range(1, 48))
def test_a_heading_with_a_remark_stays_with_the_first_row_of_its_table(rows: int) -> None:
    above = d.Table(("above",), [("row",)] * rows, (1.0,))
    tall = "\n".join(["first-row", "second line", "third line", "last-line"])
    table = d.Table(("head",), [(tall,), ("next",)], (1.0,))
    made = pages(above, d.Heading("The part"), d.Paragraph("What it says.", small=True), table)
    (holding,) = [text for text in made if "The part" in text]
    assert "What it says." in holding and "first-row" in holding and "last-line" in holding


@pytest.mark.parametrize("rows", range(20, 48))
def test_a_heading_over_a_remark_alone_moves_no_further_than_it_must(rows: int) -> None:
    """What comes after the remark is another part: it does not pull the first one along."""
    above = d.Table(("above",), [("row",)] * rows, (1.0,))
    made = pages(above, d.Heading("Part A"), d.Paragraph("Nothing.", small=True), d.Heading("Part B"))
    (holding,) = [text for text in made if "Part A" in text]
    assert "Nothing." in holding
