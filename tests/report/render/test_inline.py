from __future__ import annotations

from evalkit.report.document import FromFile, FromResult, Number, Passage, Ref, Strong, Tag
from evalkit.report.render.inline import inline


def test_a_number_carries_its_value_and_its_result():
    assert inline((Number(2.357, "2.4", "estimates/a -> b#value"),)) == (
        '<data class="n" value="2.357" data-result="estimates/a -&gt; b#value">2.4</data>'
    )


def test_a_number_that_was_worked_out_says_so():
    assert 'data-how="counted"' in inline((Number(3, "3", "joint", "counted"),))


def test_text_of_files_and_of_the_record_is_escaped():
    assert (
        inline(("<b>", FromFile("<i>", 'a"b')))
        == '&lt;b&gt;<span data-from="a&#34;b">&lt;i&gt;</span>'
    )


def test_names_between_backticks_become_code():
    assert inline((FromResult("of `a<b` here", "x"),)) == (
        '<span data-result="x">of <code>a&lt;b</code> here</span>'
    )
    assert "<code>" not in inline((FromResult("a lone ` stays", "x"),))


def test_tags_have_a_shape_hidden_from_readers_aloud():
    html = inline((Tag("verdict-mixed", "mixed"),))
    assert 'aria-hidden="true">' in html
    assert html.endswith("mixed</span>")


def test_only_own_words_get_quotation_marks():
    assert "“yes”" in inline((Passage("yes", verbatim=True, origin="s"),))
    assert "“" not in inline((Passage("yes", verbatim=False, origin="s"),))


def test_strong_and_pointers():
    assert inline((Strong(("a",)), Ref("b", "c"))) == (
        '<strong>a</strong><a href="#c" data-result="c">b</a>'
    )
