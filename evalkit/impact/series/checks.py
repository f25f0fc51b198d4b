"""Diagnostics of an interrupted series: each says what was tried and what came out, in words."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.checks import p_words
from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.least_squares import Floats
from evalkit.impact.series import linear
from evalkit.impact.series.methods import Methods, contrast_row, rows_of
from evalkit.impact.series.model import Form, Model, build
from evalkit.impact.series.read import Arm, Series

USEFUL = 8
"""Fewer periods than this on a side are a concern (the EPOC rule asks for three, Wagner for twelve)."""
MOST_PLACEBOS = 60
MOST_LAGS = 10


def points(series: Series) -> Check:
    """Return the verdict on the number of periods before and after the start."""
    before = series.before()
    after = len(series.treated.position) - before
    fewest = min(before, after)
    verdict: Verdict = "concern" if fewest < USEFUL else "pass"
    reading = (
        f"Fewer than {USEFUL} on a side: the trend, and how far periods hang together, are hardly "
        "known, and what is estimated leans on the straight line."
        if verdict == "concern"
        else f"At least {USEFUL} on either side."
    )
    return Check(
        "points before and after",
        float(before),
        None,
        verdict,
        f"{before} periods before the start and {after} from then on. {reading}",
    )


def gaps(series: Series) -> Check:
    """Return which periods between the first and the last were not seen."""
    position = series.treated.position
    lost = np.setdiff1d(np.arange(position[0], position[-1] + 1), position)
    if not len(lost):
        meaning = "Every period from the first to the last stands in the series."
        return Check("gaps in time", 0.0, None, "pass", meaning)
    share = len(lost) / (len(lost) + len(position))
    shown = ", ".join(series.labels[i] for i in lost[:5])
    meaning = (
        f"{len(lost)} of {len(lost) + len(position)} periods are not there ({shown}"
        f"{', ...' if len(lost) > 5 else ''}). The trend and the autocorrelation allow for the "
        "gaps; why they are there may matter."
    )
    return Check(
        "gaps in time", float(len(lost)), None, "concern" if share > 0.1 else "information", meaning
    )


def autocorrelation(methods: Methods, leads: str) -> Check:
    """Look for autocorrelation, and for what first-order autocorrelation leaves unexplained."""
    block = methods.model.blocks[0]
    lags = _lags(len(block.residuals))
    statistic, p = linear.ljung_box(block.residuals, block.position, lags)
    errors = linear.restricted_likelihood(block)
    left = linear.whiten(block.residuals, block.position, errors.rho)
    _, p_left = linear.ljung_box(left, block.position, lags)
    return _autocorrelation_check(lags, (statistic, p, p_left), errors.rho, leads)


def residual_autocorrelation(residuals: Floats, position: linear.Ints, leads: str) -> Check:
    """Look for autocorrelation in the one-step errors of a state space model."""
    lags = _lags(len(residuals))
    statistic, p = linear.ljung_box(residuals, position, lags)
    return _autocorrelation_check(lags, (statistic, p, p), None, leads)


def _lags(n: int) -> int:
    return max(1, min(MOST_LAGS, n // 5))


def _autocorrelation_check(
    lags: int, found: tuple[float, float, float], rho: float | None, leads: str
) -> Check:
    statistic, p, p_left = found
    words = [f"Ljung-Box test of the residuals over {lags} lags: p = {p_words(p)}."]
    if rho is not None:
        words.append(
            f"First-order autocorrelation by REML: {rho:.2f}; once it is taken out, p = "
            f"{p_words(p_left)}."
        )
    verdict: Verdict = "pass"
    if p_left < 0.05:
        verdict = "concern"
        words.append(
            "Something is left that the model does not hold: a season, a bend of the trend, an "
            "outlying period. The interval may be wrong either way."
        )
    elif p < 0.05:
        verdict = "information"
        words.append(
            "First-order autocorrelation explains it, and the interval was chosen with it."
        )
    else:
        words.append("None was detected; in a short series that does not show there is none.")
    return Check(
        "autocorrelation", statistic, p, verdict, f"{' '.join(words)} What leads: {leads}."
    )


def straight_trend(series: Series, form: Form, leads: str) -> Check:
    """Test whether the trend before the start bends, by a square term, with the same method."""
    name = "straight trend before the start"
    arm, control = _earlier(series.treated, series.start), None
    if series.control is not None:
        control = _earlier(series.control, series.start)
    middle = float(np.median(arm.position))
    bent = replace(
        series,
        treated=_with_square(arm, middle),
        control=None if control is None else _without_square(control),
        start=int(arm.position[-1]) + 1,
        roles=replace(series.roles, covariates=(*series.roles.covariates, "square")),
    )
    try:
        model = build(bent, replace(form, change="none"))
    except DesignError:
        model = None
    if model is None or not model.has("covariate square") or model.blocks[0].df < 3:
        meaning = "Not done: too few periods before the start for a bend."
        return Check(name, None, None, "information", meaning)
    row = _leading(model, {"covariate square": 1.0}, leads)
    p = row["p_value"]
    verdict: Verdict = "concern" if p < 0.05 else "pass"
    reading = (
        "The trend bends before the start, so the straight line carried on from it is doubtful."
        if p < 0.05
        else "No bend was found; this does not show that the line would have stayed straight."
    )
    return Check(
        name,
        row["estimate"],
        p,
        verdict,
        f"A square term in the periods before the start has p = {p_words(p)}. {reading}",
    )


def _with_square(arm: Arm, middle: float) -> Arm:
    square = (arm.position - middle) ** 2
    return replace(arm, covariates=np.column_stack([arm.covariates, square]))


def _without_square(arm: Arm) -> Arm:
    return replace(arm, covariates=np.column_stack([arm.covariates, np.zeros(len(arm.y))]))


def _earlier(arm: Arm, start: int) -> Arm:
    return arm.keep(arm.position < start)


def _leading(model: Model, weights: dict[str, float], leads: str) -> dict[str, float]:
    """Return a contrast by the method of the estimate where it is there, else by the rule."""
    from evalkit.impact.series.methods import methods_of

    methods = methods_of(model, None, "auto")
    contrast = model.contrast(weights)
    for one in methods.found:
        if one.method == leads:
            return contrast_row(methods, one, contrast, 0.95)
    return next(one for one in rows_of(methods, contrast, 0.95) if one["leads"])


def placebo_dates(series: Series, form: Form, t_value: float) -> tuple[Check, pd.DataFrame]:
    """Pretend that the programme began at each earlier period, using only those before it did."""
    name = "placebo date"
    treated = _earlier(series.treated, series.start)
    control = None if series.control is None else _earlier(series.control, series.start)
    starts = treated.position[4 : len(treated.position) - 2]
    if len(starts) > MOST_PLACEBOS:
        starts = starts[np.linspace(0, len(starts) - 1, MOST_PLACEBOS).round().astype(int)]
    early = replace(series, treated=treated, control=control)
    which = "slope" if form.change == "slope" else "level"
    rows = []
    for start in starts:
        try:
            model = build(replace(early, start=int(start)), replace(form, ramp=1))
        except DesignError:
            continue
        contrast = model.contrast({which: 1.0})
        value = float(contrast @ model.beta)
        matrix = linear.independent_errors(model.blocks)
        error = math.sqrt(max(float(contrast @ matrix @ contrast), 0.0))
        if error > 0:
            rows.append({"time": series.labels[start], "estimate": value, "t": value / error})
    table = pd.DataFrame(rows, columns=["time", "estimate", "t"])
    if len(table) < 3:
        meaning = "Not done: too few periods before the start to pretend earlier ones."
        return Check(name, None, None, "information", meaning), table
    beyond = int((table["t"].abs() >= abs(t_value)).sum())
    share = (beyond + 1) / (len(table) + 1)
    verdict: Verdict = "concern" if share > 0.1 else "pass"
    reading = (
        "So large a change is found at other dates too, where no programme began."
        if verdict == "concern" and beyond
        else "There are too few dates for the estimate to stand out from them."
        if verdict == "concern"
        else "Changes as large as the estimate are rare at dates where no programme began."
    )
    return (
        Check(
            name,
            float(beyond),
            share,
            verdict,
            f"The same change was looked for at {len(table)} dates before the start, with periods "
            f"before it only: {beyond} have a t (independent errors) at least as far from zero as "
            f"the {t_value:.2f} of the estimate. {reading} The dates overlap, so the share is no "
            "exact p-value.",
        ),
        table,
    )


def season(series: Series, form: Form, residuals: Floats, position: linear.Ints) -> Check:
    """Say whether a season is held, and look for one that is not."""
    name = "season"
    if form.season:
        how = f"{form.harmonics} Fourier pairs" if form.harmonics else "a dummy of each period"
        meaning = f"A season of {form.season} periods is held constant by {how}."
        return Check(name, float(form.season), None, "pass", meaning)
    cycle = series.cycle or 12
    if position[-1] < 2 * cycle:
        meaning = "No season is held, and the series is too short to look for one."
        return Check(name, None, None, "information", meaning)
    r, pairs = linear.first_autocorrelation(residuals, position, cycle)
    found = r > 1.96 / math.sqrt(len(residuals)) and pairs > 0
    meaning = f"No season is held. Residuals {cycle} periods apart correlate at {r:.2f}. " + (
        f"That looks like a season: write `season: {cycle}`."
        if found
        else "No season of that length was found."
    )
    return Check(name, r, None, "concern" if found else "pass", meaning)


def overdispersion(model: Model) -> Check:
    """Say how far counts vary more than Poisson ones, or than the fitted negative binomial."""
    name = "overdispersion"
    if model.form.family == "normal":
        meaning = "Does not apply: the outcome is not treated as a count."
        return Check(name, None, None, "information", meaning)
    block = model.blocks[0]
    count = model.parts[0].count
    family = model.form.family.replace("_", " ")
    meaning = (
        f"Counts vary {block.variance:.2f} times as much as the {family} model says (Pearson). "
        "Every interval is scaled by it, or robust to it."
    )
    if count is not None and count.alpha > 0:
        meaning += f" Extra variance of the negative binomial: alpha = {count.alpha:.3g}."
    return Check(name, block.variance, None, "information", meaning)


def other_form(series: Series, form: Form, value: float, leads: str) -> Check:
    """Estimate the level change again with, or without, a change of slope."""
    name = "form of the change"
    other = "level" if form.change == "level_and_slope" else "level_and_slope"
    try:
        model = build(series, replace(form, change=other))
    except DesignError as error:
        return Check(name, None, None, "information", f"Not done: {error.wrong}")
    row = _leading(model, {"level": 1.0}, leads)
    words = {"level": "a level change only", "level_and_slope": "a change of level and slope"}
    if form.change == "slope":
        meaning = (
            f"With a change of level and slope the level change is {row['estimate']:.3g} (p = "
            f"{p_words(row['p_value'])}); the estimate takes it to be none."
        )
        verdict: Verdict = "concern" if row["p_value"] < 0.05 else "pass"
        return Check(name, row["estimate"], row["p_value"], verdict, meaning)
    moved = abs(row["estimate"] - value)
    turned = row["estimate"] * value < 0
    verdict = "concern" if turned or moved > 0.5 * abs(value) else "pass"
    reading = (
        "The estimate hangs on which form the change is given; decide it from the theory, before "
        "looking."
        if verdict == "concern"
        else "The estimate hardly depends on the form."
    )
    meaning = (
        f"With {words[other]} the level change is {row['estimate']:.3g} ({row['low']:.3g} to "
        f"{row['high']:.3g}) instead of {value:.3g}"
        f"{' (logs of rate ratios)' if form.family != 'normal' else ''}. {reading}"
    )
    return Check(name, row["estimate"], row["p_value"], verdict, meaning)


def comparison_series(series: Series, form: Form, leads: str) -> Check:
    """Say what a control series rules out, and whether the two moved alike before the start."""
    name = "comparison group"
    if series.control is None:
        meaning = (
            "There is no control series, so nothing tells the programme from anything else that "
            "changed at the same time. Add a series that the programme did not touch (`comparison`)."
        )
        return Check(name, None, None, "concern", meaning)
    early = replace(
        series,
        treated=_earlier(series.treated, series.start),
        control=_earlier(series.control, series.start),
    )
    try:
        model = build(early, replace(form, change="none"))
        row = _leading(model, {"trend": 1.0}, leads)
    except DesignError as error:
        return Check(name, None, None, "information", f"Not compared: {error.wrong}")
    p = row["p_value"]
    differ = bool(p < 0.05)
    meaning = (
        f"Before the start the trends of the two series differ by {row['estimate']:.3g} a period "
        f"(p = {p_words(p)}). "
        + (
            "They moved apart already; the estimate takes that to go on in a straight line."
            if differ
            else "No difference of trends was found; that does not show they would have stayed alike."
        )
    )
    return Check(name, row["estimate"], p, "concern" if differ else "pass", meaning)
