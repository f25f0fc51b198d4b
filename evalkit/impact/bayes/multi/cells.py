"""Rows that share what they have in common, averaged: clusters in an arm, sites in a period.

A cluster's rows are not independent evidence, and neither are those of a site in one year. For a
normal outcome their mean says all that the model of cells can learn, so each cell counts once.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evalkit.impact.bayes.collapse import Floats, Ints, cell_means
from evalkit.impact.bayes.multi.asked import Asked
from evalkit.impact.bayes.multi.read import Label, Seen


def averaged(seen: Seen, asked: Asked) -> tuple[Seen, tuple[str, ...]]:
    """Return the rows averaged over clusters in each arm, or over sites in each period.

    Rows of one cell in different areas or further groups stay apart. Without a cluster and without
    periods the rows are returned as they are.

    Parameters
    ----------
    seen : Seen
        Rows that have their outcome.
    asked : Asked

    Returns
    -------
    Seen
    tuple of str
        A note where anything was averaged.
    """
    role = asked.columns
    inner = role.time or (role.cluster if role.cluster != role.site else "")
    if not inner:
        return seen, ()
    groups = (role.site, inner, asked.area, *asked.crossed, *asked.members)
    keys: list[Floats | Ints] = [seen.label[name].code for name in groups if name]
    keys += [seen.treated, *(seen.number[name] for name in asked.member_weights)]
    _, first, cell = np.unique(
        np.column_stack(keys), axis=0, return_index=True, return_inverse=True
    )
    cell = np.asarray(cell).ravel()
    if len(first) == len(cell):
        return seen, ()
    made = replace(
        seen,
        y=cell_means(seen.y, cell, seen.weight),
        treated=seen.treated[first],
        weight=np.ones(len(first)),
        adjust=cell_means(seen.adjust, cell, seen.weight),
        number={name: values[first] for name, values in seen.number.items()},
        label={name: Label(label.code[first], label.names) for name, label in seen.label.items()},
        place=seen.place.iloc[first].reset_index(drop=True),
        row=seen.row[first],
    )
    what = f"`{inner}` in each arm" if not role.time else f"`{role.site}` and `{role.time}`"
    return made, (f"Rows were averaged over {what}: each mean counts once.",)
