"""Tables as files. A text that a spreadsheet would take for a formula is disarmed."""

import csv
import io
from collections.abc import Iterable

from openpyxl import Workbook

FORMULA = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = "\ufeff"  # tells spreadsheets that it is UTF-8


def csv_file(rows: Iterable[list[str]]) -> bytes:
    """Semicolons, as German spreadsheets expect."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";").writerows([_disarmed(cell) for cell in row] for row in rows)
    return (BYTE_ORDER_MARK + buffer.getvalue()).encode()


def xlsx_file(rows: Iterable[list[str]], *, title: str) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append([_disarmed(cell) for cell in row])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _disarmed(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
