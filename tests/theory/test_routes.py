"""The geometry of routes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from evalkit.theory.columns import arrange
from evalkit.theory.routes import give_tracks, point_on, rounded

BOXES = {"a": "activities", "b": "activities", "c": "activities", "o": "outcomes"}


def test_a_curve_begins_and_ends_at_its_ends():
    curve = ((0.0, 0.0), (5.0, 0.0), (5.0, 8.0), (10.0, 8.0))
    assert point_on(curve, 0) == (0, 0)
    assert point_on(curve, 1) == (10, 8)
    assert point_on(curve, 0.5) == (5, 4)
    assert point_on(((0.0, 0.0), (4.0, 2.0)), 0.25) == (1, 0.5)


def test_corners_are_rounded_without_a_break():
    segments = rounded([(0, 0), (20, 0), (20, 30), (0, 30)])
    assert segments[0][0] == (0, 0)
    assert segments[-1][-1] == (0, 30)
    assert all(one[-1] == pytest.approx(two[0]) for one, two in pairwise(segments))


def test_upright_runs_that_overlap_have_tracks_of_their_own(make):
    columns = arrange(make(BOXES, "a -> b", "a -> c", "b -> c", "o => a", "o => b"))
    tracks = give_tracks(columns)
    runs = {}
    for (link, at, side), track in tracks.number.items():
        runs.setdefault((at, side), []).append((track, link))
    for found in runs.values():
        assert len({track for track, _ in found}) == len(found)
