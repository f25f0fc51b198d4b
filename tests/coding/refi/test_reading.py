"""Archives that depart from the standard open, and each departure is in the report."""

from __future__ import annotations

import zipfile

import pytest
from made_refi import CODE, SELECTION, SOURCE, USER, qdpx, selection, source, xml

from evalkit.coding.refi import read_project

TEXT = "Zoë read aloud"


def said(project, severity="deviation"):
    return {loss.why for loss in project.losses if loss.severity == severity}


@pytest.mark.parametrize(
    ("path", "member", "why"),
    [
        (f"internal://{SOURCE}.TXT", f"sources/{SOURCE}.txt", "written otherwise than in the XML"),
        (f"internal://{SOURCE}.txt", f"Sources/{SOURCE}.txt", "written otherwise than in the XML"),
        (f"internal://{SOURCE}.txt", f"other/{SOURCE}.txt", "in another folder"),
        (f"internal://{SOURCE}.txt", f"sources\\{SOURCE}.txt", ""),
        ("board.txt", "sources/board.txt", "does not begin with internal://"),
        ("relative:///talk.txt", "talk.txt", "does not begin with internal://"),
        (
            "absolute:///C:/Users/ana/talk.txt",
            "sources/talk.txt",
            "does not begin with internal://",
        ),
    ],
)
def test_a_text_is_found_by_its_bare_name_and_the_departure_is_reported(
    tmp_path, path, member, why
):
    content = xml(source(selection(1, 0, 3, "Zoë"), path))
    found = read_project(qdpx(tmp_path, content, TEXT.encode(), member=member))

    assert found.codings[0].segment.quote == "Zoë"
    assert any(why in one for one in said(found)) or not why


