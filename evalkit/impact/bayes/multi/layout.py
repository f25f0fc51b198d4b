"""The full row model: fixed columns, and blocks of groups whose levels, changes and effects vary.

Everything a row model of one outcome needs, whatever its family::

    predictor = fixed @ coefficients + sum over blocks of (the group's own vector . the row's features)

A feature is a level (1), a change after the first start (`late`) or the effect (`effect`, 1 where
treated). The three kinds of comparison are those of `sites.py`; with `time` every site has a level
and a change of its own, so that the years of a site are never taken for independent evidence
(Bertrand, Duflo and Mullainathan 2004).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evalkit.impact.bayes.collapse import Floats, Ints
from evalkit.impact.bayes.multi.asked import Asked
from evalkit.impact.bayes.multi.blocks import Block, Feature, Kind, blocks_of, mixed_groups
from evalkit.impact.bayes.multi.moderators import Moderators, site_moderators
from evalkit.impact.bayes.multi.read import Bools, Seen
from evalkit.impact.frame import Faults


@dataclass(frozen=True)
class Layout:
    """The rows of a model of one outcome.

    Attributes
    ----------
    kind : {"change", "within", "between"}
    y, weight, size : numpy.ndarray, shape (rows,)
        `size` is the number of trials or the exposure, 1 where there is none.
    treated, late : numpy.ndarray, shape (rows,)
    site : numpy.ndarray of int, shape (rows,)
        Codes of `sites`.
    fixed : numpy.ndarray, shape (rows, columns)
        The columns named by `names`: the level, the effect, moderators of the effect, and what is
        adjusted for.
    names, roles : tuple of str
        Roles are ``level``, ``effect``, ``moderators`` and ``adjust``.
    blocks : tuple of Block
    sites : tuple of str
    studied : tuple of int
        Codes of the treated sites, whose effects are reported.
    moderators : Moderators
        By studied site.
    notes : tuple of str
    """

    kind: Kind
    y: Floats
    weight: Floats
    size: Floats
    treated: Floats
    late: Floats
    site: Ints
    fixed: Floats
    names: tuple[str, ...]
    roles: tuple[str, ...]
    blocks: tuple[Block, ...]
    sites: tuple[str, ...]
    studied: tuple[int, ...]
    moderators: Moderators
    notes: tuple[str, ...]

    def multiplier(self, feature: Feature) -> Floats:
        """Return what a feature is multiplied by in each row."""
        if feature == "level":
            return np.ones(len(self.y))
        return self.late if feature == "late" else self.treated

    def under_programme(self, site: int) -> Bools:
        """Return the rows of one site that are under the programme."""
        return np.asarray((self.site == site) & (self.treated == 1))


def layout_of(seen: Seen, asked: Asked) -> tuple[Layout | None, Faults]:
    """Return the rows and blocks of a model, or every reason why there are none."""
    use = ~np.isnan(seen.y[:, 0])
    label = seen.label[asked.columns.site]
    mixed = mixed_groups(label.code[use], seen.treated[use], len(label.names))
    kind: Kind = "change" if asked.columns.time else "within" if mixed.any() else "between"
    notes: tuple[str, ...] = ()
    if kind == "within":
        notes = _left_out(label.names, ~mixed & (np.bincount(label.code, minlength=len(mixed)) > 0))
        use = use & mixed[label.code]
    late, faults = _late(seen, asked, use)
    if faults:
        return None, faults
    treated = seen.treated[use]
    studied = np.unique(label.code[use][treated == 1])
    moderators, faults = site_moderators(seen.place, label.code, studied)
    faults += _count_faults(label.code[use], treated, kind, asked)
    if faults:
        return None, faults
    names, roles, fixed = _fixed(seen, asked, use, (late, moderators, studied))
    blocks, more = blocks_of(seen, asked, use, kind)
    layout = Layout(
        kind=kind,
        y=seen.y[use, 0],
        weight=seen.weight[use],
        size=_size(seen, asked, use),
        treated=treated.astype(float),
        late=late,
        site=label.code[use],
        fixed=fixed,
        names=names,
        roles=roles,
        blocks=blocks,
        sites=label.names,
        studied=tuple(int(i) for i in studied),
        moderators=moderators,
        notes=notes + more + _dropped(seen),
    )
    return layout, []


def _left_out(names: tuple[str, ...], out: Bools) -> tuple[str, ...]:
    lost = [names[i] for i in np.flatnonzero(out)]
    if not lost:
        return ()
    shown = ", ".join(lost[:5]) + (", ..." if len(lost) > 5 else "")
    return (f"Left out: {len(lost)} sites without both treated and untreated rows ({shown}).",)


def _dropped(seen: Seen) -> tuple[str, ...]:
    if not seen.dropped:
        return ()
    return (f"{seen.dropped} rows were left out because a value they need is missing.",)


def _size(seen: Seen, asked: Asked, use: Bools) -> Floats:
    name = asked.trials or asked.exposure
    return seen.number[name][use] if name else np.ones(int(use.sum()))


def _late(seen: Seen, asked: Asked, use: Bools) -> tuple[Floats, Faults]:
    """Return 1 from the first start of any site on, or what stands in the way of a change."""
    role = asked.columns
    if not role.time:
        return np.zeros(int(use.sum())), []
    time, site = seen.label[role.time].code[use], seen.label[role.site].code[use]
    treated = seen.treated[use]
    cell = site * (int(time.max()) + 1) + time
    if mixed_groups(cell, treated, int(cell.max()) + 1).any():
        wrong = f"`{role.treatment}` differs between rows of one site in one period."
        return np.zeros(0), [
            (wrong, "Leave out `time:` to compare inside sites, or make it one value.")
        ]
    start = int(time[treated == 1].min())
    names = seen.label[role.site].names
    for one in np.unique(site[treated == 1]):
        mine = site == one
        first = int(time[mine & (treated == 1)].min())
        if (treated[mine & (time >= first)] == 0).any():
            wrong = f"`{role.treatment}` goes back to 0 in some sites, such as `{names[one]}`."
            return np.zeros(0), [
                (wrong, "A programme that stops needs another design; end the rows there.")
            ]
    if start == int(time.min()):
        wrong = f"No period lies before the first start (`{role.treatment}` = 1)."
        return np.zeros(0), [(wrong, "Add earlier periods, with 0 in them, or leave out `time:`.")]
    return (time >= start).astype(float), []


def _count_faults(site: Ints, treated: Ints, kind: Kind, asked: Asked) -> Faults:
    faults: Faults = []
    on = np.unique(site[treated == 1])
    never = np.setdiff1d(np.unique(site), on)
    if kind == "within":
        if len(on) < 2:
            wrong = "Only one site has treated and untreated rows."
            faults.append((wrong, "Use `randomised` or `matching` for one site."))
        return faults
    if len(on) < 2:
        wrong = f"Only {len(on)} treated site can be used; effects of sites are pooled from 2 on."
        remedy = "Use `difference_in_differences` or `synthetic_control` for one treated site."
        faults.append((wrong, remedy))
    if len(never) < 3:
        wrong = (
            f"Only {len(never)} untreated sites (`{asked.columns.site}`) can be compared with; at "
            "least 3 are needed."
        )
        remedy = "Add untreated sites, or use `staggered_adoption` when all start in the end."
        faults.append((wrong, remedy))
    return faults


# --- fixed columns --------------------------------------------------------------------------------


def _fixed(
    seen: Seen, asked: Asked, use: Bools, parts: tuple[Floats, Moderators, Ints]
) -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
    """Return names, roles and values of the fixed columns; what is adjusted for is standardised."""
    late, moderators, studied = parts
    treated = seen.treated[use].astype(float)
    site = seen.label[asked.columns.site].code[use]
    columns: list[tuple[str, str, Floats]] = [
        ("level", "level", np.ones(len(treated))),
        ("effect", "effect", treated),
    ]
    at = np.full(int(site.max()) + 1, -1)
    at[studied] = np.arange(len(studied))
    of_row = np.where((at[site] >= 0)[:, None], moderators.standard[at[site]], 0.0)
    for k, name in enumerate(moderators.names):
        columns.append((name, "moderators", of_row[:, k] * treated))
        if not asked.columns.time and (treated < 1)[at[site] >= 0].any():
            columns.append((f"{name}: level", "adjust", of_row[:, k]))
    columns += _share(site, treated, asked)
    for k, name in enumerate(asked.columns.adjust):
        columns += _adjusting(name, seen.adjust[use, k], late, asked)
    columns += _periods(seen, asked, use)
    names, roles = tuple(one[0] for one in columns), tuple(one[1] for one in columns)
    return names, roles, np.column_stack([one[2] for one in columns])


def _share(site: Ints, treated: Floats, asked: Asked) -> list[tuple[str, str, Floats]]:
    """Return each site's share under the programme, where sites have different ones.

    Levels of sites that go with their share would otherwise be taken for an effect (Mundlak 1978).
    """
    count = np.bincount(site)
    share = np.bincount(site, treated) / np.maximum(count, 1)
    values = share[site] - share[site].mean()
    inside = ((share > 0) & (share < 1)).any()
    if asked.columns.time or not inside or values.std() < 0.01:
        return []
    return [("share of the site's rows under the programme", "adjust", values / values.std())]


def _adjusting(
    name: str, values: Floats, late: Floats, asked: Asked
) -> list[tuple[str, str, Floats]]:
    spread = values.std()
    if spread == 0:
        return []
    scaled = (values - values.mean()) / spread
    made = [(name, "adjust", scaled)]
    if asked.columns.time:  # what stood before may go with another change
        made.append((f"{name}: change", "adjust", scaled * late))
    return made


def _periods(seen: Seen, asked: Asked, use: Bools) -> list[tuple[str, str, Floats]]:
    if not asked.columns.time:
        return []
    label = seen.label[asked.columns.time]
    code = label.code[use]
    return [
        (f"{asked.columns.time} {label.names[one]}", "adjust", (code == one).astype(float))
        for one in np.unique(code)[1:]
    ]


def groupings(layout: Layout) -> Mapping[str, tuple[str, ...]]:
    """Return the groupings beside sites whose effects vary, and their groups."""
    own = layout.blocks[0].name
    return {
        block.name: block.names
        for block in layout.blocks
        if block.name != own and "effect" in block.features
    }
