"""Parts of a line as HTML, every text escaped, every number with the id of its result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from evalkit.report.document import (
    FromFile,
    FromResult,
    Number,
    Part,
    Passage,
    Ref,
    Strong,
    Tag,
)
from evalkit.report.number import MINUS, NOTHING, TIMES
from evalkit.report.words import VERDICT_MARKS

_NUMBER = Markup('<data class="n" value="{}" data-result="{}">{}</data>')
_MADE = Markup('<data class="n" value="{}" data-result="{}" data-how="{}">{}</data>')
_FILE = Markup('<span data-from="{}">{}</span>')
_RESULT = Markup('<span data-result="{}">{}</span>')
_TAG = Markup('<span class="tag {}"><span class="mark" aria-hidden="true">{}</span>{}</span>')
_CODE = Markup("<code>{}</code>")
_STRONG = Markup("<strong>{}</strong>")
_REF = Markup('<a href="#{}" data-result="{}">{}</a>')
_PASSAGE = Markup('<span class="passage" data-from="{}">{}{}{}</span>')
_MARKS: dict[str, str] = {
    "sure-fairly-sure": "●",
    "sure-leaning": "►",
    "sure-both-ways": "◊",
    "sure-cannot-tell": "○",
    "sure-not-looked-into": NOTHING,
    "sure-differs-by-outcome": "◊",
    "state-up": "▲",
    "state-down": "▼",
    "state-about-nil": "■",
    "state-imprecise": "○",
    "check-pass": "✓",
    "check-concern": "!",
    "check-fail": TIMES,
    "check-information": "i",
    "says-for": "+",
    "says-against": MINUS,
    "says-mixed": "±",
    **{f"verdict-{word.replace(' ', '-')}": mark for word, mark in VERDICT_MARKS.items()},
}
"""The shape beside the word of a tag."""


def inline(parts: Sequence[Part]) -> Markup:
    """Return the parts of a line as HTML."""
    return Markup("").join(_one(part) for part in parts)


def _one(part: Part) -> Markup:
    return Markup.escape(part) if isinstance(part, str) else _AS[type(part)](part)


def _number(part: Number) -> Markup:
    value = repr(float(part.value)).removesuffix(".0")
    if part.how:
        return _MADE.format(value, part.result, part.how, part.text)
    return _NUMBER.format(value, part.result, part.text)


def _passage(part: Passage) -> Markup:
    opening, closing = ("“", "”") if part.verbatim else ("", "")
    return _PASSAGE.format(part.origin, opening, part.text, closing)


def _with_code(text: str) -> Markup:
    """Return a sentence of the record, names between backticks as code."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # a backtick without its partner is only a backtick
        return Markup.escape(text)
    return Markup("").join(
        _CODE.format(piece) if at % 2 else Markup.escape(piece) for at, piece in enumerate(pieces)
    )


_AS: dict[type, Callable[[Any], Markup]] = {
    Number: _number,
    FromFile: lambda part: _FILE.format(part.origin, part.text),
    FromResult: lambda part: _RESULT.format(part.result, _with_code(part.text)),
    Tag: lambda part: _TAG.format(part.kind, _MARKS.get(part.kind, ""), part.word),
    Strong: lambda part: _STRONG.format(inline(part.parts)),
    Ref: lambda part: _REF.format(part.to, part.to, part.text),
    Passage: _passage,
}
