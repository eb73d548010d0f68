"""The real ASGI application on a port of its own, in this process, and Debian's Chromium in front of it."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from memoryproject.readiness import readiness
from tests.runtime.test_up import free_port

CHROMIUM = shutil.which("chromium")
# What is asked for elsewhere and refused by our policy: Redoc's picture of its maker. Nothing leaves the machine.
BLOCKED_ON_PURPOSE = "cdn.redoc.ly"


@pytest.fixture(scope="session")
def site(django_db_setup: None) -> Iterator[str]:
    """The application's address."""
    from memoryproject.asgi import application

    port = free_port()
    config = uvicorn.Config(application, host="127.0.0.1", port=port, log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    readiness.set()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser. Without Chromium these tests fail: what was never rendered is not known to work."""
    assert CHROMIUM, "apt-get install chromium"
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        # Playwright keeps an event loop in this thread; nothing here is served by it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@dataclass
class Window:
    """A page of the browser, and what went wrong in it."""

    page: Page
    site: str
    problems: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to a page and wait until it has loaded everything."""
        self.page.goto(self.site + path, wait_until="load")

    def picture(self, name: str) -> None:
        """Leave a screenshot in the folder GARNER_SCREENSHOTS, if that is set."""
        folder = os.environ.get("GARNER_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{folder}/{name}.png")

    @property
    def text(self) -> str:
        """What a person reads."""
        return self.page.inner_text("body")


@pytest.fixture
def window(chromium: Browser, site: str) -> Iterator[Window]:
    """A new window without cookies. After the test nothing may have gone wrong in it that was not expected."""
    context = chromium.new_context(viewport={"width": 1280, "height": 860})
    found = Window(context.new_page(), site)
    found.page.set_default_timeout(60_000)  # Redoc takes seconds of CPU; a busy machine gives them slowly

    def told(message: Any) -> None:
        if message.type == "error" and BLOCKED_ON_PURPOSE not in message.text:
            found.problems.append(f"{message.text} at {found.page.url}")

    found.page.on("console", told)
    found.page.on("pageerror", lambda error: found.problems.append(f"{error} at {found.page.url}"))
    yield found
    context.close()
    assert found.problems == []