def test_a_file_outside_the_zip_is_never_opened(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    content = xml(source(path=f"absolute:///{secret}"))
    found = read_project(qdpx(tmp_path, content))

    assert found.sources[0].text == ""
    assert "its file is not in the project" in said(found, "lost")


def test_two_files_of_one_name_are_not_chosen_between(tmp_path):
    path = tmp_path / "a.qdpx"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("project.qde", xml(source(path="board.txt")))
        opened.writestr("a/board.txt", "one")
        opened.writestr("b/board.txt", "two")

    assert read_project(path).sources[0].text == ""


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_texts_in_other_encodings_are_read_and_reported(tmp_path, encoding):
    content = xml(source(selection(1, 4, 8, "read")))
    found = read_project(qdpx(tmp_path, content, TEXT.encode(encoding)))

    assert found.sources[0].text == TEXT
    assert found.codings[0].segment.quote == "read"
    assert said(found)


def test_the_line_ends_of_a_text_are_remembered_and_made_line_feeds(tmp_path):
    found = read_project(qdpx(tmp_path, xml(source()), b"a\r\nb\rc\n"))

    assert (found.sources[0].text, found.sources[0].newline) == ("a\nb\nc\n", "mixed")


def test_a_dictated_path_and_a_text_beside_it_are_one_source(tmp_path):
    found = read_project(qdpx(tmp_path, xml(source(text="inside")), b"in the file"))

    assert found.sources[0].text == "in the file"
    assert "it has both a text and the path of one" in said(found)


def test_passages_without_a_place_are_reported_by_name_with_their_codings(tmp_path):
    content = xml(source(selection(1, 0, 99, "far away") + selection(2, 0, 3, "Zoë")))
    found = read_project(qdpx(tmp_path, content, TEXT.encode()))
    lost = {loss.kind: loss for loss in found.losses if loss.severity == "lost"}

    assert [one.segment.quote for one in found.codings] == ["Zoë"]
    assert lost["PlainTextSelection"].where == ("talk.txt: far away",)
    assert lost["Coding"].count == 1


def test_a_name_that_is_a_label_is_kept_as_a_note(tmp_path):
    content = xml(source(selection(1, 0, 3, "Zoë") + selection(2, 4, 8, "a fine moment")))
    found = read_project(qdpx(tmp_path, content, TEXT.encode()))

    assert [(one.segment.quote, one.note) for one in found.codings] == [
        ("Zoë", ""),
        ("read", "a fine moment"),
    ]
    assert "its name is not a quotation; it is kept as a note" in said(found, "changed")


def test_without_any_evidence_the_standard_is_taken_and_flagged(tmp_path):
    content = xml(source(selection(1, 5, 9, "moment 1")))
    found = read_project(qdpx(tmp_path, content, "Zoë 😀 read".encode()))

    assert found.codings[0].segment.quote == " rea"
    assert any("nothing in the file shows" in one for one in said(found))


def test_a_code_that_is_not_in_the_book_is_reported(tmp_path):
    content = xml(source(selection(1, 0, 3).replace(CODE, USER), path="", text=TEXT))
    found = read_project(qdpx(tmp_path, content))

    assert found.codings == ()
    assert "its code is not in the codebook" in said(found, "lost")


def test_a_user_who_is_not_listed_keeps_the_guid_as_a_name(tmp_path):
    stranger = "00000000-0000-4000-8000-0000000000ff"
    content = xml(source(selection(1, 0, 3).replace(USER, stranger), path="", text=TEXT))
    found = read_project(qdpx(tmp_path, content))

    assert found.codings[0].coder == stranger
    assert "a user who is not in the list of users" in said(found)


def test_dates_written_otherwise_are_mended_and_reported(tmp_path):
    dated = selection(1, 0, 3).replace(
        "<Coding ", '<Coding creationDateTime="2026-05-04 10:00:00" '
    )
    found = read_project(qdpx(tmp_path, xml(source(dated, path="", text=TEXT))))

    assert found.codings[0].on == "2026-05-04T10:00:00"
    assert "a date that is not written as the standard wants" in said(found)


def test_a_pdf_keeps_the_passages_of_its_words(tmp_path):
    """ATLAS.ti repeats one guid on the area of a page and on its words."""
    area = (
        f'<PDFSelection guid="{SELECTION.format(1)}" page="0" firstX="1" firstY="1" secondX="2" '
        'secondY="2"/>'
    )
    content = xml(
        f'<Sources><PDFSource guid="{SOURCE}" name="a.pdf" path="internal://a.pdf">{area}'
        f'<Representation guid="{SELECTION.format(7)}"><PlainTextContent>{TEXT}</PlainTextContent>'
        f"{selection(1, 0, 3, 'Zoë')}</Representation></PDFSource></Sources>"
        f'<Sets><Set guid="{SELECTION.format(8)}" name="all"><MemberSource targetGUID="{SOURCE}"/>'
        "</Set></Sets>"
    )
    found = read_project(qdpx(tmp_path, content))

    assert found.codings[0].segment.quote == "Zoë"
    assert found.sets[0].members == ("a",)
    assert "its words are coded; its place on the page is not kept" in said(found, "changed")


def test_a_transcript_is_a_source_and_its_selections_are_placed_by_sync_points(tmp_path):
    points = "".join(
        f'<SyncPoint guid="{SELECTION.format(20 + place)}" timeStamp="{place}" position="{place}"/>'
        for place in (0, 3)
    )
    mark = (
        f'<TranscriptSelection guid="{SELECTION.format(3)}" name="Zoë" '
        f'fromSyncPoint="{SELECTION.format(20)}" toSyncPoint="{SELECTION.format(23)}">'
        f'<Coding guid="{SELECTION.format(4)}"><CodeRef targetGUID="{CODE}"/></Coding>'
        "</TranscriptSelection>"
    )
    content = xml(
        f'<Sources><VideoSource guid="{SOURCE}" name="a.mp4" path="relative:///a.mp4">'
        f'<Transcript guid="{SELECTION.format(5)}" name="words"><PlainTextContent>{TEXT}'
        f"</PlainTextContent>{points}{mark}</Transcript></VideoSource></Sources>"
    )
    found = read_project(qdpx(tmp_path, content))

    assert [one.segment.quote for one in found.codings] == ["Zoë"]
    assert found.sources[0].title == "words"


def test_memos_hang_on_what_they_are_about_by_reference_or_by_link(tmp_path):
    note = SELECTION.format(30)
    ref = f'<NoteRef targetGUID="{note}"/>'
    content = xml(
        source(
            selection(1, 0, 3, "Zoë").replace(
                "</PlainTextSelection>", ref + "</PlainTextSelection>"
            )
            + selection(2, 4, 8, "read"),
            path="",
            text=TEXT,
        )
        + f'<Notes><Note guid="{note}" name="Why"><PlainTextContent>x</PlainTextContent></Note></Notes>'
        f'<Links><Link guid="{SELECTION.format(31)}" direction="OneWay" originGUID="{note}" '
        f'targetGUID="{SELECTION.format(2)}"/></Links>{ref}'
    )
    found = read_project(qdpx(tmp_path, content))

    assert found.memos[0].about == ("talk:0-3", "project", "talk:4-8")
    assert (found.links[0].origin, found.links[0].target) == ("why", "talk:4-8")


def test_elements_the_standard_does_not_know_are_reported(tmp_path):
    found = read_project(qdpx(tmp_path, xml("<Colours><Colour/></Colours>")))

    assert "the standard knows no such element in Project" in said(found, "lost")
