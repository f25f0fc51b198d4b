"""The specification curve: an estimate under every declared choice.

Simonsohn, Simmons and Nelson (2020, Nature Human Behaviour 4): when several choices could be
defended, all of them are run and shown, not one of them chosen.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from evalkit.errors import DesignError, nearest
from evalkit.impact.again import Design, run_again
from evalkit.impact.estimate import Check, Estimate, Verdict

MOST = 500
"""Most combinations of choices in one curve."""


def with_specifications(
    estimate: Estimate,
    design: Design,
    frame: Any,
    options: Mapping[str, Any],
    *,
    vary: Mapping[str, Sequence[Any]],
    jobs: int = 1,
) -> Estimate:
    """Return the estimate with its specification curve.

    Parameters
    ----------
    estimate : Estimate
        What `design` gave with `options`.
    design : callable
        A design of ``DESIGNS``.
    frame : pandas or polars DataFrame
    options : mapping
        The design's options, ``outcome`` and ``seed`` among them.
    vary : mapping of str to list
        Option (or ``outcome``) -> the values it may take; all combinations are run. An empty value
        leaves the option out.
    jobs : int
        Worker processes of joblib; the result is the same for any number.

    Returns
    -------
    Estimate
        With ``table["specifications"]`` (one column for each choice, then estimate, std_error, low,
        high, p_value, why) in the order of the estimates, and the check ``specification curve``.

    Raises
    ------
    DesignError
        No choices, or more than 500 combinations.
    """
    from joblib import Parallel, delayed

    names = sorted(vary)
    _check_choices(vary)
    combinations = list(itertools.product(*(vary[name] for name in names)))
    made = Parallel(n_jobs=jobs)(
        delayed(_run)(design, frame, options, dict(zip(names, values, strict=True)), estimate.id)
        for values in combinations
    )
    table = pd.DataFrame(made).sort_values("estimate", kind="stable", ignore_index=True)
    return replace(
        estimate,
        table={**estimate.table, "specifications": table},
        checks=(*estimate.checks, _check(table, estimate)),
    )


def _check_choices(vary: Mapping[str, Sequence[Any]]) -> None:
    if not vary or any(isinstance(values, str) or not values for values in vary.values()):
        raise DesignError(
            "`vary` needs a list of values for each option it names.",
            do="Write, for example, `vary: {covariates: [[], [age], [age, sex]]}`.",
        )
    count = math.prod(len(values) for values in vary.values())
    if count > MOST:
        raise DesignError(
            f"`vary` makes {count} combinations; at most {MOST} are run.",
            do="Vary fewer options, or give them fewer values.",
        )


def unknown_choices(vary: Mapping[str, Any], known: Sequence[str]) -> list[str]:
    """Return a fault for every option of `vary` that the design has not."""
    return [
        f"`vary` names `{name}`, which is no option of the design.{nearest(name, known)}"
        for name in sorted(vary)
        if name not in known
    ]


def _run(
    design: Design,
    frame: Any,
    options: Mapping[str, Any],
    choice: Mapping[str, Any],
    name: str,
) -> dict[str, Any]:
    words = {option: _words(value) for option, value in choice.items()}
    label = f"{options.get('seed', 0)}:{name}:{sorted(words.items())}"
    seed = int.from_bytes(hashlib.sha256(label.encode()).digest()[:4], "big")
    kept = {**options, **choice, "seed": seed}
    kept = {option: value for option, value in kept.items() if not _empty(value)}
    return {**words, **run_again(design, frame, kept)}


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, list | tuple | str) and len(value) == 0)


def _words(value: Any) -> str:
    if _empty(value):
        return "none"
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return str(value)


def _check(table: pd.DataFrame, estimate: Estimate) -> Check:
    known = table.dropna(subset=["estimate"])
    failed = len(table) - len(known)
    if known.empty:
        meaning = "No specification could be estimated; the table says why."
        return Check("specification curve", None, None, "information", meaning)
    same = float((known["estimate"] * estimate.value > 0).mean())
    apart = float(((known["low"] > 0) | (known["high"] < 0)).mean())
    found = estimate.interval.low > 0 or estimate.interval.high < 0
    shaky = same < 0.9 or (found and apart < 0.5)
    verdict: Verdict = "fail" if same < 0.5 else "concern" if shaky else "pass"
    middle = float(known["estimate"].median())
    meaning = (
        f"{len(known)} combinations of declared choices were run"
        + (f" ({failed} more could not be)" if failed else "")
        + f": estimates from {known['estimate'].min():.3g} to {known['estimate'].max():.3g}, median "
        f"{middle:.3g}; {same:.0%} have the sign of the estimate, and {apart:.0%} of the intervals "
        "leave out zero. "
        + (
            "What is concluded depends on choices that could be defended either way."
            if shaky
            else "The conclusion does not hang on one of these choices; choices that were not "
            "declared are not covered."
        )
    )
    return Check("specification curve", middle, None, verdict, meaning)
