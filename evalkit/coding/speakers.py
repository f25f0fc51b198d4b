"""Who speaks where, by labels at the beginning of lines: a stated, cautious rule.

A label is ``Name:``, ``[Name]`` or ``[Name]:`` at the beginning of a line, with the marks of
Markdown round it and a time beside it allowed. The words from behind a label to the next label (or
the end) are one turn; what stands before the first label is nobody's. The text itself is never
changed: a label that was missed, or taken wrongly, costs no word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from evalkit.coding.model import Turn

_MARKS = r"[ \t]*(?:>[ \t]*)*(?:[-*+][ \t]+)?(?:\*\*|__)?"
_TIME = r"(?:[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?[\])]?)"
_NAME = r"[^\W_](?:[^\n:\[\]{}<>|\"“”?!;=/\\\t]{0,38}[\w.)\u2019'])?"
_PLAIN = re.compile(
    rf"^{_MARKS}(?:{_TIME}[ \t]+)?(?P<name>{_NAME})"
    rf"(?:[ \t]{{1,8}}{_TIME})?(?:\*\*|__)?[ \t]?:(?:\*\*|__)?(?=\s|$)",
    re.MULTILINE,
)
_BRACKETS = re.compile(rf"^{_MARKS}\[(?P<name>{_NAME})\](?:\*\*|__)?:?(?=\s|$)", re.MULTILINE)
_TIMED = re.compile(rf"^(?P<name>{_NAME})[ \t]{{1,8}}{_TIME}[ \t]*$(?=\n[^\S\n]*\S)", re.MULTILINE)
_SMALL = frozenset("al and bin da de der di do du el la le of the van von y".split())  # noqa: SIM905 (a list of words)
_ROLES = re.compile(
    r"(?:(?:the )?(?:interview(?:er|ee)|moderator|facilitator|researcher|evaluator|host|respondent"
    r"|participant|informant|speaker|mother|mum|father|dad|parent|carer|grandparent|child|pupil"
    r"|student|teacher|head ?teacher|practitioner|therapist|manager|volunteer|worker|nurse|doctor"
    r"|all|several|unknown|man|woman|male|female|int|resp?)s?[ -]?\d{0,3}|[IQARFMPST]\d{0,3})",
    re.IGNORECASE,
)
_NO_NAME = frozenset(
    """
    address age answer appendix attendees attention background caution chapter city class comment
    comments conclusion contact context copyright country county created date dates day definition
    description discussion district duration ed edit email end example examples facts fax figure file
    filename finding findings focus gender goal goals heading http https id important interview
    introduction job key keywords language length licence link list location method methods mobile
    month name nationality nb next note notes objective objectives occupation outcome outcomes page
    paragraph part phone place postcode present problem project ps purpose quarter question questions
    reason reasons recorded recording ref reference region remember result results role round school
    sector session setting sex site size solution source sources start step subject summary table tel
    telephone term theme themes time times tip title topic topics total transcribed transcriber
    transcript transcription type unit update url venue version via warning week year years
    """.split()  # noqa: SIM905 (a list of words)
)
"""Words before a colon that head a note, a form or a list, and are nobody's name."""
_NOISES = re.compile(
    r"(?:.*\b)?(?:\w+ing|applause|audio|background|beep|blank|break|cough|coughs|cry|cries|cross ?talk"
    r"|end|gap|giggles?|inaudible|interruptions?|laughs?|laughter|music|nods?|noise|pauses?|phone"
    r"|redacted|removed|shrugs?|sic|sighs?|silence|smiles?|sobs?|start|unclear|whispers?"
    r"|unintelligible|name|school|place|town|x+)\b.*",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.?!…][\"”\u2019')\]]*\s*$")


MAX_LABELS = 200_000
"""A text with more is no talk; a day of talk has about five thousand."""


@dataclass(frozen=True, slots=True)
class _Label:
    start: int
    end: int
    name: str


def find_turns(text: str) -> tuple[Turn, ...]:
    r"""Return who speaks where, or nothing when the text does not look like a talk.

    Labels count only where the text is a talk: a name stands twice, or is a usual role
    (interviewer, mother, P1 ...), or there are two labels and most labelled lines end like
    sentences. ``Note:``, ``Date:`` and the like, and ``[laughs]``, are never labels. A name has at
    most four words, each with a capital (or a figure) first, small words such as *de* or *of*
    apart; names all in small letters count where they stand twice or are roles.

    Parameters
    ----------
    text : str
        Line feeds are its line ends.

    Returns
    -------
    tuple of Turn
        In order; spans of the words spoken, labels and white space at both ends left out. Turns
        without a word are left out.

    Examples
    --------
    >>> talk = "Interviewer: What changed?\nMother: We read.\nEvery night."
    >>> [(turn.speaker, talk[turn.start : turn.end]) for turn in find_turns(talk)]
    [('Interviewer', 'What changed?'), ('Mother', 'We read.\nEvery night.')]
    """
    labels = _labels(text)
    if not _is_talk(labels, text):
        return ()
    ends = [*(label.start for label in labels[1:]), len(text)]
    return turns_of(
        text,
        ((label.end, end, label.name) for label, end in zip(labels, ends, strict=True)),
    )


def turns_of(text: str, spans: Iterable[tuple[int, int, str]]) -> tuple[Turn, ...]:
    """Return turns without the white space at their ends, and without empty ones."""
    found = []
    for start, end, speaker in spans:
        words = text[start:end]
        first = start + len(words) - len(words.lstrip())
        last = start + len(words.rstrip())
        if first < last:
            found.append(Turn(first, last, speaker))
    return tuple(found)


def _labels(text: str) -> list[_Label]:
    """Return everything that has the shape of a label, in order."""
    found: dict[int, _Label] = {}
    for pattern in (_BRACKETS, _PLAIN, _TIMED):
        for match in pattern.finditer(text):
            name = match["name"].strip(" *_")
            if _may_be_name(name, bracketed=pattern is _BRACKETS):
                found.setdefault(match.start(), _Label(match.start(), match.end(), name))
            if len(found) > MAX_LABELS:
                return []
    labels = [found[start] for start in sorted(found)]
    often = Counter(label.name for label in labels)
    return [label for label in labels if _is_name(label.name, often[label.name])]


def _may_be_name(name: str, *, bracketed: bool) -> bool:
    if bracketed and _NOISES.fullmatch(name):
        return False
    words = name.split()
    first = words[0].strip(".'\u2019()").casefold() if words else ""
    plain = first.rstrip("0123456789")
    return 0 < len(words) <= 4 and not name.isdigit() and plain not in _NO_NAME


def _is_name(name: str, often: int) -> bool:
    """Say whether a label names a person: capitals, or a role, or small letters that recur."""
    if _ROLES.fullmatch(name):
        return True
    words = [word.lstrip("('\u2019") for word in name.split()]
    if all(not word[:1].islower() or word.casefold() in _SMALL for word in words):
        return True
    return often > 1 and len(words) == 1


def _is_talk(labels: list[_Label], text: str) -> bool:
    often = Counter(label.name for label in labels)
    if any(count > 1 or _ROLES.fullmatch(name) for name, count in often.items()):
        return True
    if len(labels) < 2:
        return False
    lines = [text[label.end :].partition("\n")[0] for label in labels]
    return 2 * sum(bool(_SENTENCE_END.search(line)) for line in lines) >= len(labels)
