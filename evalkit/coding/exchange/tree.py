"""Labels that say their own place (``mechanism.trust``, ``Health; Diet``) as a tree of codes."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.coding.model import Code
from evalkit.coding.refi.lexical import slug, unique

Path = tuple[str, ...]


def tree(
    defined: Mapping[Path, str], taken: dict[str, int]
) -> tuple[tuple[Code, ...], dict[Path, str]]:
    """Return the codes of a tree, and the id of each path.

    Parameters
    ----------
    defined : mapping of tuple of str to str
        What each label means, by its path from the top. Missing levels between are made as
        headings, which carry no passages.
    taken : dict
        Ids that are taken; those given here are added.
    """
    whole = dict.fromkeys(path[:depth] for path in defined for depth in range(1, len(path) + 1))
    ids: dict[Path, str] = {}
    for path in sorted(whole, key=len):  # parents first, whatever the order of the file
        ids[path] = unique("/".join(slug(step) or "code" for step in path), taken)
    codes = tuple(
        Code(
            id=ids[path],
            words=path[-1],
            parent=ids.get(path[:-1], ""),
            define=defined.get(path, ""),
            codable=path in defined,
        )
        for path in whole
    )
    return codes, {path: ids[path] for path in defined}
