import pytest

from evalkit.impact.randomised import words


@pytest.mark.parametrize("estimator", ["difference_in_means", "ancova", "lin", "multilevel"])
def test_the_target_names_contrast_outcome_people_and_weights(make_schools, make_model, estimator):
    trial, _ = make_model(make_schools(1), cluster="school")
    text = words.estimand(trial, 1, estimator)
    for part in ("`y`", "`arm` = 1 rather than 0", "`school`", "averaged over", "intention"):
        assert part in text
    assert "overall" not in text


def test_strata_and_weights_are_part_of_the_target(make_people, make_model):
    trial, _ = make_model(make_people(1), strata=("block",), weights="weight")
    text = words.estimand(trial, 1, "ancova")
    assert "weighted by `weight`" in text
    assert "strata of `block`" in text
    assert "strata by their size" in words.estimand(trial, 1, "lin")
    assert "every stratum" in words.estimator_words(trial, "ancova")


def test_compliers_rest_on_more(make_people, make_model):
    plain, _ = make_model(make_people(1))
    more, _ = make_model(make_people(1), received="took")
    assert len(words.assumptions(more)) == len(words.assumptions(plain)) + 2
