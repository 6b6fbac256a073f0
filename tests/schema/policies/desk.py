"""What the tests do as an administrator."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from permissions.policy import default_document
from tests.schema.graph import Answer
from tests.schema.serving import Server

ROLES = (
    "sales", "sales_manager", "finance", "support", "marketing", "director", "intern", "admin", "auditor", "partner",
)  # fmt: skip
PAYLOAD = "{ policyVersion { number state revision name document problems { code } } userErrors { code path message } }"
STRICT = default_document().replace('contact_info = "clear"', 'contact_info = "masked"')
# How long the tests wait for what must happen within a second: the machine may be busy.
PATIENCE_SECONDS = 20


@dataclass(slots=True)
class Desk:
    """The administrator's desk: everything is asked of the running server."""

    server: Server

    def change(self, mutation: str, *, role: str | None = "admin", **values: Any) -> Answer:
        """Send a mutation of the policy."""
        kind = f"{mutation[0].upper()}{mutation[1:]}Input!"
        text = f"mutation ($input: {kind}) {{ {mutation}(input: $input) {PAYLOAD} }}"
        return self.server.ask(text, role=role, input=values)

    def done(self, mutation: str, **values: Any) -> dict[str, Any]:
        """Send a mutation that succeeds, and return the version."""
        answer = self.change(mutation, **values)
        assert answer.errors == []
        payload = answer.data[mutation]
        assert payload["userErrors"] == []
        version: dict[str, Any] = payload["policyVersion"]
        return version

    def refused(self, mutation: str, **values: Any) -> tuple[str, str]:
        """Send a mutation that is refused with one problem; return its code and its message."""
        before = self.everything()
        answer = self.change(mutation, **values)
        assert answer.errors == []
        payload = answer.data[mutation]
        assert payload["policyVersion"] is None
        assert self.everything() == before
        (problem,) = payload["userErrors"]
        assert problem["path"]
        return problem["code"], problem["message"]

    def draft(self, document: str = STRICT) -> int:
        """Make a draft, and return its number."""
        return int(self.done("policyDraftCreate", name="stricter", document=document)["number"])

    def put_in_force(self, number: int, *, replaces: int = 1) -> None:
        """Activate a draft."""
        self.done("policyActivate", number=number, revision=1, replaces=replaces, note="asked for")

    def everything(self) -> Any:
        """Return what is stored of policies, past the graph."""
        rows = self.server.rows
        return (
            rows.all("SELECT number, state, revision, name, note, document FROM policies_policyversion ORDER BY 1"),
            rows.all("SELECT id, note, version_id FROM policies_policyactivation ORDER BY 1"),
        )

    def until(self, holds: Callable[[], bool]) -> float:
        """Ask until it holds; return the seconds it took."""
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < PATIENCE_SECONDS
        return time.monotonic() - began

    def clear(self) -> None:
        """Forget every version, and return when the server did too."""
        changes = self.server.rows.one("SELECT count(*) FROM policies_policyactivation")
        self.server.rows.write("TRUNCATE policies_policyversion, policies_policyactivation")
        if changes > 1:
            self.until(lambda: self.label_of("sales") == "销售" and self.phone_level() == "CLEAR")

    def label_of(self, role: str) -> str:
        """Return what the policy in force calls a role."""
        answer = self.server.ask("{ viewer { roles { label } } }", role=role)
        return str(answer.data["viewer"]["roles"][0]["label"]) if answer.data["viewer"]["roles"] else ""

    def phone_level(self, role: str = "director") -> str:
        """Return how a role sees telephone numbers."""
        answer = self.server.ask("{ viewer { access { type fields { field level } } } }", role=role)
        types = {
            each["type"]: {f["field"]: f["level"] for f in each["fields"]} for each in answer.data["viewer"]["access"]
        }
        return str(types.get("Customer", {}).get("phone", "ABSENT"))
