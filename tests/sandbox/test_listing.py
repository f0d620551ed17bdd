import pytest
import requests

from tests.sandbox.conftest import Shop


def test_pages_of_ten_unless_told(shop: Shop) -> None:
    made = [shop.create(reference=f"R{n}")["id"] for n in range(12)]

    first = shop.get("/invoices.json").json()
    second = shop.get("/invoices.json", page=2).json()

    assert [row["id"] for row in first["invoices"] + second["invoices"]] == made
    assert second["pagination"] == {
        "total_entries": 12,
        "current_page": 2,
        "total_pages": 2,
        "per_page": 10,
    }
    assert shop.get("/invoices.json", per_page=500).json()["pagination"]["per_page"] == 100
    assert shop.ids(page=3) == []


def test_filters(shop: Shop) -> None:
    draft = shop.create(reference="LOJA-1")["id"]
    final = shop.final(reference="LOJA-12")["id"]
    settled = shop.final("invoice_receipts", reference="LOJA-3")["id"]
    canceled = shop.final(reference="LOJA-4")
    shop.change(canceled, "canceled", message="x")

    assert shop.ids(reference="LOJA-1") == [draft]
    assert shop.ids(text="loja-1") == [draft, final]
    assert shop.ids(**{"status[]": "sent"}) == [final]
    assert shop.ids(**{"status[]": ["draft", "settled"]}) == [draft, settled]
    assert shop.ids(**{"status[]": "canceled"}) == [canceled["id"]]
    assert shop.ids(**{"type[]": "InvoiceReceipt"}) == [settled]
    assert shop.ids(**{"date[from]": "16/03/2026"}) == []
    assert shop.ids(**{"total_before_taxes[to]": "9.99"}) == []
    assert [row["id"] for row in shop.get("/invoice_receipts.json").json()["invoice_receipts"]] == [settled]


@pytest.mark.parametrize(("mode", "count"), [("exact", 1), ("partial", 2), ("ignored", 3)])
def test_how_the_reference_filter_reads(shop: Shop, mode: str, count: int) -> None:
    for reference in ("LOJA-1", "LOJA-12", "OUTRA"):
        shop.create(reference=reference)
    shop.switches.reference_filter = mode

    assert len(shop.ids(reference="LOJA-1")) == count


def test_archived_documents_are_asked_for(shop: Shop) -> None:
    kept, put_away = shop.create()["id"], shop.create()["id"]
    url = f"{shop.sandbox.url}/_sandbox/accounts/loja/documents/{put_away}"
    requests.put(url, json={"archived": True}, timeout=10)

    assert shop.ids() == [kept]
    assert shop.ids(non_archived="true") == [kept]
    assert shop.ids(archived="true") == [put_away]
    assert shop.ids(archived="true", non_archived="true") == [kept, put_away]


def test_the_filter_can_be_required(shop: Shop) -> None:
    made = shop.create()["id"]
    shop.switches.list_needs_non_archived = True

    assert shop.ids() == []
    assert shop.ids(non_archived="true") == [made]


def test_the_list_lags_behind_a_create_and_a_change(shop: Shop) -> None:
    clock = [1_800_000_000.0]
    shop.sandbox.state.now = lambda: clock[0]
    shop.switches.list_lag_seconds = 30
    document = shop.create()

    assert shop.ids() == []
    assert shop.get(f"/invoices/{document['id']}.json").status_code == 200
    clock[0] += 29
    assert shop.ids() == []
    clock[0] += 1
    assert shop.ids() == [document["id"]]

    shop.change(document, "finalized")
    assert shop.ids(**{"status[]": "sent"}) == []
    assert shop.ids(**{"status[]": "draft"}) == [document["id"]]
    clock[0] += 30
    assert shop.ids(**{"status[]": "sent"}) == [document["id"]]


def test_accounts_do_not_see_each_other(shop: Shop) -> None:
    other = Shop(shop.sandbox, "outra")
    document = shop.create()

    assert other.ids() == []
    assert other.get(f"/invoices/{document['id']}.json").status_code == 404
