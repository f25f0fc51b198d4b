"""The one layer that draws: a frozen record of what is shown goes in, an SVG element comes out.

matplotlib is imported when the first picture is drawn, with its SVG canvas only; text stays text,
no date is written, and ids are salted, so that the same record gives the same bytes.
"""

from __future__ import annotations

import io
import textwrap
from dataclasses import dataclass
from typing import Any, Literal

from evalkit.report.svg import clean, named

INK, MUTED, RULE, BAND, PAPER = "#1f2933", "#52606d", "#c3cbd3", "#e8eef2", "#ffffff"
Look = Literal["up", "down", "about nil", "imprecise", "plain"]
COLOURS: dict[str, str] = {
    "up": "#146c43",
    "down": "#b3261e",
    "about nil": "#1b5fa6",
    "imprecise": "#4b5563",
    "plain": "#14505c",
}
MARKERS: dict[str, str] = {"up": "^", "down": "v", "about nil": "s", "imprecise": "o", "plain": "o"}
"""The shape of a mark by state; with colour and a word, so that none of the three stands alone."""
FILLS: dict[str, str] = {
    "agreement": "#d3eadd",
    "partial agreement": "#e3eef8",
    "dissonance": "#fbdcd8",
    "silence of one strand": "#f3ead3",
    "not comparable": "#eceff2",
}
_WIDTH = 7.6
_LEADING = 10.5
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.edgecolor": RULE,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
}


@dataclass(frozen=True, slots=True)
class Row:
    """An interval in a list of intervals: what it is, its ends and middle, its state in a word."""

    label: str
    low: float
    value: float
    high: float
    look: Look = "plain"
    word: str = ""
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """Intervals one under the other, on one axis.

    ``band`` is shaded (changes too small to matter); `left` and `right` say what each side means.
    """

    rows: tuple[Row, ...]
    axis: str
    band: tuple[float, float] | None = None
    left: str = ""
    right: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A period: its name, the difference in it, its interval (None where there is none)."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    before: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """Differences by period, and the period after which the programme was there."""

    points: tuple[Point, ...]
    axis: str
    band: tuple[float, float] | None = None
    start: str = "start of the programme"


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of a grid: its word, which decides its colour, and the marks that stand in it."""

    word: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """Fields by row and column."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    row_title: str
    column_title: str


def draw(what: Rows | Series | Grid, *, title: str, alt: str, id: str) -> str:
    """Return a record drawn as an SVG element with this title and alternative text."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.BytesIO()
    style: Any = {**_STYLE, "svg.hashsalt": id}
    with rc_context(style):
        canvas: Any = FigureCanvasSVG(_figure(what))
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        canvas.print_svg(buffer, metadata=nothing)
    return named(buffer.getvalue().decode("utf-8"), title=title, desc=alt, id=id)


def _figure(what: Rows | Series | Grid) -> Any:
    if isinstance(what, Rows):
        return _rows(what)
    return _series(what) if isinstance(what, Series) else _grid(what)


