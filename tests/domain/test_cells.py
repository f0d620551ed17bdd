"""No text from outside is run by a spreadsheet."""

from __future__ import annotations

import pytest

from invoicing.domain.cells import text_cell


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+351 912 345 678", "'+351 912 345 678"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1+1", "'=1+1"),
        ("\r\n=1+1", "'=1+1"),
        ("\x00=1+1", "'=1+1"),
        ("\u200b=1+1", "'=1+1"),
        (" =1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        ('=HYPERLINK("http://example.com";"x")', '\'=HYPERLINK("http://example.com";"x")'),
        ("Ana\r=1+1", "Ana =1+1"),
        ("Ana; Lda", "Ana; Lda"),
        ("'=1", "'=1"),
        ("999999990", "999999990"),
        ("", ""),
    ],
)
def test_a_cell(text: str, cell: str) -> None:
    assert text_cell(text) == cell


def test_a_long_text_is_cut() -> None:
    assert len(text_cell("x" * 40_000)) == 500
