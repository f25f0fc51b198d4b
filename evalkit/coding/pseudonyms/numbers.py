"""Numbers that name a person or a school: UPN, NHS number, NINO, URN, LAESTAB."""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_NOT_IN = r"(?<![A-Za-z0-9])"
_NOT_OUT = r"(?![A-Za-z0-9])"

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_UPN = re.compile(
    rf"{_NOT_IN}[A-Z][ -]?\d{{3}}[ -]?\d{{4}}[ -]?\d{{2}}[ -]?(?:\d{{3}}|\d{{2}}[A-Z]){_NOT_OUT}",
    re.IGNORECASE,
)
_NHS = re.compile(
    rf"{_NOT_IN}(?<![\d+][ -])\d{{3}}([ \u00a0.-]?)\d{{3}}\1\d{{4}}{_NOT_OUT}(?![ -]\d)"
)
_NINO = re.compile(
    rf"{_NOT_IN}[A-Z]{{2}}[ -]?\d{{2}}[ -]?\d{{2}}[ -]?\d{{2}}(?:[ -]?[A-D])?{_NOT_OUT}",
    re.IGNORECASE,
)
_NOT_PREFIXES = frozenset(("BG", "GB", "NK", "KN", "TN", "NT", "ZZ"))
_NI_CUE = re.compile(
    r"\b(?:national insurance|insurance number|NINO|NI (?:number|no))\b", re.IGNORECASE
)
_OTHER_CUE = re.compile(
    r"\b(?:order|invoice|account|reference|ref|serial|booking|ticket|grant|receipt|parcel|job)\b"
    r"[^.?!\n]{0,20}$",
    re.IGNORECASE,
)
_NHS_CUE = re.compile(r"\bNHS\b", re.IGNORECASE)
_URN = re.compile(
    rf"(?:{_NOT_IN}|(?<=\bURN))(?:(?:EY|RP)?\d{{6}}){_NOT_OUT}(?![-/.,]\d)", re.IGNORECASE
)
_URN_CUE = re.compile(
    r"\b(?:URNs?\b|urn(?= ?(?:number|no\b|is\b|was\b|:|-|#|\())|unique reference (?:number|no)\b)"
    r"|\burn(?=\W{0,3}$)",
)
_LAESTAB = re.compile(rf"{_NOT_IN}\d{{3}}([ /-]?)\d{{4}}{_NOT_OUT}(?![-/.,]\d)")
_LAESTAB_CUE = re.compile(
    r"\b(?:LA ?[/-]?ESTABs?|DfE[ES]?|(?:establishment|school|estab|LEA) (?:number|no|code)|estab)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[!;](?:\s|$)|\.(?=\s+[A-Z])")
_IS = (
    r"\W*(?:(?:is|was|as|being|for) )?(?:(?:the|our|their|its|my|his|her|a|your) )?"
    r"(?:(?:school|nursery|setting|academy)(?:['\u2019]s)? )?"
)
_AUTHORITIES = (
    *((201, 213), (301, 320), (330, 336), (340, 344), (350, 359), (370, 373), (380, 384)),
    *((390, 394), (420, 420), (660, 681), (800, 896), (908, 943)),
)
_BEFORE = 70


def spoken_of(text: str, start: int, end: int, cue: re.Pattern[str]) -> bool:
    """Say whether a cue stands before a span in its sentence, or in the question it answers.

    Or just after it: ``123456 is our URN``.
    """
    before = text[max(0, start - _BEFORE) : start]
    cues = list(cue.finditer(before))
    if cues:
        between = before[cues[-1].end() :].partition("?")[0]
        if not _ENDS.search(between) or len(between) <= 3:
            return True
    then = re.match(_IS, text[end : end + 40])
    return then is not None and cue.match(text, end + then.end()) is not None


