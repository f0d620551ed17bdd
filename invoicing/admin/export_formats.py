"""The two files that an accountant opens: XLSX first, and CSV as a Portuguese Excel reads it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from django.utils.translation import gettext_lazy as _
from import_export.formats import base_formats
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from invoicing.admin.export_table import CellKind, Table, Value
from invoicing.domain.cells import text_cell

_TITLE_LIMIT = 31  # of a sheet's name


class XLSX(base_formats.XLSX):  # type: ignore[misc]
    """Real numbers and dates under a frozen head. Written row by row, as the stock format is not; that one
    also turns every cell into text as soon as formulas are escaped."""

    NUMBER_FORMATS = {
        CellKind.DAY: "dd/mm/yyyy",
        CellKind.MOMENT: "dd/mm/yyyy hh:mm",
        CellKind.AMOUNT: "#,##0.00",
    }

    def get_title(self) -> Any:
        return _("Excel (XLSX)")

    def export_data(self, dataset: Table, **_kwargs: Any) -> bytes:
        book = Workbook(write_only=True)
        book.properties.creator = "Jumpseller Invoicing"
        sheet = book.create_sheet(dataset.title[:_TITLE_LIMIT])
        sheet.freeze_panes = "A2"
        for position, column in enumerate(dataset.columns, start=1):
            sheet.column_dimensions[get_column_letter(position)].width = column.width
        sheet.append([_head(sheet, column.title) for column in dataset.columns])
        kinds = [column.kind for column in dataset.columns]
        for values in dataset.values():
            sheet.append([self._cell(sheet, kind, v) for kind, v in zip(kinds, values, strict=True)])
        file = BytesIO()
        book.save(file)
        return file.getvalue()

    def _cell(self, sheet: Any, kind: CellKind, value: Value) -> Any:
        if value is None or value == "":
            return None
        if kind is CellKind.TEXT:
            return _text(sheet, str(value))
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = self.NUMBER_FORMATS[kind]
        return cell


def _text(sheet: Any, value: str) -> Any:
    cell = WriteOnlyCell(sheet, text_cell(value))
    cell.data_type = "s"  # also where it reads like an error, such as #N/A
    return cell


def _head(sheet: Any, title: str) -> Any:
    cell = _text(sheet, title)
    cell.font = Font(bold=True)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _day(value: date) -> str:
    return f"{value:%d/%m/%Y}"


def _moment(value: datetime) -> str:
    return f"{value:%d/%m/%Y %H:%M}"


def _amount(value: Decimal) -> str:
    """Without separators of thousands, which not every program reads."""
    return f"{value:.2f}".replace(".", ",")


class CSV(base_formats.CSV):  # type: ignore[misc]
    """Semicolons, decimal commas and a byte order mark, whatever the user's language: Excel in Portugal and
    Spain splits, reads and decodes so, without asking."""

    WRITERS: dict[CellKind, Callable[[Any], str]] = {
        CellKind.TEXT: text_cell,
        CellKind.DAY: _day,
        CellKind.MOMENT: _moment,
        CellKind.AMOUNT: _amount,
    }

    def get_title(self) -> Any:
        return _("CSV (semicolons, decimal commas)")

    def get_content_type(self) -> str:
        return "text/csv; charset=utf-8"

    def export_data(self, dataset: Table, **_kwargs: Any) -> bytes:
        file = StringIO()
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow([text_cell(column.title) for column in dataset.columns])
        writers = [self.WRITERS[column.kind] for column in dataset.columns]
        for values in dataset.values():
            written = zip(writers, values, strict=True)
            writer.writerow(["" if value is None else write(value) for write, value in written])
        return file.getvalue().encode("utf-8-sig")