def _new(height: float, left: float, right: float, bottom: float, top: float) -> tuple[Any, Any]:
    """Return a figure and its axes; margins in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height))
    figure.patch.set_facecolor(PAPER)
    box = (
        left / _WIDTH,
        bottom / height,
        (_WIDTH - left - right) / _WIDTH,
        (height - bottom - top) / height,
    )
    axes = figure.add_axes(box)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _wrapped(text: str, width: int, lines: int = 2) -> list[str]:
    """Return a text as at most so many lines."""
    return textwrap.wrap(clean(text), width, max_lines=lines, placeholder=" …")


def _write(
    axes: Any, lines: list[str], at: tuple[Any, Any, Any], off: tuple[float, float], **look: Any
) -> None:
    """Write lines one by one around a place, each anchored by itself.

    A text of several lines would be placed by the widths it has in matplotlib's own font, and the
    reader's font is another. `at` is x, y and their coordinates; `off` is in points.
    """
    x, y, coords = at
    for number, line in enumerate(lines):
        down = _LEADING * (number - (len(lines) - 1) / 2)
        axes.annotate(
            line,
            (x, y),
            xycoords=coords,
            xytext=(off[0], off[1] - down),
            textcoords="offset points",
            va="center_baseline",
            annotation_clip=False,
            **look,
        )


def _rows(what: Rows) -> Any:
    height = 0.95 + 0.38 * len(what.rows)
    figure, axes = _new(height, 2.45, 1.35, 0.6, 0.35)
    if what.band:
        axes.axvspan(*what.band, color=BAND, linewidth=0, zorder=0)
    axes.axvline(0, color=MUTED, linewidth=1, zorder=1)
    for at, row in enumerate(what.rows):
        _row(axes, at, row)
    axes.set_ylim(len(what.rows) - 0.4, -0.6)
    axes.set_yticks([])
    axes.set_xlabel(clean(what.axis)[:80], fontsize=9)
    _sides(axes, what)
    return figure


def _row(axes: Any, at: int, row: Row) -> None:
    colour, size = COLOURS[row.look], 5.0 if row.minor else 7.0
    axes.plot((row.low, row.high), (at, at), color=colour, linewidth=1.2 if row.minor else 2.2)
    fill = PAPER if row.minor else colour
    marker = MARKERS[row.look]
    axes.plot(
        (row.value,), (at,), marker=marker, markersize=size, color=colour, markerfacecolor=fill
    )
    where = axes.get_yaxis_transform()
    name = {"color": MUTED if row.minor else INK, "fontsize": 8.5}
    _write(axes, _wrapped(row.label, 38), (0, at, where), (-8, 0), ha="right", **name)
    _write(axes, [clean(row.word)], (1, at, where), (9, 0), fontsize=8.5, color=colour)


def _sides(axes: Any, what: Rows) -> None:
    reach = max((abs(end) for row in what.rows for end in (row.low, row.high)), default=1.0)
    reach = 1.08 * max(reach, *(abs(end) for end in what.band or (0.0,)), 1e-9)
    axes.set_xlim(-reach, reach)
    for x, words, side in ((0, what.left, "left"), (1, what.right, "right")):
        place = (x, 1, "axes fraction")
        _write(axes, [clean(words)], place, (0, 9), ha=side, fontsize=8.5, color=MUTED)


def _series(what: Series) -> Any:
    figure, axes = _new(3.3, 0.8, 0.3, 0.55, 0.4)
    if what.band:
        axes.axhspan(*what.band, color=BAND, linewidth=0, zorder=0)
    axes.axhline(0, color=MUTED, linewidth=1, zorder=1)
    for at, point in enumerate(what.points):
        _point(axes, at, point)
    before = sum(point.before for point in what.points)
    if 0 < before < len(what.points):
        axes.axvline(before - 0.5, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        place = (before - 0.5, 1, axes.get_xaxis_transform())
        _write(axes, [clean(what.start)], place, (4, 9), fontsize=8.5, color=MUTED)
    axes.set_xlim(-0.6, len(what.points) - 0.4)
    step = max(1, -(-len(what.points) // 14))  # at most fourteen names fit side by side
    shown = range(0, len(what.points), step)
    axes.set_xticks(list(shown), [clean(what.points[at].label)[:12] for at in shown])
    axes.tick_params(axis="both", length=0)
    axes.set_ylabel(clean(what.axis)[:42], fontsize=9)
    return figure


def _point(axes: Any, at: int, point: Point) -> None:
    colour = MUTED if point.before else COLOURS["plain"]
    if point.low is not None and point.high is not None:
        axes.plot((at, at), (point.low, point.high), color=colour, linewidth=2)
    fill = PAPER if point.before else colour
    axes.plot((at,), (point.value,), marker="o", markersize=7, color=colour, markerfacecolor=fill)


def _grid(what: Grid) -> Any:
    height = 0.95 + 0.78 * len(what.rows)
    figure, axes = _new(height, 1.5, 0.1, 0.1, 0.8)
    axes.spines["bottom"].set_visible(False)
    for y, line in enumerate(what.cells):
        for x, cell in enumerate(line):
            _field(axes, x, y, cell)
    axes.set_xlim(-0.5, len(what.columns) - 0.5)
    axes.set_ylim(len(what.rows) - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks([])
    for x, name in enumerate(what.columns):
        place = (x, 1, axes.get_xaxis_transform())
        _write(axes, _wrapped(name, 15), place, (0, 14), ha="center", fontsize=8.5)
    for y, name in enumerate(what.rows):
        place = (0, y, axes.get_yaxis_transform())
        _write(axes, _wrapped(name, 15), place, (-8, 0), ha="right", fontsize=8.5)
    axes.xaxis.set_label_position("top")
    axes.set_xlabel(clean(what.column_title), fontsize=9, fontweight="bold", labelpad=32)
    axes.set_ylabel(clean(what.row_title), fontsize=9, fontweight="bold", labelpad=84)
    return figure


def _field(axes: Any, x: int, y: int, cell: Cell) -> None:
    from matplotlib.patches import Rectangle

    fill = FILLS.get(cell.word, PAPER) if cell.marks else PAPER
    axes.add_patch(
        Rectangle((x - 0.48, y - 0.47), 0.96, 0.94, facecolor=fill, edgecolor=RULE, linewidth=0.8)
    )
    if cell.marks:
        place = (x, y, "data")
        marks = _wrapped(", ".join(cell.marks), 17, 3)
        _write(axes, marks, place, (0, 9), ha="center", fontsize=8.5, fontweight="bold")
        _write(axes, _wrapped(cell.word, 15), place, (0, -15), ha="center", fontsize=7.5)
