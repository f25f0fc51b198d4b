"""Opens one workbook or parquet file in a process of its own, with little memory and time.

Run as a program by `evalkit.data.apart`: what to do comes as JSON in the first argument, the file's
bytes on standard input, the answer (JSON, or an Arrow stream) on standard output. It imports
nothing of evalkit, so that it starts quickly. A file that makes the parser ask for endless memory
kills this process only.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import date, datetime, time
from typing import Any

MEGABYTE = 1 << 20


def limit(memory_mb: int, seconds: int) -> None:
    """Limit memory and processor time of this process, where the system can."""
    try:
        import resource
    except ImportError:  # Windows: the caller's time limit is all there is
        return
    limits = {
        resource.RLIMIT_AS: memory_mb * MEGABYTE,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }
    for which, most in limits.items():
        try:
            resource.setrlimit(which, (most, most))
        except (OSError, ValueError):  # macOS refuses some of them
            continue


def as_text(value: Any) -> str:
    """Return a cell's value as the text a CSV would hold."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def workbook(job: dict[str, Any], data: bytes) -> bytes:
    """Return one sheet's cells as text, and the names of all sheets, as JSON."""
    import python_calamine as calamine

    book = calamine.load_workbook(io.BytesIO(data))
    shown = [
        meta.name
        for meta in book.sheets_metadata
        if meta.typ == calamine.SheetTypeEnum.WorkSheet
        and meta.visible == calamine.SheetVisibleEnum.Visible
    ]
    names = [job["sheet"]] if job["sheet"] else shown
    if job["sheet"] and job["sheet"] not in book.sheet_names:
        return json.dumps({"no_sheet": book.sheet_names}).encode()
    for name in names:
        sheet = book.get_sheet_by_name(name)
        if sheet.total_height * sheet.total_width > job["cells"]:
            return json.dumps({"too_large": [sheet.total_height, sheet.total_width]}).encode()
        rows = sheet.to_python(skip_empty_area=False, nrows=job["rows"])
        if rows or name == names[-1]:
            texts = [[as_text(cell) for cell in row] for row in rows]
            answer = {"sheet": name, "others": [n for n in shown if n != name], "rows": texts}
            return json.dumps(answer).encode()
    return json.dumps({"sheet": "", "others": [], "rows": []}).encode()


def parquet(job: dict[str, Any], data: bytes) -> bytes:
    """Return the table as an Arrow stream, or its column names (or a refusal) as JSON."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(io.BytesIO(data))
    schema, meta = file.schema_arrow, file.metadata
    if job["rows"]:
        return json.dumps({"names": schema.names}).encode()
    if meta.num_rows * max(meta.num_columns, 1) > job["cells"]:
        return json.dumps({"too_large": [meta.num_rows, meta.num_columns]}).encode()
    nested = [item.name for item in schema if pa.types.is_nested(item.type)]
    if nested:
        return json.dumps({"nested": nested}).encode()
    table = file.read(use_threads=False)
    plain = [
        pa.field(
            item.name, item.type.value_type if pa.types.is_dictionary(item.type) else item.type
        )
        for item in table.schema
    ]
    # Categories are written out here, where a category of ten megabytes can do no harm.
    table = table.cast(pa.schema(plain))
    if table.nbytes > job["most_mb"] * MEGABYTE:
        return json.dumps({"too_heavy": table.nbytes // MEGABYTE}).encode()
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def main() -> None:
    """Do the one job named in the first argument."""
    job = json.loads(sys.argv[1])
    limit(job["memory_mb"], job["seconds"])
    data = sys.stdin.buffer.read()
    open_file = {"workbook": workbook, "parquet": parquet}[job["kind"]]
    try:
        answer = open_file(job, data)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever a parser says of a damaged file)
        answer = json.dumps({"damaged": type(error).__name__}).encode()
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
