"""Tickets in and out as tables that people open with a spreadsheet: CSV and XLSX.

=============================  =======================================================================================
``tickets.transfer.cells``     a cell's text made safe for spreadsheets, and taken back
``tickets.transfer.moments``   points in time as people write them
``tickets.transfer.columns``   the columns of a ticket, and how each is read and checked
``tickets.transfer.reading``   Table: the rows of a file, whatever its encoding
``tickets.transfer.writing``   write_table: rows into a file
``tickets.transfer.importing`` import_tickets: all rows or none
``tickets.transfer.exporting`` export_tickets
=============================  =======================================================================================

Both go through a file row by row: what is in memory does not grow with it.
"""

from tickets.transfer.columns import Known, RowMistake
from tickets.transfer.exporting import ExportFailed, export_tickets
from tickets.transfer.importing import ImportRefused, import_tickets
from tickets.transfer.reading import TableUnreadable, open_table

__all__ = [
    "ExportFailed",
    "ImportRefused",
    "Known",
    "RowMistake",
    "TableUnreadable",
    "export_tickets",
    "import_tickets",
    "open_table",
]
