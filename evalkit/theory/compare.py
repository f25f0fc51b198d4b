"""What changed between two versions of a theory."""

from __future__ import annotations

from dataclasses import dataclass, fields

from evalkit.theory.model import Link, Node, Theory

_WHERE = {"line"}  # where a thing stands in its file is no change of the theory


@dataclass(frozen=True, slots=True)
class Changed:
    """A part that is in both versions and differs: its id, and ``(what, before, now)`` each."""

    id: str
    differs: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed from one version of a theory to the next.

    Attributes
    ----------
    before, now : int
        The versions compared.
    purpose : tuple of str
        The purpose before and now; empty when it is the same.
    nodes_added, nodes_removed : tuple of str
        Ids of boxes.
    nodes_changed : tuple of Changed
        Boxes with other words, in another section, or measured by other outcomes.
    links_added, links_removed : tuple of str
        Ids of links.
    links_changed : tuple of Changed
        Links of which something else is said.
    rivals_added, rivals_removed : tuple of str
        Ids of other explanations.
    """

    before: int
    now: int
    purpose: tuple[str, ...] = ()
    nodes_added: tuple[str, ...] = ()
    nodes_removed: tuple[str, ...] = ()
    nodes_changed: tuple[Changed, ...] = ()
    links_added: tuple[str, ...] = ()
    links_removed: tuple[str, ...] = ()
    links_changed: tuple[Changed, ...] = ()
    rivals_added: tuple[str, ...] = ()
    rivals_removed: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """True when nothing changed but perhaps the number of the version."""
        return not any(getattr(self, item.name) for item in fields(self)[2:])

    def words(self) -> tuple[str, ...]:
        """Return the changes as sentences, one for each."""
        said = [
            *(
                [f"The purpose was “{self.purpose[0]}”, now “{self.purpose[1]}”."]
                if self.purpose
                else []
            ),
            *_listed("Box", "added", self.nodes_added),
            *_listed("Box", "taken out", self.nodes_removed),
            *_described("Box", self.nodes_changed),
            *_listed("Link", "added", self.links_added),
            *_listed("Link", "taken out", self.links_removed),
            *_described("Link", self.links_changed),
            *_listed("Other explanation", "added", self.rivals_added),
            *_listed("Other explanation", "taken out", self.rivals_removed),
        ]
        return tuple(said) or ("Nothing changed.",)


def compare_theories(before: Theory, now: Theory) -> Difference:
    """Compare two versions of a theory; boxes and links are the same when their ids are."""
    old_nodes, new_nodes = ({node.id: node for node in each.nodes} for each in (before, now))
    old_links, new_links = ({link.id: link for link in each.links} for each in (before, now))
    old_rivals, new_rivals = ([rival.id for rival in each.rivals] for each in (before, now))
    return Difference(
        before=before.version,
        now=now.version,
        purpose=() if before.purpose == now.purpose else (before.purpose, now.purpose),
        nodes_added=tuple(id for id in new_nodes if id not in old_nodes),
        nodes_removed=tuple(id for id in old_nodes if id not in new_nodes),
        nodes_changed=_changed(old_nodes, new_nodes),
        links_added=tuple(id for id in new_links if id not in old_links),
        links_removed=tuple(id for id in old_links if id not in new_links),
        links_changed=_changed(old_links, new_links),
        rivals_added=tuple(id for id in new_rivals if id not in old_rivals),
        rivals_removed=tuple(id for id in old_rivals if id not in new_rivals),
    )


def _changed(
    before: dict[str, Node] | dict[str, Link], now: dict[str, Node] | dict[str, Link]
) -> tuple[Changed, ...]:
    both = [(id, before[id], new) for id, new in now.items() if id in before]
    found = [Changed(id, _differences(old, new)) for id, old, new in both]
    return tuple(each for each in found if each.differs)


def _differences(old: Node | Link, new: Node | Link) -> tuple[tuple[str, str, str], ...]:
    pairs = [(item.name, getattr(old, item.name), getattr(new, item.name)) for item in fields(old)]
    return tuple(
        (name.replace("_", " "), _as_words(was), _as_words(is_now))
        for name, was, is_now in pairs
        if name not in _WHERE and was != is_now
    )


def _as_words(value: object) -> str:
    if isinstance(value, tuple):
        return "; ".join(_as_words(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(getattr(value, "words", value)).replace("_", " ")


def _listed(kind: str, what: str, ids: tuple[str, ...]) -> list[str]:
    return [f"{kind} {what}: {id}." for id in ids]


def _described(kind: str, changes: tuple[Changed, ...]) -> list[str]:
    return [
        f"{kind} {change.id}: {what} was “{was or 'empty'}”, now “{now or 'empty'}”."
        for change in changes
        for what, was, now in change.differs
    ]
