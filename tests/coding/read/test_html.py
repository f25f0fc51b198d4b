"""Web pages: the words a reader of the page sees."""

import pytest

from evalkit.coding.read.html import html_draft


def text(page):
    return html_draft(page.encode()).text


def counts(page):
    return {loss.kind: loss.count for loss in html_draft(page.encode()).losses}


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<p>a</p><p>b</p>", "a\nb"),
        ("<p>a<p>b", "a\nb"),
        ("<p> a \n b <b> c</b> </p>", "a b c"),
        ("<p>a<br>b<br><br>c</p>", "a\nb\n\nc"),
        ("<div>a<div>b</div>c</div>", "a\nb\nc"),
        ("<pre>a\n  b</pre>c", "a\n  b\nc"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        (
            "<table><tr><th>a<td><p>b</p><p>c</p></td></tr><tr><td></td><td>d</td></table>",
            "a\tb\nc\n\td",
        ),
        ("<p>a&nbsp;b &amp; &lt;c&gt; &#128512; &eacute;", "a\u00a0b & <c> \U0001f600 é"),
        ("a<script>var x = '<p>no</p>'</script><style>p{}</style>b", "ab"),
        ("<p>a<span hidden>no</span><i style='display: none'>no</i>b", "ab"),
        ("<p>a<del>no</del><ins>yes</ins>", "ayes"),
        ("<p>a<del>never closed", "anever closed"),
        ("<p hidden>never closed", "never closed"),
        ("<title>T</title><p>a", "a"),
        ("<head><title>T</title><p>a", "a"),
        ("<p>a<!-- no -->b", "ab"),
        ("<p>5 < 6 > 4 & so on", "5 < 6 > 4 & so on"),
    ],
)
def test_words(page, words):
    assert text(page) == words


@pytest.mark.parametrize("name", ["iso-8859-1", "windows-1252"])
def test_the_encoding_that_a_page_declares_is_used_as_browsers_use_it(name):
    page = (
        f'<meta http-equiv="Content-Type" content="text/html; charset={name}"><p>caf\u00e9 \u2013'
    )
    found = html_draft(page.encode("cp1252"))
    assert found.text == "caf\u00e9 \u2013"


def test_a_byte_order_mark_is_stronger_than_what_a_page_declares():
    assert html_draft("<meta charset=iso-8859-2><p>\u00e9".encode("utf-8-sig")).text == "\u00e9"


def test_an_unknown_or_wrong_declaration_is_passed_over():
    assert html_draft("<meta charset=nonsense><p>\u00e9".encode()).text == "\u00e9"
    assert html_draft("<meta charset=utf-16><p>\u00e9".encode()).text == "\u00e9"


def test_what_is_left_out_is_counted():
    page = (
        "<p>a<img src=x><a href=y>b</a><script>x</script><!-- c --><input><li>d<s>e</s>"
        "<ins>f</ins><video>g</video><b hidden>h</b>"
    )
    assert counts(page) == {
        "HTML comment": 1,
        "form field": 1,
        "hidden text": 1,
        "link address": 1,
        "list mark": 1,
        "picture": 1,
        "script or style": 1,
        "sound or film": 1,
        "tracked deletion": 1,
        "tracked insertion": 1,
    }


def test_the_title_of_the_page_is_the_title_of_the_source():
    assert html_draft(b"<title> My\n talk &amp; more</title><p>a").title == "My talk & more"
