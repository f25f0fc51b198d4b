"""Word documents: what is kept, what is left out, and that everything left out is counted."""

import pytest
from documents import W, docx, docx_p

from evalkit.coding.read.docx import docx_draft


def run(text, properties=""):
    return f'<w:r>{properties}<w:t xml:space="preserve">{text}</w:t></w:r>'


def draft(body, **parts):
    return docx_draft(docx(body, **{name.replace("__", "/"): text for name, text in parts.items()}))


def counts(found):
    return {loss.kind: loss.count for loss in found.losses}


def test_insertions_are_kept_and_deletions_left_out_and_both_are_counted():
    found = draft(
        f"<w:p>{run('We ')}<w:ins>{run('often ')}</w:ins>"
        f"<w:del><w:r><w:delText>never </w:delText></w:r></w:del>{run('read.')}</w:p>"
        f"<w:moveFrom>{run('gone')}</w:moveFrom>"
    )
    assert found.text == "We often read."
    assert counts(found) == {"tracked insertion": 1, "tracked deletion": 2}
    assert {loss.kind: loss.severity for loss in found.losses} == {
        "tracked insertion": "changed",
        "tracked deletion": "lost",
    }


def test_notes_comments_and_headers_are_left_out_and_counted():
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    found = docx_draft(
        docx(
            f"<w:p>{run('Word')}{note}<w:r><w:commentReference w:id='1'/></w:r></w:p>",
            **{
                "word/footnotes.xml": f'<w:footnotes xmlns:w="{W}"><w:footnote w:type="separator"/>'
                f"<w:footnote>{docx_p('aside')}</w:footnote></w:footnotes>",
                "word/comments.xml": f'<w:comments xmlns:w="{W}"><w:comment/></w:comments>',
                "word/header1.xml": f'<w:hdr xmlns:w="{W}">{docx_p("Draft 3")}</w:hdr>',
                "word/footer1.xml": f'<w:ftr xmlns:w="{W}">{docx_p("")}</w:ftr>',
            },
        )
    )
    assert found.text == "Word"
    assert counts(found) == {"footnote": 1, "comment": 1, "header or footer": 1}


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t></w:r>", "a\tb"),
        ("<w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:cr/><w:t>c</w:t></w:r>", "a\nb\nc"),
        ("<w:r><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t><w:softHyphen/></w:r>", "a\u2011b\u00ad"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F04A"/></w:r>', "\ufffd"),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>a</w:t></w:r>", ""),
        ('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>a</w:t></w:r>', "a"),
        ("<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>7</w:t></w:r>", "7"),
        ('<w:hyperlink r:id="x"><w:r><w:t>here</w:t></w:r></w:hyperlink>', "here"),
        ("<w:sdt><w:sdtContent><w:r><w:t>a</w:t></w:r></w:sdtContent></w:sdt>", "a"),
        ("<w:smartTag><w:r><w:t>a</w:t></w:r></w:smartTag>", "a"),
    ],
)
def test_characters_that_are_elements(inside, text):
    assert draft(f"<w:p>{inside}</w:p>").text == text


def test_words_of_a_text_box_stand_once_and_on_their_own_lines():
    box = f"<w:txbxContent>{docx_p('in the box')}</w:txbxContent>"
    found = draft(
        f"<w:p>{run('before')}<w:r><AlternateContent><Choice>{box}</Choice>"
        f"<Fallback>{box}</Fallback></AlternateContent></w:r></w:p>{docx_p('after')}"
    )
    assert found.text.split("\n")[:2] == ["before", "in the box"]
    assert found.text.split("\n")[-1] == "after"
    assert found.text.count("in the box") == 1


def test_blank_paragraphs_stay_but_not_at_the_end():
    body = docx_p("a") + docx_p("") + docx_p("b") + docx_p("") + docx_p("")
    assert draft(body).text == "a\n\nb"


def test_several_paragraphs_in_a_cell_stay_apart():
    cells = f"<w:tc>{docx_p('a')}{docx_p('b')}</w:tc><w:tc>{docx_p('c')}</w:tc>"
    found = draft(f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>{docx_p('d')}")
    assert found.text == "a\nb\tc\nd"


def test_lists_by_style_are_counted():
    styles = f'<w:styles xmlns:w="{W}"><w:style w:styleId="L"><w:pPr><w:numPr/></w:pPr></w:style></w:styles>'
    item = docx_p("a", '<w:pPr><w:pStyle w:val="L"/></w:pPr>')
    assert counts(docx_draft(docx(item * 3, **{"word/styles.xml": styles}))) == {"list mark": 3}


def test_the_title_is_kept_and_other_properties_are_counted():
    core = '<c xmlns:d="x"><d:title> My \n talk </d:title><d:creator>A</d:creator></c>'
    found = docx_draft(docx(docx_p("a"), **{"docProps/core.xml": core}))
    assert (found.title, counts(found)) == ("My talk", {"document property": 1})


def test_strict_documents_with_other_namespaces_are_read_alike():
    body = f'<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body>{docx_p("a")}</w:body></w:document>'
    assert docx_draft(docx("", **{"word/document.xml": body})).text == "a"
