"""Workbooks: the same rules as CSV, and everything else in the workbook is told."""

import pytest
from documents import xlsx

from evalkit.coding.read.csv import csv_material
from evalkit.coding.read.xlsx import read_xlsx, xlsx_material
from evalkit.errors import ProjectError

SURVEY = [
    ["id", "wave", "What changed?"],
    ["1", "a", "We read every night now"],
    ["2", "b", "Not so much has changed"],
]


def test_a_survey_gives_the_same_sources_and_cases_as_csv(put):
    book = xlsx_material(put("s.xlsx", xlsx(SURVEY)), "s")
    text = csv_material(put("s.csv", "\n".join(",".join(row) for row in SURVEY)), "s")
    assert book.sources == text.sources
    assert book.cases == text.cases


def test_rows_above_the_header_and_notes_below_are_told(put):
    rows = [["Our survey 2026"], *SURVEY, [], ["Note: asked in May"]]
    found = xlsx_material(put("s.xlsx", xlsx(rows)), "s.xlsx")
    assert len(found.cases) == 2
    assert [loss.where for loss in found.losses] == [("s.xlsx",)] * len(found.losses)
    assert {loss.kind for loss in found.losses} >= {
        "table: rows above the header left out",
        "table: rows of notes below the data left out",
    }


def test_comments_and_pictures_are_counted(put):
    book = xlsx(SURVEY, **{"xl/comments1.xml": "<c/>", "xl/media/image1.png": "x"})
    found = xlsx_material(put("s.xlsx", book), "s.xlsx")
    assert {loss.kind: loss.count for loss in found.losses} == {
        "comments on cells": 1,
        "picture": 1,
    }


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([["id", "words"], ["1", "yes"]], "column `text` is missing"),
        ([["a", "b"], ["x", "yes"]], "column `id` is missing"),
        ([["id", "text"]], "no rows"),
        ([["id", "text"], ["", "words"]], "no `id`"),
    ],
)
def test_a_sheet_without_texts_is_refused(rows, says, put):
    with pytest.raises(ProjectError, match=says):
        read_xlsx(put("s.xlsx", xlsx(rows)), "s.xlsx")
