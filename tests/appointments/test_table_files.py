"""Tables as files: what was typed into a name neither runs in a spreadsheet nor ends the file."""

import csv
import io

import pytest
from openpyxl import load_workbook

from appointments.table_files import csv_file, xlsx_file


def of_csv(text: str) -> str:
    [[cell]] = csv.reader(io.StringIO(csv_file([[text]]).decode("utf-8-sig"), newline=""), delimiter=";")
    return cell


def of_xlsx(text: str) -> str:
    return load_workbook(io.BytesIO(xlsx_file([[text]], title="Blatt"))).active["A1"].value


@pytest.mark.parametrize("opened", [of_csv, of_xlsx])
@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\v=1+1", "\x00=1"])
def test_what_looks_like_a_formula_is_a_text(opened, text):
    assert opened(text) == f"'{text.lstrip(chr(0) + chr(11))}"


@pytest.mark.parametrize("opened", [of_csv, of_xlsx])
@pytest.mark.parametrize("control", ["\x00", "\x07", "\x0b", "\x1f"])
def test_a_control_character_in_a_name_is_left_out(opened, control):
    assert opened(f"Praxis{control} Süd 🩺") == "Praxis Süd 🩺"
