"""Summaries that keep their quotes."""

import pytest

from evalkit.coding.model import Memo
from evalkit.coding.queries.framework import cell_of, framework, summarise
from evalkit.errors import CodingError


def parts(project):
    return project.codings, project.codebook, project.cases, project.sources


def row(table, case, code):
    (found,) = table[(table.case == case) & (table.code == code)].to_dict("records")
    return found


def test_every_case_and_code_has_a_cell_with_its_state_and_quotes(project):
    table = framework(*parts(project))
    assert len(table) == 6 * 4
    assert row(table, "ava", "visits")["state"] == "to summarise"
    assert row(table, "ava", "home")["quotes"] == ("read at home. The", "visits")
    assert row(table, "dee", "visits")["state"] == "not mentioned"
    assert row(table, "eve", "visits")["state"] == "no text"


def test_a_summary_is_current_until_its_quotes_change(project):
    cell = summarise("ava", "visits", "Visits helped.", *parts(project), by="ann", on="2026-01-02")
    table = framework(*parts(project), [cell])
    assert row(table, "ava", "visits")["state"] == "current"
    assert row(table, "ava", "visits")["summary"] == "Visits helped."
    fewer = [it for it in project.codings if it.segment.quote != "The visits helped"]
    now = row(framework(fewer, *parts(project)[1:], [cell]), "ava", "visits")
    assert (now["state"], now["gone"], now["summary"]) == ("stale", ("a:17-34",), "Visits helped.")
    assert cell.quotes[0].quote == "The visits helped"


def test_a_new_passage_makes_it_stale_too(project):
    cell = summarise("ava", "nil", "No change.", *parts(project))
    more = [
        *project.codings,
        project.codings[2].__class__(project.codings[0].segment, "nil", "ben"),
    ]
    now = row(framework(more, *parts(project)[1:], [cell]), "ava", "nil")
    assert (now["state"], now["added"]) == ("stale", ("a:3-15",))


def test_a_cell_is_kept_as_a_memo_and_comes_back_whole(project):
    cell = summarise("ava", "home", "Reads at home.", *parts(project), by="ann", on="2026-01-02")
    assert cell_of(cell.memo(), project.sources) == cell


def test_the_matrix_can_be_laid_out_by_case_and_code(project):
    cell = summarise("ava", "visits", "Visits helped.", *parts(project))
    wide = framework(*parts(project), [cell]).pivot(index="case", columns="code", values="summary")
    assert wide.loc["ava", "visits"] == "Visits helped."


@pytest.mark.parametrize(
    ("case", "code", "message"),
    [
        ("av", "visits", "Did you mean `ava`"),
        ("ava", "visit", "Did you mean `visits`"),
        ("dee", "visits", "Nothing of `dee` is coded `visits`"),
    ],
)
def test_a_summary_of_nothing_is_refused(project, case, code, message):
    with pytest.raises(CodingError, match=message):
        summarise(case, code, "x", *parts(project))


def test_other_memos_and_passages_of_lost_sources_are_refused(project):
    with pytest.raises(CodingError, match="no summary"):
        cell_of(Memo("m", "text"), project.sources)
    cell = summarise("ava", "visits", "Visits helped.", *parts(project))
    with pytest.raises(CodingError, match="source `a`"):
        cell_of(cell.memo(), project.sources[1:])
