"""A person opens GraphiQL in Debian's chromium, picks two roles, and sees two answers from the real server."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import element_to_be_clickable
from selenium.webdriver.support.wait import WebDriverWait

from backend.crm.models import Contract, Customer
from backend.demo.serving import HOST, open_port
from backend.identity.models import RoleAssignment, User
from backend.identity.tokens import Subject, SubjectKind, issue_token
from schema.transport.explorer import DIST

# The rows are the module's own, committed; the database mark is what makes pytest-django prepare one.
pytestmark = [pytest.mark.browser, pytest.mark.django_db]

CHROMIUM, CHROMEDRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--window-size=1440,900"),
)
# The server of the demo, on a port this process already listens on: whoever comes early waits in the queue.
SERVE = """
import socket, sys
from backend.demo.serving import serve
serve(socket.socket(fileno=int(sys.argv[1])), ready=lambda: None)
"""
PATIENCE_SECONDS = 30
NAME, PHONE = "杭州云栖科技有限公司", "+8613812345678"
CLEAR, MASKED = re.compile(r"13812345678"), re.compile(r"138\*{4}5678")


class Explorer:
    """The page as a person uses it: by what it shows and what can be clicked."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def click(self, selector: str) -> None:
        """Click what `selector` finds, once it is there to be clicked."""
        self._wait().until(element_to_be_clickable((By.CSS_SELECTOR, selector))).click()

    def find(self, selector: str) -> WebElement:
        """Return what `selector` finds, once it is there."""
        return self._wait().until(lambda driver: driver.find_element(By.CSS_SELECTOR, selector))

    def answer(self, expected: re.Pattern[str]) -> str:
        """Return the shown answer, once `expected` is in it."""
        return self.text(".graphiql-response", expected)

    def text(self, selector: str, expected: re.Pattern[str]) -> str:
        """Return the text `selector` shows, once `expected` is in it."""
        self._wait().until(lambda _: expected.search(self._shown(selector)), f"Never shown: {expected.pattern}")
        return self._shown(selector)

    def requests(self) -> list[str]:
        """Return the address of every request the page made over a network."""
        log = self.driver.get_log("performance")  # type: ignore[no-untyped-call]
        events = [json.loads(entry["message"])["message"] for entry in log]
        sent = [each["params"] for each in events if each["method"] == "Network.requestWillBeSent"]
        return [each["request"]["url"] for each in sent if each["request"]["url"].startswith(("http", "ws"))]

    def stored(self, storage: str) -> str:
        """Return all that `localStorage` or `sessionStorage` holds, as JSON."""
        script = f"return JSON.stringify({{...window.{storage}}})"
        return str(self.driver.execute_script(script))

    def _shown(self, selector: str) -> str:
        return str(self.find(selector).get_attribute("innerText")).replace("\xa0", " ")

    def _wait(self) -> WebDriverWait[webdriver.Chrome]:
        return WebDriverWait(self.driver, PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def tokens(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, str]]:
    """Return a token of a salesperson and one of a supporter, who both may see one customer."""
    with django_db_blocker.unblock():
        people = {role: User.objects.create(username=f"browser-{role}", name=role) for role in ("sales", "support")}
        roles = [RoleAssignment.objects.create(user=user, role=role) for role, user in people.items()]
        customer = Customer.objects.create(name=NAME, phone=PHONE, owner=people["sales"])
        contract = Contract.objects.create(number="BROWSER-1", customer=customer, amount=1, state="performing")
        yield {
            role: issue_token(Subject(SubjectKind.USER, user.id), lifetime=timedelta(hours=1))
            for role, user in people.items()
        }
        for row in (contract, customer, *roles, *people.values()):
            row.delete()


@pytest.fixture(scope="module")
def address(tokens: dict[str, str]) -> Iterator[str]:
    """Return the address of the page, served over the test database as a demo with those two accounts."""
    if not (DIST / "index.html").exists():
        pytest.fail("GraphiQL is not built: run `make graphiql`, which needs Node, and test again.")
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    database: dict[str, Any] = {libpq: connection.settings_dict[django] or None for libpq, django in named.items()}
    with tempfile.TemporaryDirectory() as var, open_port(0) as listener:
        Path(var, "demo-tokens.json").write_text(json.dumps(tokens), encoding="utf-8")
        environment = {"PRISM_DEMO": "1", "PRISM_VAR": var, "DATABASE_URL": psycopg.conninfo.make_conninfo(**database)}
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(listener.fileno())],
            env=os.environ | environment,
            pass_fds=[listener.fileno()],
        )
        port = listener.getsockname()[1]
        # Only the server holds the port now: if it dies, the browser is told so at once.
        listener.close()
        yield f"http://{HOST}:{port}/graphql"
        server.send_signal(signal.SIGINT)
        assert server.wait(PATIENCE_SECONDS) == 0


@pytest.fixture
def explorer(address: str, tmp_path: Path) -> Iterator[Explorer]:
    """Return the page, just opened in a browser that was never used before."""
    if not (CHROMIUM.exists() and CHROMEDRIVER.exists()):
        pytest.fail("The browser tests need Debian's packages: apt-get install -y chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'chromium'}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(str(CHROMEDRIVER)))
    try:
        driver.get(address)
        yield Explorer(driver)
    finally:
        driver.quit()


def test_two_roles_see_two_answers_to_one_query(explorer: Explorer) -> None:
    explorer.click("[data-role=sales]")
    explorer.click(".graphiql-execute-button")
    answer = explorer.answer(CLEAR)
    assert NAME in answer
    assert not MASKED.search(answer)
    explorer.click("[data-role=support]")
    answer = explorer.answer(MASKED)
    assert NAME in answer
    assert not CLEAR.search(answer)
    assert explorer.find("[data-testid=masked]").text.startswith("1 ")


def test_the_example_holds_only_what_the_role_may_ask_for(explorer: Explorer) -> None:
    explorer.click("[data-role=support]")
    explorer.click("[data-testid=example]")
    assert "annualRevenue" not in explorer.text(".graphiql-query-editor", re.compile(r"query Example"))
    explorer.click("[data-role=sales]")
    explorer.click("[data-testid=example]")
    explorer.text(".graphiql-query-editor", re.compile(r"annualRevenue"))
    explorer.click(".graphiql-execute-button")
    explorer.answer(CLEAR)


def test_a_pasted_token_signs_in_and_stays_in_its_tab(explorer: Explorer, tokens: dict[str, str]) -> None:
    explorer.click("summary.bar-button")
    explorer.find("#bar-token").send_keys(tokens["support"])
    explorer.click(".bar-token [type=submit]")
    assert NAME in explorer.answer(MASKED)
    assert tokens["support"] in explorer.stored("sessionStorage")
    assert tokens["support"] not in explorer.stored("localStorage")
    explorer.driver.refresh()
    explorer.click(".graphiql-execute-button")
    assert NAME in explorer.answer(MASKED)


def test_the_page_asks_nobody_but_its_own_server(explorer: Explorer, address: str, tokens: dict[str, str]) -> None:
    explorer.click("[data-role=support]")
    explorer.answer(MASKED)
    requests = explorer.requests()
    assert f"{address}/demo-accounts" in requests
    assert [each for each in requests if not each.startswith(address)] == []
    assert [each for each in requests if any(token in each for token in tokens.values())] == []
    console = explorer.driver.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry["message"] for entry in console if entry["level"] == "SEVERE"] == []
