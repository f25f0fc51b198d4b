import numpy as np
import pytest


def test_rows_and_labels_in_any_order_give_the_same_bytes(make_schools, make_model):
    frame = make_schools(5)
    renamed = frame.assign(school=(frame["school"] * 7) % 31).sample(frac=1, random_state=2)
    one, _ = make_model(frame, cluster="school", baseline=("pre",))
    other, _ = make_model(renamed, cluster="school", baseline=("pre",))
    for name in ("y", "w", "arm", "cluster", "x"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def test_labels_stay_with_their_clusters(make_schools, make_model):
    frame = make_schools(5)
    trial, _ = make_model(frame, cluster="school")
    for code, label in enumerate(trial.labels):
        mine = frame.loc[frame["school"] == int(label), "y"]
        assert sorted(trial.y[trial.cluster == code]) == sorted(mine)


def test_clusters_drawn_whole_are_told_from_people_drawn_within(make_schools, make_model):
    frame = make_schools(5)
    whole, _ = make_model(frame, cluster="school")
    assert whole.by_cluster()
    assert whole.sides(1) == (7, 7)
    within, _ = make_model(frame.assign(arm=np.arange(len(frame)) % 2), cluster="school")
    assert not within.by_cluster()


def test_keeping_rows_counts_codes_and_weights_anew(make_schools, make_model):
    trial, _ = make_model(make_schools(5), cluster="school", weights="weight")
    some = trial.keep(trial.cluster >= 4)
    assert some.n_clusters == trial.n_clusters - 4
    assert some.w.mean() == pytest.approx(1)
    assert list(some.labels) == list(trial.labels[4:])
