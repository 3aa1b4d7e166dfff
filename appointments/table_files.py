"""Tables as files, for spreadsheets in Germany. A text that one would take for a formula is disarmed."""

import csv
import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

FORMULA = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = "\ufeff"  # tells spreadsheets that it is UTF-8
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | float | None


def csv_file(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Semicolons and decimal commas in every language: a point would become a date."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";").writerows([_german(cell) for cell in row] for row in rows)
    return (BYTE_ORDER_MARK + buffer.getvalue()).encode()


def xlsx_file(rows: Iterable[Sequence[Cell]], *, title: str) -> bytes:
    """One sheet; numbers stay numbers."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append([_disarmed(cell) if isinstance(cell, str) else cell for cell in row])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _german(cell: Cell) -> Cell:
    return (
        str(cell).replace(".", ",") if isinstance(cell, float) else _disarmed(cell) if isinstance(cell, str) else cell
    )


def _disarmed(cell: str) -> str:
    """Without the control characters that no workbook may hold: one in a name would end the whole file."""
    text = ILLEGAL_CHARACTERS_RE.sub("", cell)
    return f"'{text}" if text.startswith(FORMULA) else text
