"""Dates of birth: dates beside words that say so; other whole dates are for a person to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?"
)
_ORDINALS = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth"
    "|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth"
    "|twenty[- ](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|thirty[- ]first"
)
_DAY = rf"(?:(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?|{_ORDINALS})"
_YEAR = r"(?:(?:18|19|20)\d{2}|['\u2019]?\d{2})"
_WRITTEN = (
    rf"{_DAY}(?: of)?[ -]{_MONTH},?[ -]{_YEAR}|{_MONTH} (?:the )?{_DAY},? (?:18|19|20)\d{{2}}"
)
_FIGURES = (
    r"(?:0?[1-9]|[12]\d|3[01])([/.-])(?:0?[1-9]|1[0-2])\1(?:(?:18|19|20)\d{2}|\d{2})"
    r"|(?:18|19|20)\d{2}([/.-])(?:0?[1-9]|1[0-2])\2(?:0?[1-9]|[12]\d|3[01])"
)
_DATE = re.compile(
    rf"(?:(?<![\w/.-])|(?<=\bDOB))(?:{_FIGURES}|{_WRITTEN})(?![\w/]|[.-]\d)", re.IGNORECASE
)
_SHORT = re.compile(
    rf"(?<![\w/.-])(?:{_DAY}(?: of)? {_MONTH}|{_MONTH} (?:the )?{_DAY})(?![\w/])", re.IGNORECASE
)

_LABEL = r"(?:\bd\.? ?o\.? ?b\b\.?|\bdate[- _]of[- _]birth|\bbirth[- _]?(?:date|day)s?\b)"
_SAID = re.compile(rf"{_LABEL}|\bborn\b", re.IGNORECASE)
_STOPS = re.compile(r"[.!](?:\s|$)|;")
_JUST = re.compile(rf"(?:{_LABEL}|\bborn)(?:\s+(?:is|was|on|the|:|=|-))*[\s:=-]*$", re.IGNORECASE)
_THEN = re.compile(
    rf"[\s,()-]*(?:(?:is|was|being|as|for) )?(?:(?:my|his|her|their|the|a|your|our) )?(?:\w+['\u2019]s )?{_LABEL}(?!\W*\d)"
    r"|,?(?: (?:is|was))?(?: the (?:day|date))?(?: when| that)? (?:\w+ ){1,3}(?:was|were) born",
    re.IGNORECASE,
)
_BEFORE = 110


def find_dates(text: str) -> Iterator[Span]:
    """Yield whole dates: day, month and year."""
    yield from (match.span() for match in _DATE.finditer(text))


def find_births(text: str) -> Iterator[Span]:
    """Yield dates of birth.

    A whole date counts where *born*, *date of birth*, *DOB* or *birthday* stands before it in the
    sentence, or in the question that it answers, with no other date between; or says so just
    after. A day and month without a year count only directly behind such words.
    """
    last = 0
    for match in _DATE.finditer(text):
        start, end = match.span()
        if _said_before(text[max(last, start - _BEFORE) : start]) or _THEN.match(text, end):
            yield start, end
        last = end
    for match in _SHORT.finditer(text):
        if _JUST.search(text[max(0, match.start() - 40) : match.start()]):
            yield match.span()


def _said_before(before: str) -> bool:
    cues = list(_SAID.finditer(before))
    if not cues:
        return False
    between = before[cues[-1].end() :]
    question = between.find("?")
    if question >= 0:  # what follows a question about it is the answer
        between = between[:question]
    return len(before[cues[-1].end() :]) <= 3 or not _STOPS.search(between)
