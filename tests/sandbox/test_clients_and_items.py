from typing import Any

import pytest

from tests.sandbox.conftest import Shop, invoice_body, line, messages


def client(**fields: Any) -> dict[str, Any]:
    return {"client": fields}


def test_a_client_as_recorded(shop: Shop) -> None:
    made = shop.post("/clients.json", client(name="Ana Inventada", code="12345", send_options="1")).json()
    read = shop.get("/clients/find-by-code.json", client_code="12345").json()["client"]

    assert made["client"] == {
        "id": read["id"],
        "name": "Ana Inventada",
        "code": "12345",
        "language": None,
        "email": None,
        "address": None,
        "city": None,
        "postal_code": None,
        "fiscal_id": None,
        "website": None,
        "phone": None,
        "fax": None,
        "preferred_contact": {},
        "observations": None,
        "send_options": 1,
    }
    assert (read["payment_days"], read["tax_exemption_code"]) == (0, "M00")


def test_what_is_refused_of_clients(shop: Shop) -> None:
    shop.post("/clients.json", client(name="Ana", code="1"))

    assert messages(shop.post("/clients.json", client())) == ["Nome é um campo obrigatório"]
    assert messages(shop.post("/clients.json", client(name="Ana"))) == ["Nome não está disponível"]
    assert messages(shop.post("/clients.json", client(name="Rui", code="1"))) == [
        "Code has already been taken"
    ]
    assert messages(shop.post("/clients.json", client(name="Rui", send_options="4"))) == [
        "Send options must be within 1 and 3"
    ]


@pytest.mark.parametrize(("mode", "status"), [("404", 404), ("500", 500)])
def test_finding_nobody(shop: Shop, mode: str, status: int) -> None:
    shop.switches.find_without_match = mode

    assert shop.get("/clients/find-by-name.json", client_name="Ninguém").status_code == status


def test_a_document_creates_its_client_once(shop: Shop) -> None:
    first, second = shop.create(), shop.create()

    assert first["client"]["id"] == second["client"]["id"]
    assert len(shop.account.clients) == 1


def test_the_code_is_looked_for_before_the_name(shop: Shop) -> None:
    ana = shop.create(client={"name": "Ana", "code": "1"})["client"]["id"]
    rui = shop.create(client={"name": "Rui", "code": "2"})["client"]["id"]

    assert shop.create(client={"name": "Rui", "code": "1"})["client"]["id"] == ana
    assert shop.create(client={"name": "Rui"})["client"]["id"] == rui


def test_a_namesake_with_another_code_is_refused(shop: Shop) -> None:
    shop.create(client={"name": "Ana", "code": "1"})

    answer = shop.post("/invoices.json", invoice_body(client={"name": "Ana", "code": "2"}))

    assert messages(answer) == ["Client is invalid", "Nome não está disponível"]


def test_a_reused_client_keeps_its_fields_unless_switched(shop: Shop) -> None:
    shop.create(client={"name": "Ana", "code": "1", "city": "Porto"})

    kept = shop.create(client={"name": "Ana", "code": "1", "city": "Faro"})
    shop.switches.reused_client = "updated"
    changed = shop.create(client={"name": "Ana", "code": "1", "city": "Faro"})

    assert (kept["client"]["city"], changed["client"]["city"]) == ("Porto", "Faro")


def test_a_client_with_a_bad_tax_number_poisons_later_documents(shop: Shop) -> None:
    shop.switches.bad_nif = "accept"
    shop.create(client={"name": "Ana", "code": "1", "fiscal_id": "111111111"})
    shop.switches.bad_nif = "refuse"

    answer = shop.post("/invoices.json", invoice_body(client={"name": "Ana", "code": "1"}))

    assert messages(answer) == ["Client is invalid", "Fiscal não é válido"]


def test_a_document_adds_its_lines_to_the_catalog_and_overwrites_known_names(shop: Shop) -> None:
    shop.create(items=[line()])
    shop.create(items=[line(description="Caneca nova", unit_price="11", tax={"name": "IVA6"})])

    (item,) = shop.get("/items.json").json()["items"]
    assert (item["name"], item["description"], item["unit_price"], item["tax"]["name"]) == (
        "CAN-01",
        "Caneca nova",
        "11.0",
        "IVA6",
    )


def test_items_are_kept_by_name(shop: Shop) -> None:
    body = {"item": {"name": "X", "unit_price": "1.5", "unit": "unit", "tax": {"name": "IVA6"}}}
    made = shop.post("/items.json", body)
    item_id = made.json()["item"]["id"]

    assert (made.status_code, made.json()["item"]["unit_price"]) == (201, "1.5")
    assert messages(shop.post("/items.json", body)) == ["Nome não está disponível"]
    assert messages(shop.post("/items.json", {"item": {"name": "Y", "unit_price": 1.5}})) == [
        "Unit price is not valid"
    ]
    assert shop.put(f"/items/{item_id}.json", {"item": {"unit_price": "2"}}).status_code == 200
    assert shop.get(f"/items/{item_id}.json").json()["item"]["tax"]["name"] == "IVA6"
    assert shop.call("DELETE", f"/items/{item_id}.json").status_code == 200
    assert shop.get(f"/items/{item_id}.json").status_code == 404


def test_taxes_of_a_new_account(shop: Shop) -> None:
    taxes = shop.get("/taxes.json").json()["taxes"]

    assert [(tax["name"], tax["value"], tax["region"], tax["default_tax"]) for tax in taxes] == [
        ("IVA23", 23.0, None, 1),
        ("IVA13", 13.0, None, 0),
        ("IVA6", 6.0, None, 0),
        ("Isento", 0.0, None, 0),
    ]


def test_what_a_tax_needs(shop: Shop) -> None:
    tax = {"name": "IVA22", "value": "22.0", "region": "PT-MA", "default_tax": "0"}

    assert shop.post("/taxes.json", {"tax": tax | {"value": 22}}).status_code == 500
    assert messages(shop.post("/taxes.json", {"tax": tax | {"region": None}})) == ["Region is empty"]
    made = shop.post("/taxes.json", {"tax": tax})
    again = shop.post("/taxes.json", {"tax": tax})
    assert made.status_code == 201
    assert (again.status_code, again.json()) == (422, [["name", "não está disponível."]])
    tax_id = made.json()["tax"]["id"]
    assert shop.call("DELETE", f"/taxes/{tax_id}.json").content == b" "
    assert shop.get(f"/taxes/{tax_id}.json").content == b" "


def test_series(shop: Shop) -> None:
    made = shop.post("/sequences.json", {"sequence": {"serie": 2027, "default_sequence": 1}})
    row = made.json()["sequence"]

    assert (made.status_code, row["serie"], row["default_sequence"]) == (201, 2027, 0)
    assert row["current_invoice_validation_code"] is None
    assert shop.put(f"/sequences/{row['id']}/register.json").status_code == 200
    assert shop.put(f"/sequences/{row['id']}/set_current.json").status_code == 200
    after = shop.get(f"/sequences/{row['id']}.json").json()["sequence"]
    assert after["default_sequence"] == 1
    document = shop.final()
    assert document["sequence_number"] == "1/2027"
    assert document["atcud"] == f"{after['current_invoice_validation_code']}-1"


def test_a_series_needs_the_credentials_of_the_tax_authority(shop: Shop) -> None:
    shop.account.has_at_credentials = False

    answer = shop.post("/sequences.json", {"sequence": {"serie": "X"}})

    assert messages(answer)[0].startswith("004")
