"""The report as Markdown: the same blocks, pictures as their tables or lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from evalkit.report.document import (
    Block,
    Callout,
    Details,
    Figure,
    FromFile,
    Heading,
    Item,
    Messages,
    NestedList,
    Panels,
    Paraphrase,
    Part,
    Passage,
    Prose,
    Quotation,
    Ref,
    Report,
    Section,
    Strong,
    TableBlock,
    UserProse,
)
from evalkit.report.svg import writable

_MARKS = re.compile(r"([\\`*_{}\[\]#|~$!])")
_AT_START = re.compile(r"^(\s*\d*)([-+=.)])")
_SPACES = re.compile(r"\s+")
_PAGES = {"one": "On one page", "three": "On three pages", "all": "The whole"}


def markdown(report: Report) -> str:
    """Return the report as Markdown text."""
    parts = [f"# {inline([report.title])}", *(inline(line) for line in report.lines)]
    parts += [_callout(banner) for banner in report.banners]
    page = ""
    for section in report.sections:
        if section.page != page:
            page = section.page
            parts.append(f"## {_PAGES[page]}")
        parts += _section(section)
    return writable("\n\n".join(part for part in parts if part)) + "\n"


def _section(section: Section) -> list[str]:
    title = [] if section.page == "one" else [f"### {_text(section.title)}"]
    return [*title, *(_block(block) for block in section.blocks)]


def inline(parts: Sequence[Part]) -> str:
    """Return the parts of a line, with every mark of Markdown in their text made plain."""
    return "".join(_one(part) for part in parts)


def _one(part: Part) -> str:
    if isinstance(part, str):
        return _text(part)
    if isinstance(part, Strong):
        return f"**{inline(part.parts)}**"
    if isinstance(part, Ref):
        return _text(part.text)
    if isinstance(part, Passage) and part.verbatim:
        return f"“{_text(part.text)}”"
    return _text(part.word if hasattr(part, "word") else part.text)


def _text(text: str) -> str:
    """Return text on one line in which nothing is Markdown or HTML any more."""
    plain = escape(_SPACES.sub(" ", text), quote=False)
    return _AT_START.sub(r"\1\\\2", _MARKS.sub(r"\\\1", plain))


def _block(block: Block) -> str:
    return _AS[type(block)](block)


def _blocks(blocks: Sequence[Block]) -> str:
    return "\n\n".join(_block(block) for block in blocks)


def _table(block: TableBlock) -> str:
    if not block.rows:
        return f"**{inline(block.caption)}** {_text(block.empty)}"
    lines = [
        f"**{inline(block.caption)}**",
        "",
        _row([inline(column.head) for column in block.columns]),
        _row(["---:" if column.numeric else "---" for column in block.columns]),
        *(_row([inline(cell) for cell in row]) for row in block.rows),
    ]
    note = f"\n\n{inline(block.note)}" if block.note else ""
    return "\n".join(lines) + note


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _list(block: NestedList) -> str:
    return "\n".join(_items(block.items, 0))


def _items(items: Sequence[Item], depth: int) -> list[str]:
    lines = []
    for item in items:
        lines.append(f"{'  ' * depth}- {inline(item.parts)}")
        lines += _items(item.items, depth + 1)
    return lines


def _figure(block: Figure) -> str:
    note = f"\n\n{inline(block.note)}" if block.note else ""
    return f"**{inline(block.title)}**\n\n{_block(block.twin)}{note}"


def _voice(block: Quotation | Paraphrase) -> str:
    words = (
        f"“{_text(block.text)}”"
        if isinstance(block, Quotation)
        else f"Paraphrase: {_text(block.text)}"
    )
    tag = f"{_text(block.tag.word)}: " if block.tag else ""
    return f"> {words}\n>\n> {tag}{inline(block.by)}"


def _callout(block: Callout) -> str:
    return f"**{inline(block.title)}**" + (f"\n\n{_blocks(block.blocks)}" if block.blocks else "")


def _messages(block: Messages) -> str:
    return "\n\n".join(
        f"**{inline(one.headline)}** {inline(one.more)}\n\nHow sure: {inline([one.sure])}. "
        f"Rests on {inline(one.rests_on)}."
        for one in block.items
    )


def _panels(block: Panels) -> str:
    return "\n\n".join(f"#### {_text(one.title)}\n\n{_blocks(one.blocks)}" for one in block.items)


_AS: dict[type, Callable[[Any], str]] = {
    Heading: lambda block: f"{'#' * block.level} {inline(block.text)}",
    Prose: lambda block: inline(block.parts),
    UserProse: lambda block: inline([FromFile(block.text, block.origin)]),
    Quotation: _voice,
    Paraphrase: _voice,
    TableBlock: _table,
    NestedList: _list,
    Figure: _figure,
    Callout: _callout,
    Details: lambda block: f"**{inline(block.summary)}**\n\n{_blocks(block.blocks)}",
    Messages: _messages,
    Panels: _panels,
}
