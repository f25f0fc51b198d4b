from __future__ import annotations

from dataclasses import replace

from evalkit.report.decision import decide
from evalkit.report.document import plain
from evalkit.report.figures.sites import sites, sites_data


def bayes(whole):
    return next(one for one in decide(whole) if one.estimate.id == "read_bayes")


def test_sites_stand_smallest_first_and_a_new_one_last(whole):
    labels = [row.label for row in sites_data(bayes(whole)).rows]
    assert labels == [
        "Town D",
        "Town B",
        "Town E",
        "Town A",
        "Town F",
        "Town C",
        "A new site of this kind",
    ]


def test_overlapping_sites_are_not_said_to_differ(whole):
    assert "cannot be told apart" in plain(sites(bayes(whole), whole.protocol).title)


def test_sites_that_do_not_overlap_are_said_to_differ(whole):
    one = bayes(whole)
    frame = one.estimate.table["sites"].copy()
    frame["low"] = [3.1, 0.1, 3.1, -0.9, 0.5, 0.9]
    table = {**one.estimate.table, "sites": frame}
    one = replace(one, estimate=replace(one.estimate, table=table))
    assert "differs between sites" in plain(sites(one, whole.protocol).title)


def test_an_estimate_without_sites_has_no_picture(whole):
    assert sites(decide(whole)[0], whole.protocol) is None
