"""WebVTT: voices are kept as labels and turns."""

import pytest

from evalkit.coding.read.vtt import vtt_draft

TIME = "00:01.000 --> 00:02.000"


def draft(*cues):
    return vtt_draft("\n\n".join(("WEBVTT", *cues)).encode())


def spoken(found):
    return [(turn.speaker, found.text[turn.start : turn.end]) for turn in found.turns]


def test_cues_of_one_voice_are_one_turn_with_one_label():
    found = draft(f"{TIME}\n<v Ann>One</v>", f"{TIME}\n<v Ann>two.</v>", f"{TIME}\n<v Bo Li>Yes.")
    assert found.text == "Ann: One\ntwo.\nBo Li: Yes."
    assert spoken(found) == [("Ann", "One\ntwo."), ("Bo Li", "Yes.")]


def test_words_of_nobody_end_a_turn():
    found = draft(f"{TIME}\n<v Ann>One</v>", f"{TIME}\n(music)", f"{TIME}\n<v Ann>Two</v>")
    assert found.text == "Ann: One\n(music)\nAnn: Two"
    assert spoken(found) == [("Ann", "One"), ("Ann", "Two")]


def test_two_voices_in_one_cue_are_two_turns():
    found = draft(f"{TIME}\n<v Ann>Hi</v>\n<v Bo>Hello</v>")
    assert (found.text, spoken(found)) == ("Ann: Hi\nBo: Hello", [("Ann", "Hi"), ("Bo", "Hello")])


@pytest.mark.parametrize(
    ("cue", "words"),
    [
        (f"intro 7\n{TIME} align:start\na\nb", "a\nb"),
        (f"{TIME}\n<c.yellow.bg>a</c> <00:00:01.500><i>b</i>", "a b"),
        (f"{TIME}\n&lt;a&gt; &amp;&nbsp;b", "<a> &\u00a0b"),
        (f"{TIME}\na <really> b", "a <really> b"),
        (f"{TIME}\n<lang en>a</lang>", "a"),
    ],
)
def test_words(cue, words):
    found = draft(cue)
    assert (found.text, found.voiced) == (words, False)


def test_what_is_left_out_is_counted():
    found = draft("NOTE a\nb", "STYLE\n::cue {}", f"one\n{TIME} line:0\n<b>a</b>")
    assert {loss.kind: loss.count for loss in found.losses} == {
        "comment": 1,
        "cue name": 1,
        "formatting": 1,
        "position": 1,
        "style": 1,
        "timestamp": 1,
    }


def test_cues_without_a_blank_line_between_them_are_still_two():
    assert draft(f"{TIME}\na\n{TIME}\nb").text == "a\nb"
