"""How a person can be reached: postcode, telephone, e-mail, street."""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

# Areas of Royal Mail's postcodes; Northern Ireland, islands and the forces among them.
_AREAS = (
    "AB|AL|B|BA|BB|BD|BF|BH|BL|BN|BR|BS|BT|BX|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT"
    "|DY|E|EC|EH|EN|EX|FK|FY|G|GL|GU|GY|HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|L|LA|LD"
    "|LE|LL|LN|LS|LU|M|ME|MK|ML|N|NE|NG|NN|NP|NR|NW|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|S|SA|SE|SG|SK"
    "|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|W|WA|WC|WD|WF|WN|WR|WS|WV|YO|ZE"
)
_POSTCODE = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?:{_AREAS})\d[A-Z\d]?[ \u00a0]{{0,2}}\d[ABD-HJLNP-UW-Z]{{2}}"
    r"|GIR[ \u00a0]?0AA)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"[A-Za-z]\d\w? ?(?:1st|2nd|3rd|[04-9]th)")

_GAP = r"[ \u00a0.-]{0,2}"
_PHONE = re.compile(
    rf"(?<![\w+])(?:"
    # +44 and 0044, with or without (0): nine or ten digits follow
    rf"(?:\+|00){_GAP}44{_GAP}(?:\(0\){_GAP})?\(?\d(?:[()]?{_GAP}[()]?\d){{8,9}}"
    # other countries
    rf"|\+(?!44){_GAP}[1-9]\d{{0,2}}{_GAP}\(?\d(?:[()]?{_GAP}[()]?\d){{6,11}}"
    # 0 and an area code of at least two more digits, then the rest: ten or eleven digits in all
    rf"|(?P<home>\(?0\d{{2,10}}\)?(?:{_GAP}\d){{0,8}}|0(?:[ -]\d){{10}})"
    r")(?!\w)"
)
_PHONE_CUE = re.compile(
    r"\b(?:phone|mobile|telephone|call|ring|text|tel|whatsapp|number is)\b[^.?!\n]{0,40}$",
    re.IGNORECASE,
)
_MOBILE = re.compile(r"(?<![\w+])7\d{3}[ -]?\d{3}[ -]?\d{3}(?!\w)")

# Every repetition has a limit, so that no text can keep the search busy.
_HOST = r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}(?<![.-])"
_EMAIL = re.compile(
    rf"(?<![\w.+'-])[\w.+'-]{{1,64}}(?:@| ?(?:\[at\]|\(at\)) ?){_HOST}"
    # as it is said or hidden: anna dot smith at example dot org
    r"|(?<![\w.+'-])[\w+'-]{1,64}(?:(?: dot |\.)[\w+'-]{1,64}){0,3}"
    r" ?(?:\[at\]|\(at\)| at ) ?[\w-]{1,63}(?: ?(?:\[dot\]|\(dot\)| dot |\.) ?[\w-]{1,63}){0,3}?"
    r"(?: ?(?:\[dot\]|\(dot\)) ?| dot )(?:com|org|net|uk|co|edu|gov|info|io|me|eu)"
    r"(?:(?: dot |\.)uk)?\b",
    re.IGNORECASE,
)

