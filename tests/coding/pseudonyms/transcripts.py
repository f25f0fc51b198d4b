"""Simulated transcripts with identifiers in known places, and much that only looks like some.

Everything is made up by a seeded generator: no number, street or name is anybody's.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from evalkit.coding.pseudonyms.numbers import upn_letter

SMALL_TALK = (
    "We started reading together after tea and it became our time.",
    "It took about 20 minutes, sometimes 25 if she was not tired.",
    "There were 14 children in Year 3, and 6 of them had joined in 2019.",
    "The session on 12 May 2022 was cancelled, and so was the one on 03/06/2022.",
    "I think the score went from 98 to 112, which is 14.3 per cent.",
    "We paid £1,250.00 for the books, invoice 123456, and 2500000 pages were printed.",
    "The order number was 4011223344 and nobody could find it.",
    "She sits in room 12, next to class 3B, at quarter past 2.",
    "Every Monday and Thursday we met at 10.30 or at 14:45.",
    "The court said no, and the road to the park was closed.",
    "Busy road, though. Our street has no crossing.",
    "On page 301 of the folder, 2020 edition, it says how to share a book.",
    "He said it would be 5 minutes down the road, but it was 50.",
    "The programme was launched on 1 September 2020 in 24 schools.",
    "Will you ask them again in 2023? May I see the list?",
    "No way would I have done this 10 years ago, in the 1990s.",
    "They had 3 visits, then 4, then 7 in the 2nd term and 1 in the 3rd.",
    "The Head Teacher told us the High Court was not involved.",
    "A tenth of the 1,000,000 pounds went to the library.",
    "It was version 2.0.1 of the app, build 20210304.",
    "Section 12 says staff must be DBS checked, reference 001234567890.",
    "The grant ran from 2019-04-01 to 2022-03-31.",
    "Between 01 02 03 and 04 05 06 there was no difference in the groups.",
    "Key Stage 2 results were 65 and 71, and National was 64.",
    "In week 7 the parents came first at 9, then at 9.15.",
    "He was born here, and his sister too, but they moved when the work went.",
    "The tea urn broke, so 150 people had cold water.",
    "I read Green Eggs, and then The Park Bench, and we laughed.",
    "By the way, the walk to school is a hill, then a close turn.",
    "My birthday treat was a book. We started again on 4 May 2021.",
)
FIRST = (
    "St Mary's",
    "Elm",
    "Acacia",
    "High",
    "Church",
    "Station",
    "Upper Mill",
    "King Edward",
    "Beech",
)
ALWAYS = ("Street", "Road", "Avenue", "Lane", "Crescent", "Terrace")
OTHERS = ("Close", "Drive", "Way", "Gardens", "Court", "Place", "Grove", "Square", "Rise", "View")
MONTHS = ("January", "March", "May", "June", "August", "November", "December", "Feb", "Sept", "Oct")
LETTERS = "ABCEGHJKLMNPRSTWXYZ"


@dataclass(frozen=True)
class Transcript:
    """A simulated transcript and where its identifiers stand: kind, start, end."""

    text: str
    truth: tuple[tuple[str, int, int], ...]


def digits(rng, n):
    return "".join(str(rng.randrange(10)) for _ in range(n))


def upn(rng):
    rest = f"{rng.randrange(201, 943)}{digits(rng, 6)}{digits(rng, 3)}"
    if rng.random() < 0.2:
        rest = rest[:-1] + rng.choice("ABCDEFGH")
    return upn_letter(rest) + rest


def nhs(rng):
    while True:
        nine = f"{rng.choice('4679')}{digits(rng, 8)}"
        check = (11 - sum((10 - i) * int(d) for i, d in enumerate(nine)) % 11) % 11
        if check != 10:
            break
    number = f"{nine}{check}"
    gap = rng.choice(("", " ", "-", " "))
    return gap.join((number[:3], number[3:6], number[6:]))


def nino(rng):
    while True:
        two = rng.choice("ABCEGHJKLMNOPRSTWXYZ") + rng.choice("ABCEGHJKLMNPRSTWXYZ")
        if two not in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ"):
            break
    pairs = [digits(rng, 2) for _ in range(3)]
    gap = rng.choice(("", " "))
    number = gap.join((two, *pairs, rng.choice("ABCD")))
    return number.lower() if rng.random() < 0.1 else number


def postcode(rng):
    out = rng.choice(
        ("LS6", "SW1A", "M1", "B33", "CR2", "DN55", "EC1A", "W1K", "OL10", "NE66", "BT7")
    )
    inward = (
        f"{rng.randrange(10)}{rng.choice('ABDEFGHJLNPQRSTUWXYZ')}{rng.choice('ABDEFGHJLNPQUWXYZ')}"
    )
    code = out + rng.choice((" ", " ", "")) + inward
    return code.lower() if rng.random() < 0.15 else code


def phone(rng):
    forms = (
        lambda: f"07{digits(rng, 3)} {digits(rng, 6)}",
        lambda: f"07{digits(rng, 9)}",
        lambda: f"07{digits(rng, 3)} {digits(rng, 3)} {digits(rng, 3)}",
        lambda: f"+44 7{digits(rng, 3)} {digits(rng, 6)}",
        lambda: f"+447{digits(rng, 9)}",
        lambda: f"+44 (0)113 {digits(rng, 3)} {digits(rng, 4)}",
        lambda: f"0113 {digits(rng, 3)} {digits(rng, 4)}",
        lambda: f"(0113) {digits(rng, 3)} {digits(rng, 4)}",
        lambda: f"020 7{digits(rng, 3)} {digits(rng, 4)}",
        lambda: f"01234 {digits(rng, 6)}",
        lambda: f"0161-{digits(rng, 3)}-{digits(rng, 4)}",
        lambda: f"0800 {digits(rng, 3)} {digits(rng, 3)}",
        lambda: f"0044 20 7{digits(rng, 3)} {digits(rng, 4)}",
    )
    return rng.choice(forms)()


def email(rng):
    user = rng.choice(
        ("anna.smith", "j_jones", "head", "sam+school", "office.admin", "m-khan", "o'neil")
    )
    host = rng.choice(("example.org", "school.sch.uk", "mail.example.co.uk", "nhs.net", "x-y.info"))
    if rng.random() < 0.1:
        return f"{user.split('.')[0].replace('_', '')} at example dot org"
    return f"{user}{digits(rng, 1)}@{host}"


def birth(rng):
    day, month, year = rng.randrange(1, 29), rng.randrange(1, 13), rng.randrange(1950, 2020)
    name = rng.choice(MONTHS)
    tail = "st" if day in (1, 21) else "nd" if day in (2, 22) else "rd" if day in (3, 23) else "th"
    return rng.choice(
        (
            f"{day:02}/{month:02}/{year}",
            f"{day}/{month}/{year % 100:02}",
            f"{day:02}-{month:02}-{year}",
            f"{day:02}.{month:02}.{year}",
            f"{year}-{month:02}-{day:02}",
            f"{day} {name} {year}",
            f"{day}{tail} {name} {year}",
            f"{day}{tail} of {name} {year}",
            f"{name} {day}, {year}",
            f"{name} {day}{tail} {year}",
        )
    )


def laestab(rng):
    area = rng.choice((201, 301, 330, 344, 380, 801, 850, 878, 926, 935))
    return f"{area}{rng.choice(('/', '/', '-', ''))}{rng.randrange(1000, 8000)}"


def urn(rng):
    return f"1{digits(rng, 5)}"


def street(rng):
    name = f"{rng.choice(FIRST)} {rng.choice((*ALWAYS, *OTHERS))}"
    number = f"{rng.randrange(1, 300)}{rng.choice(('', '', 'a', 'B'))}"
    flat = f"Flat {rng.randrange(1, 20)}, " if rng.random() < 0.15 else ""
    return f"{flat}{number} {name}"


SAID = {
    "UPN": (
        upn,
        ("The UPN is {}.", "Her UPN, {}, was wrong on the form.", "UPN: {}", "pupil {} moved"),
    ),
    "NHS number": (nhs, ("NHS number {}.", "His NHS number is {}, I think.", "They asked for {}.")),
    "NINO": (nino, ("My National Insurance number is {}.", "NI {}", "It was {} on the letter.")),
    "postcode": (
        postcode,
        ("The postcode is {}.", "We are at {}, near the park.", "It is {} now."),
    ),
    "phone": (
        phone,
        ("Ring me on {}.", "The number is {}, after six.", "Phone: {}", "Call {} or text."),
    ),
    "email": (
        email,
        ("Write to {}.", "My email is {}, all small.", "Email: {}", "Ask {} about it."),
    ),
    "date of birth": (
        birth,
        (
            "She was born on {}.",
            "DOB {}",
            "D.O.B.: {}",
            "Date of birth: {}.",
            "His date of birth is {}, so he was five.",
            "What is your date of birth?\n\nParent: {}.",
            "Her birthday is {}.",
            "{} is his date of birth.",
        ),
    ),
    "LAESTAB": (
        laestab,
        ("LAESTAB {}.", "Our DfE number is {}.", "The LAESTAB is {}, for the form."),
    ),
    "URN": (
        urn,
        ("URN {}.", "The school's URN is {}.", "Our unique reference number is {}, I believe."),
    ),
    "street": (
        street,
        ("We live at {}.", "The address is {}, on the left.", "They moved to {} in the spring."),
    ),
}


def transcript(seed: int, turns: int = 120, share: float = 0.35) -> Transcript:
    """Return a simulated talk of about 12 words a turn; a share of the turns holds an identifier."""
    rng = random.Random(seed)
    parts: list[str] = []
    truth = []
    length = 0
    for turn in range(turns):
        label = "Interviewer: " if turn % 2 == 0 else "Parent: "
        parts.append(label)
        length += len(label)
        for _ in range(rng.randrange(1, 3)):
            sentence = rng.choice(SMALL_TALK)
            if rng.random() < share:
                kind = rng.choice(sorted(SAID))
                make, frames = SAID[kind]
                words, frame = make(rng), rng.choice(frames)
                before = frame.index("{}")
                truth.append((kind, length + before, length + before + len(words)))
                sentence = frame.format(words)
            parts.append(sentence + " ")
            length += len(sentence) + 1
        parts.append("\n\n")
        length += 2
    return Transcript("".join(parts), tuple(truth))
