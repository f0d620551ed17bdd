import re

import pytest

from tests.sandbox.conftest import Shop, invoice_body, line, messages


def test_finalizing_gives_the_legal_marks(shop: Shop) -> None:
    document = shop.final()

    assert document["status"] == "final"
    assert (document["sequence_number"], document["inverted_sequence_number"]) == ("1/2026", "2026/1")
    assert re.fullmatch(r"[A-Z0-9]{8}-1", document["atcud"])
    assert re.fullmatch(r"[A-Za-z0-9]{4}", document["saft_hash"])
    row = shop.get("/sequences.json").json()["sequences"][0]
    assert document["sequence_id"] == row["current_invoice_sequence_id"]
    assert row["current_invoice_number"] == 1


def test_numbers_run_per_type_and_series(shop: Shop) -> None:
    numbers = [shop.final()["sequence_number"], shop.final()["sequence_number"]]
    other_type = shop.final("invoice_receipts")["sequence_number"]
    created = shop.post("/sequences.json", {"sequence": {"serie": "LOJA", "default_sequence": "1"}})
    row = created.json()["sequence"]
    other_series = shop.final(sequence_id=str(row["current_invoice_sequence_id"]))

    assert numbers == ["1/2026", "2/2026"]
    assert other_type == "1/2026"
    assert (other_series["sequence_number"], other_series["atcud"]) == ("1/LOJA", "N/D")


@pytest.mark.parametrize(
    ("path", "status"),
    [("invoices", "final"), ("invoice_receipts", "settled"), ("simplified_invoices", "final")],
)
def test_the_status_after_finalizing(shop: Shop, path: str, status: str) -> None:
    assert shop.final(path)["status"] == status


def test_a_simplified_invoice_may_settle_at_once(shop: Shop) -> None:
    shop.switches.simplified_finalizes_to = "settled"

    assert shop.final("simplified_invoices")["status"] == "settled"


def test_a_transition_is_not_repeated(shop: Shop) -> None:
    document = shop.final()

    answer = shop.change(document, "finalized")

    assert (answer.status_code, messages(answer)) == (422, ["Invalid state"])
    assert shop.get(f"/invoices/{document['id']}.json").json()["invoice"]["sequence_number"] == "1/2026"


@pytest.mark.parametrize("state", ["canceled", "settled", "unsettled", "accepted", "nonsense", None])
def test_a_draft_can_only_be_finalized_or_deleted(shop: Shop, state: str) -> None:
    document = shop.create()

    answer = shop.change(document, state, message="porque sim")

    assert (answer.status_code, messages(answer)) == (422, ["Invalid state"])


def test_a_deleted_draft_is_gone_from_the_lists_for_good(shop: Shop) -> None:
    document = shop.create()

    answer = shop.change(document, "deleted")

    assert answer.json()["invoice"]["status"] == "deleted"
    assert shop.ids() == []
    assert shop.change(document, "finalized").status_code == 422


def test_a_final_document_can_not_be_deleted(shop: Shop) -> None:
    assert messages(shop.change(shop.final(), "deleted")) == ["Invalid state"]


def test_canceling_needs_a_message_and_keeps_the_number(shop: Shop) -> None:
    document = shop.final()

    refused = shop.change(document, "canceled")
    done = shop.change(document, "canceled", message="Encomenda anulada")

    assert messages(refused) == ["Cancel message can't be blank"]
    assert (done.json()["invoice"]["status"], done.json()["invoice"]["sequence_number"]) == (
        "canceled",
        "1/2026",
    )


def test_only_an_invoice_receipt_is_canceled_when_settled(shop: Shop) -> None:
    receipt, invoice = shop.final("invoice_receipts"), shop.final()
    shop.change(invoice, "settled")

    assert shop.change(receipt, "canceled", "invoice_receipts", message="x").status_code == 200
    assert messages(shop.change(invoice, "canceled", message="x")) == ["Invalid state"]


def test_dates_never_run_backwards_within_a_type_and_series(shop: Shop) -> None:
    shop.final("invoice_receipts", date="02/08/2026", due_date="02/08/2026")
    late = shop.create("invoice_receipts", date="01/08/2026", due_date="01/08/2026")
    other_type = shop.create(date="01/08/2026", due_date="01/08/2026")

    refused = shop.change(late, "finalized", "invoice_receipts")

    assert messages(refused) == [
        "Date cannot be earlier than the last invoice-receipt of this sequence[02 Aug 26]"
    ]
    assert shop.change(other_type, "finalized").status_code == 200


def test_the_date_can_be_checked_at_the_create_too(shop: Shop) -> None:
    shop.switches.date_checked_on_create = True
    shop.final(date="02/08/2026", due_date="02/08/2026")

    answer = shop.post("/invoices.json", invoice_body(date="01/08/2026", due_date="01/08/2026"))

    assert answer.status_code == 422


def test_the_legal_text_of_an_exemption_joins_the_observations(shop: Shop) -> None:
    document = shop.final(items=[line(tax={"name": "Isento"})], tax_exemption_reason="M16")

    assert document["observations"] == "\nIsento artigo 14.º do RITI"


def test_the_client_is_frozen_when_the_document_is_final(shop: Shop) -> None:
    final, draft = shop.final(), shop.create()
    shop.put(f"/clients/{final['client']['id']}.json", {"client": {"name": "Ana Mudada"}})

    names = [
        shop.get(f"/invoices/{document['id']}.json").json()["invoice"]["client"]["name"]
        for document in (final, draft)
    ]

    assert names == ["Ana Inventada", "Ana Mudada"]


def test_the_answer_of_a_change_can_be_empty(shop: Shop) -> None:
    shop.switches.change_state_body = "empty"

    answer = shop.change(shop.create(), "finalized")

    assert (answer.status_code, answer.content) == (200, b"")
