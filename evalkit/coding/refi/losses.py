"""What other programs will not see of a project: the loss report of an export."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.coding.model import CodingProject, Loss
from evalkit.coding.refi.carried import KINDS, Carried, code_fields, guids_of
from evalkit.coding.refi.lexical import key
from evalkit.coding.refi.registry import Registry
from evalkit.coding.refi.tally import Tally, losses, note

_OURS = ("id", "guid", "file", "line", "selection", "sha256", "encoding", "newline")
"""Fields that only say where things are kept; nobody misses them elsewhere."""

_IN_MEMO = "REFI-QDA has no place for it; it is kept in the memo `evalkit`"
_CODES = "it stands as text at the end of the code's description"
_CLAIMS = "claims travel as links between codes; the rest is kept in the memo `evalkit`"
_THEORY = "links of the theory travel as links and a graph, and in the code's description"


def report(project: CodingProject, carried: Carried, given: Registry) -> tuple[Loss, ...]:
    """Return the report of an export from what had to be carried apart."""
    tally: Tally = {}
    for field, ids in code_fields(project.codebook.codes).items():
        why = _THEORY if field == "links" else _CODES
        for id in ids:
            note(tally, f"Code.{field}", why, id, "changed")
    for name, found in carried.get("kinds", {}).items():
        kind, _ = KINDS[name]
        guids = guids_of(kind, given)
        things = zip(guids, getattr(project, name), strict=False)  # users may have been added
        _report_kind(name, found, {key(guid): one.id for guid, one in things}, tally)
    for field in carried.get("project", {}):
        if field not in _OURS:
            note(tally, f"CodingProject.{field}", _IN_MEMO, project.name)
    return losses(tally)


def _report_kind(name: str, found: Carried, names: Mapping[str, str], tally: Tally) -> None:
    word = KINDS[name][1].__name__
    for guid, differing in found.get("changed", {}).items():
        for field in (field for field in differing if field not in _OURS):
            note(tally, f"{word}.{field}", _IN_MEMO, names[guid])
    for guid in found.get("whole", {}):
        if name == "claims":
            note(tally, word, _CLAIMS, names[guid], "changed")
        else:
            note(tally, word, _IN_MEMO, names[guid])
