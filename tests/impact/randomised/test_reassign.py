import itertools

import numpy as np
import pytest

from evalkit.impact.randomised.reassign import (
    COUNTLESS,
    draw,
    every,
    lottery,
    possible_within,
    reassign,
    reassign_all,
)

ARM = np.array([0, 1, 0, 1, 1, 0, 0], dtype=np.intp)
BLOCK = np.array([0, 0, 0, 1, 1, 1, 1], dtype=np.intp)


def test_all_assignments_within_blocks_are_made_once():
    paths = every(ARM, BLOCK)
    assert len(paths) == possible_within(ARM, BLOCK) == 3 * 6
    assert len({tuple(one) for one in paths.tolist()}) == 18
    assert (paths[:, :3].sum(axis=1) == 1).all()
    assert (paths[:, 3:].sum(axis=1) == 2).all()


def test_random_assignments_keep_the_numbers_of_each_block():
    paths = draw(ARM, BLOCK, 400, np.random.default_rng(0))
    assert (paths[:, :3].sum(axis=1) == 1).all()
    assert (paths[:, 3:].sum(axis=1) == 2).all()
    assert paths.mean(axis=0) == pytest.approx([1 / 3] * 3 + [0.5] * 4, abs=0.1)


def test_counting_stops_at_numbers_no_one_needs():
    assert possible_within(np.arange(400) % 2, np.zeros(400, dtype=np.intp)) == COUNTLESS


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("estimator", ["difference_in_means", "ancova", "lin"])
def test_every_coefficient_is_that_of_the_regression_run_again(
    make_people, make_model, estimator, weighted
):
    """Brute force: 400 assignments of ten people in two blocks, each with its own regression."""
    frame = make_people(6, n=60).iloc[:10].reset_index(drop=True)
    frame["block"] = np.arange(10) % 2
    frame["arm"] = (np.arange(10) // 2) % 2
    strata = () if estimator == "lin" else ("block",)
    more = {"weights": "weight"} if weighted else {}
    _, model = make_model(frame, estimator, strata=strata, baseline=("pre",), **more)
    found = reassign(model, model.trial.y, 1, 0)
    assert found.exact
    kept = frame["weight"].to_numpy() if weighted else np.ones(10)
    root = np.sqrt(kept)[:, None]
    values, own = [], []
    blocks = [range(10)] if strata == () else [range(0, 10, 2), range(1, 10, 2)]
    sizes = [int(frame["arm"].iloc[list(one)].sum()) for one in blocks]
    choices = [itertools.combinations(one, k) for one, k in zip(blocks, sizes, strict=True)]
    for chosen in itertools.product(*choices):
        on = np.zeros(10)
        on[[i for part in chosen for i in part]] = 1
        x = [on, np.ones(10)]
        x += [frame["block"]] if strata else []
        x += [frame["pre"]] if estimator != "difference_in_means" else []
        if estimator == "lin":
            centred = frame["pre"] - np.average(frame["pre"], weights=kept)
            x = [on, on * centred, centred, np.ones(10)]
        matrix = np.column_stack(x) * root
        solved = np.linalg.lstsq(
            matrix, np.column_stack([frame["y"], frame["arm"]]) * root, rcond=None
        )[0]
        values.append(solved[0, 0])
        own.append(solved[0, 1])
    assert np.sort(found.b[:, 0]) == pytest.approx(np.sort(values), abs=1e-9)
    assert np.sort(found.a[:, 0]) == pytest.approx(np.sort(own), abs=1e-9)


def test_clusters_move_whole_and_the_reason_is_given_where_none_can(make_schools, make_model):
    trial, model = make_model(make_schools(1, clusters=8), cluster="school")
    assert lottery(trial).count == 8
    found = reassign(model, trial.y, 1, 0)
    assert found.possible == len(found.b) == 70
    frame = make_schools(1, clusters=8)
    frame.loc[0, "arm"] = 1 - frame.loc[0, "arm"]
    moved, model = make_model(frame, cluster="school")
    assert "not clear what was drawn" in lottery(moved)
    assert isinstance(reassign(model, moved.y, 1, 0), str)


def test_other_arms_stay_where_they_are(make_people, make_model):
    _, model = make_model(make_people(2, arms=3))
    one = reassign(model, model.trial.y, 2, 0)
    assert abs(one.b.mean()) < 3 * one.b.std() / np.sqrt(len(one.b)) + 0.05
    assert reassign_all(model, model.trial.y, 0).shape[1] == 2
