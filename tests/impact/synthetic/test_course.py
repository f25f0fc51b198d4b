"""One course against weighted donors, and placebos of it."""

from dataclasses import replace

import numpy as np
import pytest

from evalkit.impact.synthetic.course import average, donors_alone, follow, sets_alone
from evalkit.impact.synthetic.weights import simplex


def test_the_classic_course_is_the_weighted_donors(make_panel, read):
    fitted = read(make_panel())
    course, target = fitted.courses[0], fitted.targets[0]
    wanted = simplex(target.y[:14], target.donors[:14])
    np.testing.assert_allclose(course.weights, wanted.weights)
    np.testing.assert_allclose(course.synthetic, target.donors @ wanted.weights)
    assert course.loss == pytest.approx((course.gap[:14] ** 2).mean())


def test_only_the_periods_asked_for_are_fitted(make_panel, read):
    fitted = read(make_panel(), fit_over=[2004, 2013])
    target = fitted.targets[0]
    wanted = simplex(target.y[4:14], target.donors[4:14])
    np.testing.assert_allclose(fitted.courses[0].weights, wanted.weights)


def test_the_augmented_course_lies_nearer_than_the_classic_one(make_panel, read):
    classic, augmented = (read(make_panel(), estimator=one) for one in ("classic", "augmented"))
    assert augmented.courses[0].loss < classic.courses[0].loss
    assert augmented.courses[0].bound == pytest.approx(classic.courses[0].loss)
    assert augmented.courses[0].penalty in augmented.courses[0].tried


def test_synthetic_did_meets_the_treated_before_the_start_by_its_period_weights(make_panel, read):
    course = read(make_panel(), estimator="synthetic_did").courses[0]
    assert course.periods @ course.gap[:14] == pytest.approx(0, abs=1e-9)
    assert course.periods.sum() == pytest.approx(1)


@pytest.mark.parametrize("estimator", ["classic", "synthetic_did", "augmented"])
def test_placebos_do_not_see_the_treated(make_panel, read, estimator):
    """A hundred times the effect leaves every donor's placebo as it was."""
    small, large = (read(make_panel(effect=one), estimator=estimator) for one in (2.0, 200.0))
    method = small.again
    first, other = (donors_alone(one.targets[0], method, range(3)) for one in (small, large))
    np.testing.assert_array_equal(first, other)


def test_a_placebo_is_the_method_run_on_a_donor(make_panel, read):
    fitted = read(make_panel())
    target = fitted.targets[0]
    made = donors_alone(target, fitted.method, [4])[0]
    rest = np.delete(target.donors, 4, axis=1)
    wanted = simplex(target.donors[:14, 4], rest[:14])
    np.testing.assert_allclose(made, target.donors[:, 4] - rest @ wanted.weights)


def test_sets_of_donors_leave_each_other_out(make_panel, read):
    fitted = read(make_panel(treated=3), ["p00", "p01", "p02"], pooled=True)
    made = sets_alone(fitted.targets[0], fitted.again, fitted.sample.share, 5, 1)
    assert made.shape == (5, 20)
    again = sets_alone(fitted.targets[0], fitted.again, fitted.sample.share, 5, 1)
    np.testing.assert_array_equal(made, again)


def test_a_shorter_course_and_an_average(make_panel, read):
    fitted = read(make_panel(treated=2), ["p00", "p01"])
    cut = fitted.targets[0].until(10)
    assert follow(cut, replace(fitted.method, before=8, window=np.arange(10) < 8)).gap.shape == (
        10,
    )
    wanted = (fitted.courses[0].gap + fitted.courses[1].gap) / 2
    np.testing.assert_allclose(average(fitted.courses, fitted.share), wanted)
