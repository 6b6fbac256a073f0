"""What the tests ask as an auditor."""

from typing import Any

from tests.schema.register import Asked, Register

READ = (
    "id at principal { kind id name username } roles client ip requestId operation documentHash purpose policyVersion "
    "entries { type fields categories rowIds rowCount }"
)
VALUE = "text masked fingerprint size"
CHANGE = (
    "id at principal { kind id name username } roles client ip requestId operation action type rowId correlationId "
    f"changes {{ field before {{ {VALUE} }} after {{ {VALUE} }} }}"
)
ARGUMENTS = "$first: Int, $after: String, $last: Int, $before: String"
PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


def reads_query(selection: str = READ) -> str:
    """Return the query for a page of reads."""
    return (
        f"query Search({ARGUMENTS}, $filter: AuditReadFilter) {{ "
        "auditReads(first: $first, after: $after, last: $last, before: $before, filter: $filter) "
        f"{{ nodes {{ {selection} }} edges {{ cursor node {{ id }} }} {PAGE} }} }}"
    )


def changes_query(selection: str = CHANGE) -> str:
    """Return the query for a page of changes."""
    return reads_query(selection).replace("Reads", "Changes").replace("AuditReadFilter", "AuditChangeFilter")


def ask_reads(
    register: Register, filters: dict[str, Any] | None = None, *, role: str = "auditor", **page: Any
) -> Asked:
    """Ask for a page of reads."""
    return register.ask(reads_query(), role=role, name="Search", filter=filters, **page)


def reads(register: Register, filters: dict[str, Any] | None = None, **page: Any) -> list[dict[str, Any]]:
    """Return a page of reads; what was answered before is stored by then."""
    register.settle()
    nodes: list[dict[str, Any]] = ask_reads(register, filters, **page).data["auditReads"]["nodes"]
    return nodes


def changes(register: Register, filters: dict[str, Any] | None = None, **page: Any) -> list[dict[str, Any]]:
    """Return a page of changes."""
    asked = register.ask(changes_query(), role="auditor", name="Search", filter=filters, **page)
    nodes: list[dict[str, Any]] = asked.data["auditChanges"]["nodes"]
    return nodes


def person_id(register: Register, role: str) -> str:
    """Return the global id of a role's demo account."""
    subject = register.server.rows.subject(role)
    return f"{'PartnerClient' if role == 'partner' else 'User'}_{subject.id}"
