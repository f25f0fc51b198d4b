"""The theory as a picture: SVG with the verdict on each link in colour, line style and words.

Only presentation attributes are used, no style sheet and no script, so that the picture may stand
in a page whose content security policy allows neither.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from evalkit.errors import EvalkitError, nearest
from evalkit.theory.labels import LABEL_HEIGHT, LABEL_SIZE, Label, place_labels
from evalkit.theory.layout import LINE_HEIGHT, MARGIN, TYPE_SIZE, Box, Layout, lay_out
from evalkit.theory.mini import mini_theory
from evalkit.theory.model import Node, Theory
from evalkit.theory.outline import SECTION_WORDS, theory_outline
from evalkit.theory.routes import ARROW, Route, Segment
from evalkit.theory.wrap import width_of

__all__ = ["SECTION_WORDS", "VERDICTS", "mini_theory", "theory_outline", "theory_svg"]

INK = "#1f2933"
PAPER = "#ffffff"
BAND = "#f3f5f7"
EDGE = "#52606d"
MARKED = "#ffe08a"
FONT = "Arial, Helvetica, sans-serif"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
GAP_PLAIN, GAP_WITH_WORDS = 84.0, 106.0


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a link is drawn: colour, width, dashes, whether it is a double line; and a short name."""

    slug: str
    colour: str
    width: float
    dashes: str = ""
    double: bool = False


VERDICTS: Mapping[str, Stroke] = {
    "supported": Stroke("supported", "#146c43", 3.2),
    "plausible": Stroke("plausible", "#1b5fa6", 2.4, "11 4"),
    "mixed": Stroke("mixed", "#8a5200", 2.4, "11 3 2.5 3"),
    "not shown": Stroke("not-shown", "#4b5563", 1.8, "5 4"),
    "contradicted": Stroke("contradicted", "#b3261e", 5.2, double=True),
    "not tested": Stroke("not-tested", "#5f6b78", 1.5, "1.5 3.5"),
}
"""How each verdict looks. Every colour has at least 4.5:1 against white (WCAG 2.2, 1.4.3)."""

PLAIN = Stroke("plain", "#46545f", 1.6)


