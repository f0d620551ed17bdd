"""The same act by many hands at once, again while a worker is at it, and again afterwards: one effect."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import SUCCESS, get_messages
from django.test import Client

from invoicing.models import DocumentOperation, Ruling
from invoicing.services.rulings import Answer, AnswerKind
from sandbox.messages import Request, Response
from sandbox.server import SandboxServer
from tests.faults.crowd import around_calls, at_once
from tests.faults.ledger import Trials
from tests.faults.simulator import in_process
from tests.faults.staff_story import STORY, Step, papers
from tests.flow import FakeClock, Shop, connect_shop, drain

Hands = Callable[[Step, Any], Counter[str]]


@pytest.fixture
def careful(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """A store that only drafts, and asks before it credits: every number is a person's doing."""
    sandbox.state.invoicexpress.switches.update({"uid": "ignored", "list_lag_seconds": 20})
    return connect_shop(sandbox, clock, finalize=False, email_customer=False)


@pytest.fixture
def people(clock: FakeClock) -> tuple[User, User]:
    ana, rui = (User.objects.create_superuser(name, f"{name}@example.com") for name in ("ana", "rui"))
    return ana, rui


def steps(shop: Shop, count: int) -> Iterator[tuple[int, Step]]:
    """So many steps, over as many orders as they need."""
    for number in range(count):
        order_id, step = 40_001 + number // len(STORY), STORY[number % len(STORY)]
        if step is STORY[0]:
            shop.pay(order_id, customer_id=order_id, surname=f"Fictícia {order_id}")
        step.before(shop, order_id)
        yield order_id, step


def services(people: tuple[User, User], how_many: int) -> Hands:
    """The verb itself, called by two people on several connections; how often each answer was given."""

    def act(step: Step, row: Any) -> Counter[str]:
        jobs = [partial(step.act, row, people[number % 2]) for number in range(how_many)]
        return kinds(at_once(jobs))

    return act


def kinds(answers: list[Answer]) -> Counter[str]:
    return Counter(str(answer.kind) for answer in answers)


def carry_out(shop: Shop, order_id: int, step: Step, first: Hands, later: Hands) -> None:
    """Act; act again while a worker is at it; act again when all is done."""
    row = step.row(shop, order_id)
    rulings = Ruling.objects.count()

    answers = first(step, row)

    assert answers[AnswerKind.DONE] == 1, f"{step.name}: {answers}"
    assert answers[AnswerKind.NOT_POSSIBLE] == 0, f"{step.name}: {answers}"
    assert Ruling.objects.count() - rulings == (step.name != "take it back"), step.name

    during = work_with_a_hand_in_between(shop, partial(later, step, row))
    assert during[AnswerKind.DONE] == 0, f"{step.name}, while a worker was at it: {during}"

    afterwards = later(step, row)
    assert afterwards[AnswerKind.DONE] == 0, f"{step.name}, afterwards: {afterwards}"
    drain(shop.clock)


def work_with_a_hand_in_between(shop: Shop, again: Callable[[], Counter[str]]) -> Counter[str]:
    """Do the due work; somebody acts once more while the worker waits for each answer of the vendors."""
    answers: Counter[str] = Counter()

    def handle(real: Callable[[Request], Response], request: Request) -> Response:
        if request.method != "GET":
            answers.update(again())
        answer = real(request)
        if request.method != "GET":
            answers.update(again())
        return answer

    with around_calls(shop.sandbox.state, handle):
        drain(shop.clock)
    return answers


def check(shop: Shop, order_id: int, step: Step, trials: Trials) -> None:
    found, row = papers(shop, order_id), shop.row(order_id)
    surplus, missing = set(found) - set(step.papers), set(step.papers) - set(found)
    doubled = len(found) - len(set(found))
    trials.add(duplicates=len(surplus) + doubled, lost=len(missing))
    assert (row["outcome"], found) == (step.outcome, step.papers), f"{step.name}: {row}"
    assert row["operation_state"] == "done", f"{step.name}: {row}"
    per_verb = Counter(
        DocumentOperation.objects.filter(document__order=shop.order(order_id)).values_list(
            "document__reference", "verb"
        )
    )
    assert set(per_verb.values()) == {1}, f"{step.name}: {per_verb}"


@pytest.mark.fault("F21", 2, 20, 500)
@pytest.mark.timeout(3600)
def test_an_act_of_many_hands_has_one_effect(
    careful: Shop, people: tuple[User, User], trials: Trials
) -> None:
    with in_process(careful):
        for order_id, step in steps(careful, trials.planned):
            carry_out(careful, order_id, step, services(people, 6), services(people, 2))
            check(careful, order_id, step, trials)


