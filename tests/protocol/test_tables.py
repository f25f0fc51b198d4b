from __future__ import annotations

import pytest

from evalkit.errors import DataError
from evalkit.protocol.model import NewColumn, Protocol, TablePlan
from evalkit.protocol.tables import inside, read_tables


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "panel.csv").write_text(
        "area,year,score\nx,2016,1\nx,2017,2\ny,2016,3\n", encoding="utf-8"
    )
    (tmp_path / "areas.csv").write_text("area,kind,start\nx,full,2017\ny,none,\n", encoding="utf-8")
    return tmp_path


def _read(folder, *plans):
    return read_tables(folder, Protocol(tables={plan.id: plan for plan in plans}))


AREAS = TablePlan("areas", "areas.csv", unit="area", line=3)


def test_a_table_takes_in_another_and_the_columns_that_the_plan_makes(folder):
    made = {
        "in_it": NewColumn("kind", values=("full",)),
        "begun": NewColumn("start", reached_by="year"),
    }
    panel = TablePlan(
        "panel", "panel.csv", "area", "year", joins={"areas": "area"}, new_columns=made, line=4
    )
    tables, faults = _read(folder, panel, AREAS)
    assert faults == []
    frame = tables["panel"].frame
    assert frame["in_it"].tolist() == [1, 1, 0]
    assert frame["begun"].tolist() == [0, 1, 0]


def test_a_file_that_is_not_there_is_left_out_with_what_needs_it(folder):
    panel = TablePlan("panel", "panel.csv", "area", joins={"gone": "area"})
    tables, faults = _read(folder, panel, AREAS, TablePlan("gone", "gone.csv"))
    assert (list(tables), faults) == (["areas"], [])


def test_a_table_that_cannot_be_read_is_a_fault_at_its_line_and_hides_no_other(folder):
    (folder / "bad.csv").write_bytes(b"")
    tables, faults = _read(folder, TablePlan("bad", "bad.csv", line=9), AREAS)
    assert list(tables) == ["areas"]
    assert [(one.file, one.line) for one in faults] == [("protocol.yaml", 9)]
    assert faults[0].wrong.startswith("Table `bad`: ")
    assert faults[0].do


def test_a_new_column_from_a_column_that_is_not_there_is_a_fault(folder):
    plan = TablePlan(
        "areas", "areas.csv", "area", new_columns={"x": NewColumn("kin", values=("full",))}, line=7
    )
    _, (fault,) = _read(folder, plan)
    assert fault.line == 7
    assert "kin" in fault.wrong


@pytest.mark.parametrize("file", ["../secret.csv", "/etc/passwd", "data/../../x.csv"])
def test_a_file_outside_the_folder_is_refused(folder, file):
    with pytest.raises(DataError, match="outside the project folder"):
        inside(folder, file)


def test_a_link_that_leads_outside_is_refused(folder, tmp_path_factory):
    (folder / "door").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    with pytest.raises(DataError, match="outside"):
        inside(folder, "door/secret.csv")