def theory_svg(
    theory: Theory,
    *,
    title: str,
    desc: str,
    verdicts: Mapping[str, str] | None = None,
    id_prefix: str = "theory",
    highlight: Collection[str] = (),
) -> str:
    """Draw a theory.

    Parameters
    ----------
    theory : Theory
        What to draw.
    title, desc : str
        Name and description for people who do not see the picture; put `theory_outline` beside it.
    verdicts : mapping of str to str, optional
        Verdict by link id, one of `VERDICTS`; links left out count as "not tested". Without it
        the links are drawn plainly.
    id_prefix : str
        Begins every ``id`` in the picture; must differ between pictures of one page.
    highlight : collection of str
        Ids of boxes and links to mark with a band behind them.

    Returns
    -------
    str
        An ``<svg>`` element. The same theory gives the same text, whatever the machine.

    Raises
    ------
    EvalkitError
        A verdict that is not known.
    """
    _check_verdicts(verdicts)
    gap = GAP_PLAIN if verdicts is None else GAP_WITH_WORDS
    layout = lay_out(theory, gap_width=gap)
    prefix = "".join(each if each.isalnum() or each in "-_" else "-" for each in id_prefix)
    looks = _looks(layout, verdicts)
    legend, legend_height = _legend(theory, layout, looks)
    height = layout.height + legend_height
    nodes = {node.id: node for node in theory.nodes}
    labels = place_labels(layout, _words(theory, layout, verdicts))
    width = max([layout.width, *(label.x + label.width / 2 + MARGIN for label in labels)])
    parts = [
        _opening(prefix, width, height),
        f'<title id="{prefix}-title">{_t(title)}</title>',
        f'<desc id="{prefix}-desc">{_t(desc)}</desc>',
        _markers(prefix, looks),
        f'<rect width="{_n(width)}" height="{_n(height)}" fill="{PAPER}"/>',
        *_columns(layout),
        *_bands(layout, highlight),
        *_links(layout, looks, prefix),
        *(_box(box, nodes[box.id]) for box in layout.boxes),
        *(_label(label, looks[label.link]) for label in labels),
        *legend,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _opening(prefix: str, width: float, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'aria-labelledby="{prefix}-title {prefix}-desc" '
        f'viewBox="0 0 {_n(width)} {_n(height)}" '
        f'width="{_n(width)}" height="{_n(height)}" font-family="{FONT}">'
    )


def _check_verdicts(verdicts: Mapping[str, str] | None) -> None:
    for link, verdict in (verdicts or {}).items():
        if verdict not in VERDICTS:
            hint = nearest(verdict, VERDICTS)
            do = f"Use one of: {', '.join(VERDICTS)}.{hint}"
            raise EvalkitError(f"`{verdict}` (for `{link}`) is not a verdict.", do=do)


def _looks(layout: Layout, verdicts: Mapping[str, str] | None) -> dict[str, Stroke]:
    """Return how each link is drawn."""
    if verdicts is None:
        return {route.link: PLAIN for route in layout.routes}
    return {route.link: VERDICTS[verdicts.get(route.link, "not tested")] for route in layout.routes}


def _words(theory: Theory, layout: Layout, verdicts: Mapping[str, str] | None) -> dict[str, str]:
    """Return the words on each link: its verdict, and that it is feedback."""
    loops = {link.id for link in theory.links if link.loop}
    loops |= {route.link for route in layout.routes if route.kind == "back"}
    found = {}
    for route in layout.routes:
        said = [] if verdicts is None else [verdicts.get(route.link, "not tested")]
        said = [*(["feedback"] if route.link in loops else []), *said]
        found[route.link] = ": ".join(said)
    return found


def _markers(prefix: str, looks: Mapping[str, Stroke]) -> str:
    shown = set(looks.values())
    heads = [
        f'<marker id="{prefix}-{stroke.slug}" markerUnits="userSpaceOnUse" '
        f'markerWidth="{_n(ARROW)}" markerHeight="9" refX="0" refY="4.5" orient="auto">'
        f'<path d="M0 0 L{_n(ARROW)} 4.5 L0 9 Z" fill="{stroke.colour}"/></marker>'
        for stroke in (PLAIN, *VERDICTS.values())
        if stroke in shown
    ]
    return f"<defs>{''.join(heads)}</defs>"


def _columns(layout: Layout) -> list[str]:
    parts = []
    for column in layout.columns:
        x, middle = column.x - 6, column.x + column.width / 2
        parts.append(
            f'<rect x="{_n(x)}" y="{_n(MARGIN / 2)}" width="{_n(column.width + 12)}" '
            f'height="{_n(layout.height - MARGIN)}" rx="8" fill="{BAND}"/>'
        )
        parts.append(
            f'<text x="{_n(middle)}" y="{_n(MARGIN + 16)}" text-anchor="middle" '
            f'font-size="14" font-weight="bold" fill="{INK}">{_t(SECTION_WORDS[column.section])}</text>'
        )
    return parts


def _bands(layout: Layout, highlight: Collection[str]) -> list[str]:
    lines = [
        f'<path d="{_path(route.segments)}" fill="none" stroke="{MARKED}" stroke-width="11"/>'
        for route in layout.routes
        if route.link in highlight
    ]
    boxes = [
        f'<rect x="{_n(box.x - 5)}" y="{_n(box.y - 5)}" width="{_n(box.width + 10)}" '
        f'height="{_n(box.height + 10)}" rx="9" fill="{MARKED}"/>'
        for box in layout.boxes
        if box.id in highlight
    ]
    return lines + boxes


def _links(layout: Layout, looks: Mapping[str, Stroke], prefix: str) -> list[str]:
    """Draw untested links first, so that those with a finding lie on top."""
    strength = {stroke: -at for at, stroke in enumerate(VERDICTS.values())}
    order = sorted(layout.routes, key=lambda route: strength.get(looks[route.link], 0))
    return [_link(route, looks[route.link], prefix) for route in order]


def _link(route: Route, stroke: Stroke, prefix: str) -> str:
    """Draw one link: a white edge, so that it passes visibly over those below, then the line."""
    path = _path(route.segments)
    parts = [
        f'<path d="{path}" stroke="{PAPER}" stroke-width="{_n(stroke.width + 3)}"/>',
        _line(path, stroke, f' marker-end="url(#{prefix}-{stroke.slug})"'),
    ]
    if stroke.double:
        parts.append(f'<path d="{path}" stroke="{PAPER}" stroke-width="1.8"/>')
    return f'<g fill="none" data-link={quoteattr(_clean(route.link))}>{"".join(parts)}</g>'


def _line(path: str, stroke: Stroke, more: str = "") -> str:
    dashes = f' stroke-dasharray="{stroke.dashes}"' if stroke.dashes else ""
    return f'<path d="{path}" stroke="{stroke.colour}" stroke-width="{_n(stroke.width)}"{dashes}{more}/>'


def _path(segments: Sequence[Segment]) -> str:
    first = segments[0][0]
    parts = [f"M{_n(first[0])} {_n(first[1])}"]
    for segment in segments:
        points = " ".join(f"{_n(x)} {_n(y)}" for x, y in segment[1:])
        parts.append(f"{'L' if len(segment) == 2 else 'C'}{points}")
    return " ".join(parts)


def _box(box: Box, node: Node) -> str:
    middle = box.x + box.width / 2
    top = box.y + (box.height - LINE_HEIGHT * len(box.lines)) / 2 + LINE_HEIGHT * 0.76
    lines = "".join(
        f'<tspan x="{_n(middle)}" y="{_n(top + LINE_HEIGHT * at)}">{_t(line)}</tspan>'
        for at, line in enumerate(box.lines)
    )
    whole = f"<title>{_t(node.words)}</title>" if box.cut else ""
    return (
        f"<g>{whole}"
        f'<rect x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}" '
        f'rx="5" fill="{PAPER}" stroke="{INK if node.measure else EDGE}" '
        f'stroke-width="{3 if node.measure else 1.2}"/>'
        f'<text text-anchor="middle" font-size="{_n(TYPE_SIZE)}" fill="{INK}">{lines}</text></g>'
    )


def _label(label: Label, stroke: Stroke) -> str:
    x, y = label.x - label.width / 2, label.y - label.height / 2
    return (
        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(label.width)}" height="{_n(LABEL_HEIGHT)}" '
        f'rx="3" fill="{PAPER}"/>'
        f'<text x="{_n(label.x)}" y="{_n(label.y + 3.9)}" text-anchor="middle" '
        f'font-size="{_n(LABEL_SIZE)}" font-weight="bold" '
        f'fill="{stroke.colour}">{_t(label.words)}</text>'
    )


