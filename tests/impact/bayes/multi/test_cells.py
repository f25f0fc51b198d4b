"""Clusters in an arm, and sites in a period, count once in a normal model."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.impact.bayes.multi.cells import averaged
from evalkit.impact.bayes.multi.row_estimate import prepare_rows, used_rows


def test_rows_of_a_cluster_and_arm_become_their_mean(rows, ask, seen_of):
    """By hand; weights become one; copies of pupils change nothing."""
    asked = ask("score", cluster="room", area="area")
    made, notes = averaged(seen_of(rows, asked), asked)
    means = rows.groupby(["site", "room", "on"])["score"].mean()
    np.testing.assert_allclose(np.sort(made.y[:, 0]), np.sort(means))
    assert "each mean counts once" in notes[0]
    often = rows.loc[rows.index.repeat(3)].reset_index(drop=True)
    again, _ = averaged(seen_of(often, asked), asked)
    np.testing.assert_allclose(again.y, made.y)
    assert (again.weight == 1).all()


def test_means_of_a_site_and_period_keep_areas_apart(panel_frame, ask, seen_of):
    """Two rows a cell, then one."""
    asked = ask("score", time="year", area="area")
    often = panel_frame.loc[panel_frame.index.repeat(2)].reset_index(drop=True)
    made, notes = averaged(seen_of(often, asked), asked)
    assert len(made.y) == len(panel_frame)
    assert notes
    assert averaged(seen_of(panel_frame, asked), asked)[1] == ()


@pytest.mark.parametrize(("more", "count"), [({}, 480), ({"cluster": "room"}, 192)])
def test_the_rows_of_the_data_are_counted_not_the_means(rows, ask, seen_of, more, count):
    """192 cells stand for 480 pupils."""
    asked = ask("score", area="area", **more)
    model, faults = prepare_rows(seen_of(rows, asked), asked)
    assert faults == []
    assert len(model.layout.y) == count
    assert used_rows(model) == 480
