"""Making a picture safe to stand in the report: named, self-contained, without style sheets.

The report's content security policy forbids ``style`` attributes and scripts. Here every style of
a picture becomes a presentation attribute, every id gets a prefix of its own, and an element or
attribute that is not on the list is left out.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

SVG = "http://www.w3.org/2000/svg"
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
_ELEMENTS = frozenset(
    "svg g path text tspan defs clipPath use rect circle ellipse line polygon polyline marker".split()  # noqa: SIM905 (a list of words)
)
_ATTRIBUTES = frozenset(
    (  # noqa: SIM905 (a list of words)
        "id d x y x1 y1 x2 y2 cx cy r rx ry width height viewBox transform points fill stroke "
        "fill-opacity stroke-opacity opacity stroke-width stroke-dasharray stroke-dashoffset "
        "stroke-linejoin stroke-linecap stroke-miterlimit font-size font-family font-weight "
        "font-style text-anchor clip-path clip-rule fill-rule marker-end markerUnits markerWidth "
        "markerHeight refX refY orient role aria-labelledby href preserveAspectRatio"
    ).split(" ")
)
_POINTS_AT_ID = re.compile(r"url\(#([^)]+)\)")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"


def clean(text: str) -> str:
    """Return text without what XML does not allow, on one line."""
    return " ".join(writable(text).split())


def writable(text: str) -> str:
    """Return text without control characters and halves of characters, which no file may hold."""
    return _NOT_XML.sub("", text)


def named(svg: str, *, title: str, desc: str, id: str) -> str:
    """Return a picture as an ``<svg>`` element with title, description, role and its own ids.

    Parameters
    ----------
    svg : str
        A whole SVG document.
    title, desc : str
        Name and description; any that the picture has already are replaced.
    id : str
        Begins every id in it; different for each picture of a page.
    """
    root = ET.fromstring(svg)  # noqa: S314 (drawn by evalkit; text was escaped on drawing)
    _strip(root)
    _prefix_ids(root, id)
    for name, words in (("desc", desc), ("title", title)):
        element = ET.Element(f"{{{SVG}}}{name}", {"id": f"{id}-{name}"})
        element.text = clean(words)
        root.insert(0, element)
    root.set("role", "img")
    root.set("aria-labelledby", f"{id}-title {id}-desc")
    root.attrib.pop("id", None)
    ET.register_namespace("", SVG)
    return ET.tostring(root, encoding="unicode")


def _strip(element: ET.Element) -> None:
    """Keep what is on the lists, with styles as attributes."""
    for child in list(element):
        if _local(child.tag) not in _ELEMENTS:
            element.remove(child)
    kept = dict(_attributes(element))
    element.attrib.clear()
    element.attrib.update(kept)
    for child in element:
        _strip(child)
        child.tail = None if _local(child.tag) != "tspan" else child.tail
    if _local(element.tag) == "svg":
        element.attrib.setdefault("stroke-linejoin", "round")
        for side in ("width", "height"):
            element.set(side, element.get(side, "").removesuffix("pt"))


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _attributes(element: ET.Element) -> Iterator[tuple[str, str]]:
    for name, value in element.attrib.items():
        if name == _XLINK_HREF:
            yield "href", value
        elif name in _ATTRIBUTES:
            yield name, value
    for rule in element.get("style", "").split(";"):
        name, _, value = rule.partition(":")
        if name.strip() == "font":
            yield from _font(value.strip())
        elif name.strip() == "font-family":
            yield "font-family", FONT
        elif name.strip() in _ATTRIBUTES:
            yield name.strip(), value.strip()


def _font(value: str) -> Iterator[tuple[str, str]]:
    """Take the shorthand ``700 10px 'DejaVu Sans'`` apart."""
    size = re.search(r"([0-9.]+)px", value)
    if size:
        yield "font-size", size[1]
    weight = re.search(r"\b(bold|[1-9]00)\b", value)
    if weight:
        yield "font-weight", weight[1]
    if "italic" in value:
        yield "font-style", "italic"
    yield "font-family", FONT


def _prefix_ids(root: ET.Element, prefix: str) -> None:
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name == "id":
                element.set(name, f"{prefix}-{value}")
            elif name == "href":
                if value.startswith("#"):
                    element.set(name, f"#{prefix}-{value[1:]}")
                else:
                    del element.attrib[name]
            elif "url(" in value:
                element.set(name, _POINTS_AT_ID.sub(rf"url(#{prefix}-\1)", value))
