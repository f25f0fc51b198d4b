from __future__ import annotations

from evalkit.report.document import plain
from evalkit.report.figures.joint import QUAL, QUANT, joint, joint_data
from evalkit.synthesis.finding import QUAL_STATES, QUANT_STATES


def test_every_link_stands_in_one_field(whole):
    marks = [mark for line in joint_data(whole).cells for cell in line for mark in cell.marks]
    assert sorted(marks) == sorted("ABCDEFGH")


def test_the_field_is_that_of_the_states(whole):
    cells = joint_data(whole).cells
    row = next(one for one in whole.joint if one.link == "practice -> reading")
    place = QUANT_STATES.index(row.quantitative), QUAL_STATES.index(row.qualitative)
    assert "C" in cells[place[0]][place[1]].marks
    assert cells[place[0]][place[1]].word == row.relation


def test_every_state_has_words_for_readers():
    assert set(QUANT) == set(QUANT_STATES)
    assert set(QUAL) == set(QUAL_STATES)


def test_the_twin_has_a_row_a_link_and_the_title_counts(whole):
    figure = joint(whole)
    assert len(figure.twin.rows) == len(whole.joint)
    assert (
        plain(figure.title) == "Numbers and words can be held against each other on 1 of 8 links."
    )


def test_without_links_there_is_no_picture(nothing):
    assert joint(nothing) is None