def _legend(theory: Theory, layout: Layout, looks: Mapping[str, Stroke]) -> tuple[list[str], float]:
    """Return the legend's elements, and the height they take."""
    shown = set(looks.values())
    entries: list[tuple[str, Stroke | None]] = [
        (verdict, stroke) for verdict, stroke in VERDICTS.items() if stroke in shown
    ]
    if any(node.measure for node in theory.nodes):
        entries.append(("heavy edge: measured in this evaluation", None))
    parts, x, y = [], MARGIN, layout.height + 14
    for words, stroke in entries:
        wide = 44 + width_of(words, 12.0) + 22
        if x > MARGIN and x + wide > layout.width - MARGIN:
            x, y = MARGIN, y + 22
        parts.append(_legend_entry(words, stroke, x, y))
        x += wide
    return parts, (y - layout.height + 14 if entries else 0.0)


def _legend_entry(words: str, stroke: Stroke | None, x: float, y: float) -> str:
    if stroke is None:
        sign = (
            f'<rect x="{_n(x + 4)}" y="{_n(y - 7)}" width="28" height="14" rx="3" '
            f'fill="{PAPER}" stroke="{INK}" stroke-width="3"/>'
        )
    else:
        path = f"M{_n(x)} {_n(y)} L{_n(x + 36)} {_n(y)}"
        sign = _line(path, stroke)
        if stroke.double:
            sign += f'<path d="{path}" stroke="{PAPER}" stroke-width="1.8"/>'
    text = f'<text x="{_n(x + 42)}" y="{_n(y + 4)}" font-size="12" fill="{INK}">{_t(words)}</text>'
    return sign + text


def _n(value: float) -> str:
    """Return a number with at most one decimal, the same on every machine."""
    text = f"{value:.1f}"
    return "0" if text == "-0.0" else text.removesuffix(".0")


def _clean(text: str) -> str:
    """Leave out what XML does not allow."""
    return "".join(
        each
        for each in text
        if each >= " " and not "\ud800" <= each <= "\udfff" and each not in "\ufffe\uffff"
    )


def _t(text: str) -> str:
    return escape(_clean(" ".join(text.split())))