_ALWAYS = "Street|Road|Avenue|Lane|Crescent|Terrace|Mews|Boulevard"
_SHORT = "St|Rd|Ave|Av|Ln|Dr|Cres|Terr|Gdns|Pl|Sq|Ct|Cl|Blvd|Pde"
_WITH_CUE = (
    "Drive|Close|Court|Way|Place|Gardens|Grove|Row|Square|Walk|Rise|Hill|View|Green|Park|Parade|Wharf"
    "|Croft|Fold|Mount|Vale|Yard|Gate|Embankment|Quay|Villas|Broadway|Bank|Field|Fields|Path|Chase"
    "|Wynd|Brow|Heights|Meadow|Meadows|Crossing|Loan|Garth|End|Approach|Circus|Passage|Common"
)
_NAME = r"(?:St\.? )?[A-Z][\w'\u2019-]*(?: (?:of|the|and|de|la|le|upon|on) [A-Z][\w'\u2019-]*| [A-Z][\w'\u2019-]*){0,3}?"
_NUMBER = (
    r"(?:(?:Flat|Apartment|Apt|Unit|Room|House)\.? \d+\s?[A-Za-z]?,? )?"
    r"(?:No\.? ?|Number )?\d{1,4}\s?[A-Za-z]?(?:\s?[-\u2013/]\s?\d{1,4}[A-Za-z]?)?,? "
)
_NUMBERED = re.compile(
    rf"(?<![\w/.,£$-])(?:{_NUMBER})"
    rf"(?:{_NAME} (?:(?:{_ALWAYS}|{_WITH_CUE})\b|(?:{_SHORT})\b\.?)"
    rf"|The (?:{_ALWAYS}|{_WITH_CUE})\b|Broadway\b|Kingsway\b)"
    r"(?: (?:North|South|East|West|Upper|Lower)\b)?"
)
_NAMED = re.compile(
    rf"(?<![\w\u2019'-])(?P<name>{_NAME}) (?P<kind>{_ALWAYS}|road|street|avenue|lane)\b(?!['\u2019]s [A-Z])"
)
_CUED = re.compile(
    rf"(?<![\w\u2019'-])(?P<name>{_NAME}) (?:{_WITH_CUE}|{_SHORT})\b(?! (?:School|Academy|Nursery|Primary|Centre))"
)
_CUE = re.compile(
    r"\b(?:live[sd]?|living|address(?:es)?(?: is| was)?|moved?|moving|stay(?:s|ed|ing)?|house|flat|home"
    r"|resid(?:es?|ed|ing)|based|over|up|down)\b[^.?!\n]{0,25}\b(?:in|on|at|to|off|from|is|was|:|near)\s*$"
    r"|\baddress\W{1,3}$",
    re.IGNORECASE,
)
_SMALL = re.compile(
    rf"(?<![\w/.,£$-])(?:{_NUMBER})[a-z]+(?:['\u2019]s)?(?: [a-z]+)? "
    r"(?:street|road|avenue|lane|close|drive|crescent|terrace|grove|gardens)\b"
)
_NO_NAMES = frozenset(
    """
    a and any at but by down each every for from he her his if in it its main my near no of off on one
    or our over past she some that the their then there they this to two up we what when where which
    who with your high-level busy quiet whole same other another first last next and so well yes
    across along around through behind between
    """.split()  # noqa: SIM905 (a list of words)
)


def find_postcodes(text: str) -> Iterator[Span]:
    """Yield whole postcodes, in capitals or small letters, with or without the blank."""
    for match in _POSTCODE.finditer(text):
        # "E3 2nd" is an ordinal, not a postcode; E3 2ND is one, and so is se3 2nd
        if not _ORDINAL.fullmatch(match[0]):
            yield match.span()


def find_phones(text: str) -> Iterator[Span]:
    """Yield telephone numbers: British ones with their 0 or +44, foreign ones with a +."""
    for match in _PHONE.finditer(text):
        digits = [it for it in match["home"] or "" if it.isdigit()]
        if not digits or (len(digits) in (10, 11) and digits[1] != "0"):
            yield match.span()
    for match in _MOBILE.finditer(text):
        if _PHONE_CUE.search(text[max(0, match.start() - 60) : match.start()]):
            yield match.span()


def find_emails(text: str) -> Iterator[Span]:
    """Yield e-mail addresses, also as they are spoken (``anna at example dot org``)."""
    for match in _EMAIL.finditer(text):
        yield match.start(), match.end() - (match[0][-1] in "'-")


def find_streets(text: str) -> Iterator[Span]:
    """Yield streets: with a house number; by name; by name of a doubtful kind where someone lives.

    ``Court``, ``Way``, ``Park`` and the like stand in many names, so they count only with a number
    or after words such as *lives in*.
    """
    for match in _NUMBERED.finditer(text):
        yield match.span()
    for match in _NAMED.finditer(text):
        start = _trimmed(match["name"], match.start("name"))
        begins = _begins(text, start) and start == match.start("name")
        if start < match.end("name") and not (match["kind"].islower() and begins):
            yield start, match.end()
    for pattern in (_CUED, _SMALL):
        found = (match.span() for match in pattern.finditer(text))
        yield from (span for span in found if _at_home(text, span[0]))


def _at_home(text: str, start: int) -> bool:
    return bool(_CUE.search(text[max(0, start - 70) : start]))


def _trimmed(name: str, start: int) -> int:
    """Return where a name begins without words such as *On* or *The* that open a sentence."""
    at = 0
    for word in name.split(" "):
        if word.lower() not in _NO_NAMES:
            break
        at += len(word) + 1
    return start + min(at, len(name))


def _begins(text: str, start: int) -> bool:
    before = text[max(0, start - 40) : start].rstrip(" \t\"“\u2018'(")
    return not before or before[-1] in ".!?:\n…"
