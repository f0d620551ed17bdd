from tests.sandbox.conftest import Shop, invoice_body, messages


def test_the_same_uid_gives_the_same_document(shop: Shop) -> None:
    first = shop.create(uid="loja-77-1")
    again = shop.create(uid="loja-77-1", reference="other words")

    assert again == first
    assert len(shop.account.documents) == 1


def test_inside_the_document_the_uid_does_nothing(shop: Shop) -> None:
    shop.create(proprietary_uid="u")
    shop.create(proprietary_uid="u")

    assert len(shop.account.documents) == 2


def test_the_uid_can_be_ignored(shop: Shop) -> None:
    shop.switches.uid = "ignored"
    shop.create(uid="u")
    shop.create(uid="u")

    assert len(shop.account.documents) == 2


def test_a_repeat_can_be_a_conflict(shop: Shop) -> None:
    shop.switches.uid = "conflict"
    shop.create(uid="u")

    answer = shop.post("/invoices.json", invoice_body(uid="u"))

    assert answer.status_code == 409
    assert len(shop.account.documents) == 1


def test_a_repeat_while_the_first_is_busy_is_a_conflict(shop: Shop) -> None:
    clock = [1_800_000_000.0]
    shop.sandbox.state.now = lambda: clock[0]
    shop.switches.uid_busy_seconds = 5
    first = shop.create(uid="u")

    assert shop.post("/invoices.json", invoice_body(uid="u")).status_code == 409
    clock[0] += 5
    assert shop.create(uid="u")["id"] == first["id"]


def test_the_uid_of_a_document_that_ended_is_free_again(shop: Shop) -> None:
    first = shop.create(uid="u")
    shop.change(first, "deleted")

    assert shop.create(uid="u")["id"] != first["id"]


def test_a_refused_create_does_not_use_the_uid_up(shop: Shop) -> None:
    refused = shop.post("/invoices.json", invoice_body(uid="u", items=[]))

    assert messages(refused) == ["Invoice items is invalid"]
    assert shop.create(uid="u")["status"] == "draft"


def test_accounts_have_their_own_uids(shop: Shop) -> None:
    other = Shop(shop.sandbox, "outra")

    assert shop.create(uid="u")["id"] != other.create(uid="u")["id"]
