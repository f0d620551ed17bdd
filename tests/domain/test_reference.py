"""One reference per order, role and generation."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.domain.plan import DocumentRole
from invoicing.domain.reference import MAX_LENGTH, reference_for

PARTS = st.tuples(
    st.text(alphabet="AB-_1", min_size=1, max_size=40),
    st.text(alphabet="AB-_1", min_size=1, max_size=40),
    st.sampled_from(DocumentRole),
    st.integers(1, 12),
)


def test_a_reference_names_store_order_role_and_generation() -> None:
    assert reference_for("LOJA", "1001", DocumentRole.INVOICE, 1) == "LOJA-1001-FT1"
    assert reference_for("LOJA", "1001", DocumentRole.CREDIT_NOTE, 2) == "LOJA-1001-NC2"


@given(PARTS, PARTS)
def test_two_documents_never_share_one(
    left: tuple[str, str, DocumentRole, int], right: tuple[str, str, DocumentRole, int]
) -> None:
    assert (reference_for(*left) == reference_for(*right)) == (left == right)


@given(st.text(min_size=1, max_size=80), st.text(min_size=1, max_size=80))
def test_any_text_gives_a_short_url_safe_reference(prefix: str, order_id: str) -> None:
    reference = reference_for(prefix, order_id, DocumentRole.INVOICE, 1)

    assert re.fullmatch(r"[A-Za-z0-9_~-]+", reference)
    assert len(reference) <= MAX_LENGTH


@pytest.mark.parametrize(("prefix", "order", "generation"), [("", "1", 1), ("L", "", 1), ("L", "1", 0)])
def test_a_reference_needs_all_its_parts(prefix: str, order: str, generation: int) -> None:
    with pytest.raises(ValueError, match="no reference"):
        reference_for(prefix, order, DocumentRole.INVOICE, generation)
