"""PDF: lines of pages; a scan and a missing pypdf are told in words."""

import documents
import pytest

from evalkit.coding.read import pdf as module
from evalkit.coding.read.pdf import pdf_draft
from evalkit.errors import CodingError, MissingExtraError


def test_pages_follow_each_other_and_are_counted():
    found = pdf_draft(documents.pdf((("one", "two"), ("three",))))
    assert found.text == "one\ntwo\nthree"
    assert {loss.kind: loss.count for loss in found.losses} == {"page break": 1, "paragraph": 2}


def test_a_page_without_words_is_named():
    found = pdf_draft(documents.pdf((("one",), (), ("three",))))
    (loss,) = [loss for loss in found.losses if loss.kind == "page without words"]
    assert (loss.count, loss.where) == (1, ("page 2",))


def test_a_scan_is_refused_with_what_to_do():
    with pytest.raises(CodingError, match="OCR"):
        pdf_draft(documents.pdf(((), ())))


def test_without_pypdf_the_command_that_installs_it_is_told(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r'pip install "\.\[pdf-read\]"'):
        pdf_draft(documents.pdf())
