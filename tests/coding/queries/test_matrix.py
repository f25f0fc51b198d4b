"""Codes against cases, attributes and links."""

import pandas as pd
import pytest

from evalkit.coding.queries.matrix import CASES, code_by_attribute, code_by_case, code_by_link
from evalkit.errors import CodingError


def of(project):
    return project.codings, project.codebook, project.cases


def test_passages_are_counted_by_case_and_a_case_without_text_is_missing(project):
    table = code_by_case(*of(project))
    assert table.ava.tolist() == [2, 1, 1, 0]
    assert table.gil.tolist() == [0, 1, 0, 0]
    assert table.dee.tolist() == [0, 0, 0, 0]
    assert table.eve.isna().all()
    assert table.index.tolist() == ["home", "visits", "nil", "rain"]


@pytest.mark.parametrize(
    ("count", "home"), [("segments", 2), ("sources", 1), ("cases", 1), ("characters", 23)]
)
def test_other_things_can_be_counted(project, count, home):
    assert code_by_case(*of(project), count=count).ava["home"] == home


def test_children_can_count_for_their_parents(project):
    assert code_by_case(*of(project), roll_up=True).bo["home"] == 1


def test_cases_are_counted_by_attribute_with_missing_ones_by_their_reason(project):
    table = code_by_attribute(*of(project), "role")
    assert table.columns.tolist() == ["parent", "pupil", "staff", "(refused)"]
    assert table.loc[CASES].tolist() == [2, 0, 2, 1]
    assert table.loc["visits"].tolist() == [2, 0, 1, 0]
    assert table.loc["nil"].tolist() == [1, 0, 1, 0]


def test_links_show_what_their_codes_say_and_no_code_for_others(project):
    links = ["visit -> reading", "rain -> reading", "x -> y"]
    table = code_by_link(project.codings, project.codebook, links)
    assert table.says.to_dict() == {"visits": "for", "nil": "nil", "rain": "rival"}
    assert table[links[0]].tolist()[:2] == [3, 2]
    assert table[links[1]]["rain"] == 0
    assert table[links[0]]["rain"] is pd.NA
    assert table[links[2]].isna().all()


def test_links_can_count_cases(project):
    links = ["visit -> reading"]
    table = code_by_link(*of(project)[:2], links, project.cases, count="cases")
    assert table[links[0]].tolist() == [3, 2]


def test_codings_in_another_order_give_the_same_tables(project):
    turned = project.codings[::-1]
    assert code_by_case(turned, *of(project)[1:]).equals(code_by_case(*of(project)))


def test_what_is_not_there_is_refused_with_the_nearest_name(project):
    with pytest.raises(CodingError, match="Did you mean `role`"):
        code_by_attribute(*of(project), "rolle")
    with pytest.raises(CodingError, match="Did you mean `segments`"):
        code_by_case(*of(project), count="segment")
