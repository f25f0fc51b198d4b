# ruff: noqa: RUF001 (typographic quotes and dashes are what is tested)
"""One talk, written in every format by this file alone: what the readers' contract reads."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from xml.sax.saxutils import escape

BLOCKS = (
    ("paragraph", "Interviewer: What changed at home – “every night”, you’d said?"),
    ("paragraph", "Mother: We read. Zoë’s teacher 👩‍🏫 gave us:"),
    ("list", ("a bag of books 📚", "a café voucher")),
    ("paragraph", "Head Teacher: The table shows it, 12:30 each day."),
    ("table", (("When", "Books"), ("before", "2"), ("after", "11 & “more” <really>"))),
    ("break", ""),
    ("paragraph", 'Mother: Naïve, I know — but it\'s "true".'),
    ("paragraph", "À la maison: non. At school, yes; e\u0301 stays e\u0301."),
    ("paragraph", "Interviewer: Thank you."),
)


def lines() -> list[str]:
    """The talk as its lines."""
    found: list[str] = []
    for kind, what in BLOCKS:
        if kind == "paragraph":
            found.append(what)
        elif kind == "list":
            found.extend(what)
        elif kind == "table":
            found.extend("\t".join(row) for row in what)
    return found


TEXT = "\n".join(lines())
SPEECH = (
    ("Interviewer", "What changed at home – “every night”, you’d said?"),
    ("Mother", "We read. Zoë’s teacher 👩‍🏫 gave us:\na bag of books 📚\na café voucher"),
    (
        "Head Teacher",
        "The table shows it, 12:30 each day.\nWhen\tBooks\nbefore\t2\nafter\t11 & “more” <really>",
    ),
    (
        "Mother",
        (
            'Naïve, I know — but it\'s "true".\n'
            "À la maison: non. At school, yes; e\u0301 stays e\u0301."
        ),
    ),
    ("Interviewer", "Thank you."),
)


def words(text: str) -> list[str]:
    """The words of a text: what is left when blanks and the marks of Markdown are gone."""
    return re.sub(r"[|\\]|^- |^-+$|---", " ", text, flags=re.MULTILINE).split()


def zipped(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            part = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            archive.writestr(part, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def txt() -> bytes:
    return TEXT.encode()


def md() -> bytes:
    out = []
    for kind, what in BLOCKS:
        if kind == "paragraph":
            name, colon, rest = what.partition(": ")
            bold = colon and not name.startswith("À")
            out.append(f"**{name}:** {rest}" if bold else what)
        elif kind == "list":
            out.extend(f"- {item}" for item in what)
        elif kind == "table":
            rows = [f"| {' | '.join(row)} |" for row in what]
            out.extend([rows[0], "|---|---|", *rows[1:]])
    return "\n".join(out).encode()


def csv_() -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["id", "text"], ["talk", TEXT]])
    return out.getvalue().encode()


def xlsx(rows: list[list[str]] | None = None, sheet: str = "", **more: str) -> bytes:
    rows = rows or [["id", "text"], ["talk", TEXT]]
    cells = "".join(
        f'<row r="{r}">'
        + "".join(
            f'<c r="{chr(64 + c)}{r}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
            for c, cell in enumerate(row, start=1)
        )
        + "</row>"
        for r, row in enumerate(rows, start=1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rels = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{types}"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
            "</Types>",
            "_rels/.rels": f'<Relationships xmlns="{rels}"><Relationship Id="rId1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
            '<sheet name="Answers" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{rels}"><Relationship Id="rId1" '
            f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": sheet
            or f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
            **more,
        }
    )


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def docx_p(text: str, properties: str = "") -> str:
    """A paragraph whose words are cut into runs at every third blank, as Word does."""
    pieces = re.split(r"(?<= )", text)
    runs = ["".join(pieces[at : at + 3]) for at in range(0, len(pieces), 3)]
    return (
        f"<w:p>{properties}"
        + "".join(f'<w:r><w:t xml:space="preserve">{escape(run)}</w:t></w:r>' for run in runs)
        + "</w:p>"
    )


def docx_body() -> str:
    out = []
    listed = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    for kind, what in BLOCKS:
        if kind == "paragraph":
            out.append(docx_p(what))
        elif kind == "list":
            out.extend(docx_p(item, listed) for item in what)
        elif kind == "table":
            rows = (
                "<w:tr>" + "".join(f"<w:tc>{docx_p(cell)}</w:tc>" for cell in row) + "</w:tr>"
                for row in what
            )
            out.append(f"<w:tbl><w:tblPr/>{''.join(rows)}</w:tbl>")
        else:
            out[-1] += ""
    at = next(place for place, part in enumerate(out) if "Naïve" in part)
    out[at] = out[at].replace("<w:p>", '<w:p><w:r><w:br w:type="page"/></w:r>', 1)
    return "".join(out)


def docx(body: str | None = None, **more: str | bytes) -> bytes:
    inside = docx_body() if body is None else body
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/'
        'package/2006/content-types"/>',
        "word/document.xml": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>{inside}<w:sectPr/></w:body></w:document>',
    }
    return zipped({**parts, **more})


ODF = "urn:oasis:names:tc:opendocument:xmlns"
ODT_NAMES = (
    f'xmlns:office="{ODF}:office:1.0" xmlns:text="{ODF}:text:1.0" xmlns:table="{ODF}:table:1.0" '
    f'xmlns:draw="{ODF}:drawing:1.0" xmlns:style="{ODF}:style:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def odt_p(text: str, style: str = "") -> str:
    named = f' text:style-name="{style}"' if style else ""
    return f"<text:p{named}>{escape(text)}</text:p>"


def odt_body() -> str:
    out = []
    style = ""
    for kind, what in BLOCKS:
        if kind == "paragraph":
            out.append(odt_p(what, style))
            style = ""
        elif kind == "list":
            items = (f"<text:list-item>{odt_p(item)}</text:list-item>" for item in what)
            out.append(f"<text:list>{''.join(items)}</text:list>")
        elif kind == "table":
            rows = (
                "<table:table-row>"
                + "".join(f"<table:table-cell>{odt_p(cell)}</table:table-cell>" for cell in row)
                + "</table:table-row>"
                for row in what
            )
            out.append(f"<table:table>{''.join(rows)}</table:table>")
        else:
            style = "Break"
    return "".join(out)


def odt(body: str | None = None, **more: str | bytes) -> bytes:
    inside = odt_body() if body is None else body
    parts: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {ODT_NAMES}>'
        '<office:automatic-styles><style:style style:name="Break" style:family="paragraph">'
        '<style:paragraph-properties fo:break-before="page"/></style:style>'
        "</office:automatic-styles>"
        f"<office:body><office:text>{inside}</office:text></office:body></office:document-content>",
    }
    return zipped({**parts, **more})


def rtf_words(text: str) -> str:
    """Every way a letter can be written: as it is, as a byte, as a word, as UTF-16 units."""
    named = {"“": "\\ldblquote ", "”": "\\rdblquote ", "–": "\\endash ", "\t": "\\tab "}
    out = []
    for letter in text:
        if letter in named:
            out.append(named[letter])
        elif letter in "\\{}":
            out.append(f"\\{letter}")
        elif ord(letter) < 128:
            out.append(letter)
        elif letter in "ëé":
            out.append(f"\\'{letter.encode('cp1252').hex()}")
        else:
            units = letter.encode("utf-16-le")
            codes = [int.from_bytes(units[at : at + 2], "little") for at in range(0, len(units), 2)]
            out.extend(f"\\u{code - 65536 if code > 32767 else code}?" for code in codes)
    return "".join(out)


def rtf(body: str | None = None) -> bytes:
    out = []
    for kind, what in BLOCKS:
        if kind == "paragraph":
            out.append(rf"\pard {rtf_words(what)}\par")
        elif kind == "list":
            out.extend(rf"\pard{{\listtext\'b7\tab}}\ls1 {rtf_words(item)}\par" for item in what)
        elif kind == "table":
            for row in what:
                cells = "".join(rf"\intbl {rtf_words(cell)}\cell" for cell in row)
                out.append(rf"\trowd {cells}\row")
        else:
            out.append(r"\page")
    head = (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}}"
        r"{\colortbl;\red0\green0\blue0;}{\*\generator Somebody;}\uc1 "
    )
    inside = "\n".join(out) if body is None else body
    return f"{head}\n{inside}\n}}".encode("latin-1")


def html() -> bytes:
    out = []
    for kind, what in BLOCKS:
        if kind == "paragraph":
            out.append(f"<p>{escape(what).replace(' read.', chr(10) + '   <b>read</b>.')}</p>")
        elif kind == "list":
            out.append(f"<ul>{''.join(f'<li>{item}</li>' for item in what)}</ul>")
        elif kind == "table":
            rows = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in what)
            out.append(f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>")
        else:
            out.append('<hr style="page-break-after: always">')
    page = "\n".join(out)
    return (
        "<!DOCTYPE html><html><head><meta charset=utf-8><style>p{}</style></head>\n"
        f"<body>\n{page}\n<script>alert(1)</script></body></html>"
    ).encode()


def stamp(second: int, mark: str) -> str:
    return f"00:00:{second:02d}{mark}000"


def srt() -> bytes:
    cues = (
        f"{at}\n{stamp(at, ',')} --> {stamp(at + 1, ',')}\n{line}\n"
        for at, line in enumerate(lines(), start=1)
    )
    return "\n".join(cues).encode()


def vtt() -> bytes:
    """Voices are marks here, not words."""
    out, at = ["WEBVTT", "", "NOTE made by hand", ""], 0
    for speaker, speech in SPEECH:
        for line in speech.split("\n"):
            at += 1
            out += [f"{stamp(at, '.')} --> {stamp(at + 1, '.')} line:0"]
            out += [f"<v {speaker}>{escape(line)}</v>", ""]
    return "\n".join(out).encode()


def pdf(pages: tuple[tuple[str, ...], ...] = ()) -> bytes:
    """Two pages, each letter a glyph of its own number in a font that says which letter it is."""
    talk = [line.replace("\t", " ") for line in lines()]
    half = next(at for at, line in enumerate(talk) if "Naïve" in line)
    pages = pages or (tuple(talk[:half]), tuple(talk[half:]))
    letters = sorted({letter for page in pages for line in page for letter in line})
    glyph = {letter: at for at, letter in enumerate(letters, start=1)}
    maps = "\n".join(
        f"<{at:04x}> <{letter.encode('utf-16-be').hex()}>" for letter, at in glyph.items()
    )
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def "
        "/CMapType 2 def 1 begincodespacerange <0000> <ffff> endcodespacerange "
        f"{len(letters)} beginbfchar\n{maps}\nendbfchar endcmap end end"
    )
    contents = [
        "BT /F1 10 Tf 50 800 Td 0 -14 TD "
        + " T* ".join(f"<{''.join(f'{glyph[mark]:04x}' for mark in line)}> Tj" for line in page)
        + " ET"
        for page in pages
    ]
    count = len(pages)
    kids = " ".join(f"{6 + 2 * at} 0 R" for at in range(count))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        (
            "<< /Type /Font /Subtype /Type0 /BaseFont /Any /Encoding /Identity-H "
            "/DescendantFonts [4 0 R] /ToUnicode 5 0 R >>"
        ),
        (
            "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Any /DW 500 "
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
        ),
        f"<< /Length {len(cmap)} >>\nstream\n{cmap}\nendstream",
    ]
    for at, content in enumerate(contents):
        objects += [
            (
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {7 + 2 * at} 0 R "
                "/Resources << /Font << /F1 3 0 R >> >> >>"
            ),
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        ]
    return pdf_file([body.encode() for body in objects])


def pdf_file(objects: list[bytes], first: str = "/Root 1 0 R") -> bytes:
    """The file around the objects, which are numbered from 1."""
    out, places = b"%PDF-1.7\n", []
    for at, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (at, body)
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    return (
        out
        + f"xref\n0 {size}\n0000000000 65535 f \n{table}".encode()
        + f"trailer << /Size {size} {first} >>\nstartxref\n{len(out)}\n%%EOF\n".encode()
    )


TALKS = {
    ".csv": csv_,
    ".docx": docx,
    ".htm": html,
    ".html": html,
    ".md": md,
    ".odt": odt,
    ".pdf": pdf,
    ".rtf": rtf,
    ".srt": srt,
    ".txt": txt,
    ".vtt": vtt,
    ".xlsx": xlsx,
}
IN_OTHER_MARKS = (".md", ".pdf")
"""Formats that write cells of a table with marks or gaps of their own: their words are compared."""