class Browsers:
    """Two people, one of them with two windows of one session, with the pages that ask still open."""

    def __init__(self, people: tuple[User, User]) -> None:
        self.windows = [Client(enforce_csrf_checks=True) for _ in range(3)]
        ana, rui = people
        self.windows[0].force_login(ana)
        self.windows[1].cookies = copy.deepcopy(self.windows[0].cookies)
        self.windows[2].force_login(rui)

    def act(self, step: Step, row: Any) -> Counter[str]:
        """Open the page that asks, in every window, and then confirm in all at once: a double click,
        two windows and two people. Opening it again is "back"."""
        address = page_of(step, row)
        forms = [(window, self.token_of(window, address)) for window in self.windows]
        clicks = [partial(self.confirm, window, address, token) for window, token in forms]
        return Counter(at_once([clicks[0], *clicks]))

    def resubmit(self, step: Step, row: Any) -> Counter[str]:
        """Back, and send it once more, with the token of then and with the token of now."""
        address = page_of(step, row)
        old = str(self.windows[0].cookies["csrftoken"].value)
        tokens = (old, self.token_of(self.windows[0], address))
        return Counter(self.confirm(self.windows[0], address, token) for token in tokens)

    def token_of(self, window: Client, address: str) -> str:
        response = window.get(address, headers={"Accept-Language": "en"})
        assert response.status_code == 200
        return str(response.context["csrf_token"])

    def confirm(self, window: Client, address: str, token: str) -> str:
        # A window of its own: what a client remembers of its last answer is not shared by threads.
        copied = Client(enforce_csrf_checks=True)
        copied.cookies = copy.deepcopy(window.cookies)
        data = {"confirmed": "yes", "reason": "Encomenda cancelada", "csrfmiddlewaretoken": token}
        response: Any = copied.post(address, data, headers={"Accept-Language": "en"})
        assert response.status_code == 302
        (message,) = get_messages(response.wsgi_request)
        if message.level == SUCCESS:
            return AnswerKind.DONE
        for kind, words in _TOLD.items():
            if words in str(message):
                return kind
        raise AssertionError(f"told: {message}")


_TOLD = {
    AnswerKind.ALREADY: "It was so already; nothing was changed.",
    AnswerKind.IN_PROGRESS: "Already in progress; nothing was changed.",
    AnswerKind.NOT_POSSIBLE: "Not possible.",
}


def page_of(step: Step, row: Any) -> str:
    app, model, act = step.page.split("/")
    return f"/admin/{app}/{model}/{row.pk}/{act}/"


@pytest.mark.fault("F21", 1, 10, 100)
@pytest.mark.timeout(3600)
def test_double_clicks_two_people_and_going_back_have_one_effect(
    careful: Shop, people: tuple[User, User], trials: Trials, settings: Any
) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    browsers = Browsers(people)
    with in_process(careful):
        for order_id, step in steps(careful, trials.planned):
            carry_out(careful, order_id, step, browsers.act, browsers.resubmit)
            check(careful, order_id, step, trials)


@pytest.mark.fault("F21", 2, 20, 500)
@pytest.mark.timeout(3600)
def test_of_two_people_who_want_the_opposite_one_is_obeyed(
    careful: Shop, people: tuple[User, User], trials: Trials
) -> None:
    shop, chance = careful, random.Random(trials.seed)
    ana, rui = people
    finalize, delete = STORY[0], STORY[4]
    with in_process(shop):
        for order_id in range(40_001, 40_001 + trials.planned):
            shop.pay(order_id, customer_id=order_id, surname=f"Fictícia {order_id}")
            (document,) = shop.documents(order_id)
            if chance.random() < 0.5:
                jobs = [partial(finalize.act, document, ana), partial(delete.act, document, rui)] * 2
                chance.shuffle(jobs)
                answers = at_once(jobs)
                drain(shop.clock)
            else:
                first, second = chance.sample((finalize, delete), 2)
                answers = [first.act(document, ana)]
                late = work_with_a_hand_in_between(shop, lambda: kinds([second.act(document, rui)]))  # noqa: B023
                assert late[AnswerKind.DONE] == 0, f"order {order_id}: {second.name} came too late"

            wanted = {a.ruling.kind for a in answers if a.is_done and a.ruling}
            found = papers(shop, order_id)
            # Deleting can still take a request for a number back, the other way round it is too late.
            expected = () if "delete_draft" in wanted else ("FT1 settled",)
            trials.add(duplicates=max(len(found) - len(expected), 0), lost=max(len(expected) - len(found), 0))
            assert found == expected, f"order {order_id}: {answers}"
            in_force = Ruling.objects.filter(order=shop.order(order_id), revoked_at__isnull=True)
            assert in_force.count() == 1, f"order {order_id}: {answers}"
            assert shop.row(order_id)["outcome"] == ("held" if not expected else "issued")
