"""A running server obeys a new version within a second, and drops nothing while it changes over."""

import threading
import time
from dataclasses import dataclass, field

import httpx

from backend.identity.principals import FRESH_SECONDS
from permissions.policy import default_document
from tests.schema.graph import Answer
from tests.schema.policies.desk import Desk
from tests.schema.serving import Server

RENAMED = default_document().replace('label = "销售"', 'label = "New"')
BLIND = default_document().replace(
    'contact_info = "clear", identity = "masked", financial = "clear" }', 'financial = "clear" }'
)


NONE = {"mutationType": None}


@dataclass(slots=True)
class Caller:
    """Somebody who keeps asking, on one connection, with one token."""

    server: Server
    seen: list[tuple[float, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Ask until it is enough."""
        headers = {"authorization": f"Bearer {self.server.token('sales')}"}
        body = {"query": "{ viewer { roles { label } } customers(first: 5) { nodes { name phone } } }"}
        with httpx.Client(base_url=self.server.address, timeout=30) as client:
            while not self.enough.is_set():
                began = time.monotonic()
                answer = Answer(client.post("/graphql", json=body, headers=headers))
                if answer.errors:
                    self.failures.append(answer.response.text)
                self.seen.append((began, answer.data["viewer"]["roles"][0]["label"]))


def test_requests_under_way_are_answered_and_new_ones_obey_within_a_second(desk: Desk) -> None:
    number = desk.draft(RENAMED)
    desk.server.token("sales")
    callers = [Caller(desk.server) for _ in range(3)]
    threads = [threading.Thread(target=caller.run) for caller in callers]
    for thread in threads:
        thread.start()
    desk.put_in_force(number)
    done = time.monotonic()
    desk.until(lambda: all(caller.seen and caller.seen[-1][0] > done + FRESH_SECONDS + 0.5 for caller in callers))
    for caller in callers:
        caller.enough.set()
    for thread in threads:
        thread.join()
    for caller in callers:
        assert caller.failures == []
        labels = [label for _, label in caller.seen]
        assert labels == sorted(labels, key=lambda label: label == "New"), "the old version came back"
        late = {label for began, label in caller.seen if began >= done + FRESH_SECONDS}
        assert late == {"New"}


def test_a_token_from_before_obeys_the_new_version_and_the_rollback(desk: Desk) -> None:
    phone = "{ customers(first: 1) { nodes { phone } } }"
    assert desk.server.ask(phone, role="intern").errors == []
    stricter = BLIND.replace('levels = { contact_info = "masked" }', "levels = { }")
    desk.put_in_force(desk.draft(stricter))
    desk.until(lambda: desk.server.ask(phone, role="intern").errors != [])
    assert desk.server.ask(phone, role="intern").code == "GRAPHQL_VALIDATION_FAILED"
    desk.done("policyRollback", number=1, replaces=2, note="too strict")
    desk.until(lambda: desk.server.ask(phone, role="intern").errors == [])


def test_somebody_who_loses_the_right_loses_the_mutations(desk: Desk) -> None:
    document = default_document().replace(
        "[roles.auditor]",
        '[[roles.auditor.grants]]\nresources = ["policy"]\nscopes = ["all"]\nactions = ["approve"]\n\n[roles.auditor]',
    )
    number = desk.draft(document)
    rollback = 'mutation { policyRollback(input: {number: 1, replaces: 2, note: "x"}) { userErrors { code } } }'
    assert desk.server.ask(rollback, role="auditor").code == "GRAPHQL_VALIDATION_FAILED"
    desk.put_in_force(number)
    desk.until(
        lambda: desk.server.ask("{ __schema { mutationType { name } } }", role="auditor").data["__schema"] != NONE
    )
    assert desk.server.ask(rollback, role="auditor").data == {"policyRollback": {"userErrors": []}}
    desk.until(lambda: desk.server.ask(rollback, role="auditor").codes == ["GRAPHQL_VALIDATION_FAILED"])


def test_a_damaged_row_takes_nothing_away(desk: Desk) -> None:
    number = desk.draft(RENAMED)
    desk.put_in_force(number)
    desk.until(lambda: desk.label_of("sales") == "New")
    desk.server.rows.write("UPDATE policies_policyversion SET document = 'roles = ' WHERE number = %s", number)
    until = time.monotonic() + 2 * FRESH_SECONDS
    while time.monotonic() < until:
        assert desk.label_of("sales") == "New"
    mended = RENAMED.replace('"New"', '"Mended"')
    desk.server.rows.write("UPDATE policies_policyversion SET document = %s WHERE number = %s", mended, number)
    desk.until(lambda: desk.label_of("sales") == "Mended")
