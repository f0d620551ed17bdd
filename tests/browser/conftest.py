"""A real browser against the real pages: `make test-browser`.

The tests do the due work themselves, between two clicks, so nothing has to be waited for but the page.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from sandbox.server import SandboxServer
from stores.models import Membership
from tests.browser.person import Person
from tests.flow import FakeClock, Shop, connect_shop

# Playwright's loop runs in this thread; the ORM is used between its calls, never inside them.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
DESKTOP = {"width": 1280, "height": 900}
PASSWORD = "palavra-passe-inventada"
collect_ignore_glob = [] if os.environ.get("BROWSER_TESTS") else ["test_*.py"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next((p for name in CHROMIUM if (p := shutil.which(name))), None)
    assert path, "Chromium is not installed; `make test-browser` installs it where it may."
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures for the README go; elsewhere unless they are asked for."""
    root = Path(__file__).resolve().parents[2]
    folder = root / "docs" / "screenshots" if os.environ.get("SCREENSHOTS") else root / "var" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def clock(transactional_db: None, clock: FakeClock) -> FakeClock:
    """Real commits: the server of the browser is another thread."""
    return clock


@pytest.fixture
def careful(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """A store whose documents stay drafts until a person finalizes them."""
    return connect_shop(sandbox, clock, finalize=False, on_cancel="ask", invalid_tax_id="hold")


@pytest.fixture
def member(live_server: LiveServer, browser: Browser, screenshots: Path) -> Iterator[Any]:
    """Log somebody in: `member(shop.store, "manager")` is a person with a page of their own."""
    contexts = []

    def enter(store: Any, role: str, *, language: str = "pt-PT", username: str = "rita") -> Person:
        user = User.objects.create_user(username, f"{username}@example.com", PASSWORD, is_staff=True)
        Membership.objects.create(user=user, store=store, role=role)
        context = browser.new_context(viewport=DESKTOP, locale=language)
        contexts.append(context)
        page: Page = context.new_page()
        page.set_default_timeout(15_000)
        person = Person(page, live_server.url, screenshots)
        person.log_in(username, PASSWORD)
        return person

    yield enter
    for context in contexts:
        context.close()
