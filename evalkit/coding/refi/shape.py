"""What REFI-QDA 1.5 allows inside what, and where a file departs from it."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from evalkit.coding.package import local
from evalkit.coding.refi.tally import Tally, note

PROJECT = "urn:QDA-XML:project:1.0"
CODEBOOK = "urn:QDA-XML:codebook:1.0"

_CODED = ("Description", "Coding", "NoteRef")
_TEXT = (
    "Description",
    "PlainTextContent",
    "PlainTextSelection",
    "Coding",
    "NoteRef",
    "VariableValue",
)
_END = ("Coding", "NoteRef", "VariableValue")
ORDER: dict[str, tuple[str, ...]] = {
    "Project": (
        *("Users", "CodeBook", "Variables", "Cases", "Sources", "Notes"),
        *("Links", "Sets", "Graphs", "Description", "NoteRef"),
    ),
    "CodeBook": ("Codes", "Sets"),
    "Code": ("Description", "NoteRef", "Code"),
    "Variable": ("Description",),
    "VariableValue": (
        *("VariableRef", "TextValue", "BooleanValue", "IntegerValue"),
        *("FloatValue", "DateValue", "DateTimeValue"),
    ),
    "Case": ("Description", "CodeRef", "VariableValue", "SourceRef", "SelectionRef"),
    "TextSource": _TEXT,
    "Note": _TEXT,
    "Representation": _TEXT,
    "TextDescription": _TEXT,
    "PlainTextSelection": _CODED,
    "PictureSource": ("Description", "TextDescription", "PictureSelection", *_END),
    "PictureSelection": _CODED,
    "PDFSource": ("Description", "PDFSelection", "Representation", *_END),
    "PDFSelection": ("Description", "Representation", "Coding", "NoteRef"),
    "AudioSource": ("Description", "Transcript", "AudioSelection", *_END),
    "AudioSelection": _CODED,
    "VideoSource": ("Description", "Transcript", "VideoSelection", *_END),
    "VideoSelection": _CODED,
    "Transcript": (
        *("Description", "PlainTextContent", "SyncPoint", "TranscriptSelection", "NoteRef"),
    ),
    "TranscriptSelection": _CODED,
    "Coding": ("CodeRef", "NoteRef"),
    "Link": ("NoteRef",),
    "Set": ("Description", "MemberCode", "MemberSource", "MemberNote"),
    "Graph": ("Vertex", "Edge"),
}
"""The children of each element in their order."""

_HOLDERS: dict[str, tuple[str, ...]] = {
    "Users": ("User",),
    "Codes": ("Code",),
    "Variables": ("Variable",),
    "Cases": ("Case",),
    "Sources": ("TextSource", "PictureSource", "PDFSource", "AudioSource", "VideoSource"),
    "Notes": ("Note",),
    "Links": ("Link",),
    "Sets": ("Set",),
    "Graphs": ("Graph",),
}
"""Elements that hold one or more of a kind, in any order."""


def check_shape(root: Element, namespace: str, tally: Tally) -> None:
    """Report a wrong namespace, empty holders, children out of order, and unknown elements."""
    found = str(root.tag).rpartition("}")[0].removeprefix("{")
    if found != namespace:
        note(tally, local(root.tag), f"its namespace is not `{namespace}`", found, "deviation")
    for node in root.iter():
        _check(node, tally)


def _check(node: Element, tally: Tally) -> None:
    tag = local(node.tag)
    tags = [local(child.tag) for child in node]
    if tag in _HOLDERS and not tags:
        note(tally, tag, "an empty list, which the standard does not allow", tag, "deviation")
    allowed = ORDER.get(tag) or _HOLDERS.get(tag, ())
    for unknown in (child for child in tags if child not in allowed):
        note(tally, unknown, f"the standard knows no such element in {tag}", node.get("name", tag))
    places = [allowed.index(child) for child in tags if child in allowed]
    if tag in ORDER and places != sorted(places):
        why = "its parts are not in the order of the standard"
        note(tally, tag, why, node.get("name", tag), "deviation")