def upn_letter(rest: str) -> str:
    """Return the check letter of the twelve characters that follow it.

    Each is multiplied by its place (2 to 13), the sum taken modulo 23 (Department for Education,
    Unique Pupil Numbers: guide); the last of a temporary number is a letter.
    """
    values = [int(it) if it.isdigit() else UPN_LETTERS.index(it) for it in rest]
    total = sum(weight * value for weight, value in enumerate(values, start=2))
    return UPN_LETTERS[total % 23]


def is_upn(text: str) -> bool:
    """Say whether this is a Unique Pupil Number: its check letter is right."""
    bare = re.sub(r"[ -]", "", text).upper()
    if len(bare) != 13 or (bare[-1].isalpha() and bare[-1] not in UPN_LETTERS):
        return False
    return bare[0] == upn_letter(bare[1:])


def is_nhs_number(text: str) -> bool:
    """Say whether this is an NHS number: ten digits, the last of them right.

    The first nine are multiplied by 10 down to 2; 11 less the sum modulo 11 is the last, 11
    standing for 0 and 10 for a number that is never given out (NHS Data Dictionary).
    """
    digits = [int(it) for it in text if it.isdigit()]
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    check = 11 - sum(w * d for w, d in zip(range(10, 1, -1), digits, strict=False)) % 11
    return check % 11 == digits[-1] and check != 10


def is_nino(text: str) -> bool:
    """Say whether this has the form of a National Insurance number (with or without last letter)."""
    bare = re.sub(r"[ -]", "", text).upper()
    # QQ is never given out; it stands in examples, and in transcripts that were made safe by hand.
    if bare[:2] == "QQ":
        return True
    return bare[0] not in "DFIQUV" and bare[1] not in "DFIOQUV" and bare[:2] not in _NOT_PREFIXES


def find_upns(text: str) -> Iterator[Span]:
    """Yield Unique Pupil Numbers whose check letter is right."""
    yield from (m.span() for m in _UPN.finditer(text) if is_upn(m[0]))


def find_wrong_upns(text: str) -> Iterator[Span]:
    """Yield what has the form of a UPN and another check letter: mistyped, perhaps."""
    yield from (m.span() for m in _UPN.finditer(text) if not is_upn(m[0]))


def find_nhs_numbers(text: str) -> Iterator[Span]:
    """Yield NHS numbers; a number that begins with 0 only where NHS is spoken of (Scotland's)."""
    for match in _NHS.finditer(text):
        if is_nhs_number(match[0]) and (_plain_nhs(text, match) or _said_nhs(text, match)):
            yield match.span()


def _plain_nhs(text: str, match: re.Match[str]) -> bool:
    """Say whether a number is taken for one by itself: one unspaced number in eleven fits by chance."""
    before = text[max(0, match.start() - 40) : match.start()]
    return match[0][0] != "0" and not (not match[1] and _OTHER_CUE.search(before))


def _said_nhs(text: str, match: re.Match[str]) -> bool:
    return spoken_of(text, *match.span(), _NHS_CUE)


def find_ninos(text: str) -> Iterator[Span]:
    """Yield National Insurance numbers; without the last letter only where they are spoken of."""
    for match in _NINO.finditer(text):
        whole = match[0][-1].isalpha()
        if is_nino(match[0]) and (whole or spoken_of(text, *match.span(), _NI_CUE)):
            yield match.span()


def find_urns(text: str) -> Iterator[Span]:
    """Yield Unique Reference Numbers: six figures where URN is spoken of; with EY or RP always."""
    for match in _URN.finditer(text):
        if match[0][0].isalpha() or spoken_of(text, *match.span(), _URN_CUE):
            yield match.span()


def find_laestabs(text: str) -> Iterator[Span]:
    """Yield numbers of schools (LAESTAB): ``801/2000`` of a local authority; others where spoken of."""
    for match in _LAESTAB.finditer(text):
        authority = int(match[0][:3])
        real = any(low <= authority <= high for low, high in _AUTHORITIES)
        if (match[1] == "/" and real) or spoken_of(text, *match.span(), _LAESTAB_CUE):
            yield match.span()
