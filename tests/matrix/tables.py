"""What CRM.md's table means for the rows of `world`, written by hand. Nothing here is read from the policy.

`-`: the noun is no part of that role's graph.
"""

NOUNS = {
    "customers": "Customer",
    "contacts": "Contact",
    "opportunities": "Opportunity",
    "tasks": "Task",
    "contracts": "Contract",
    "followUps": "FollowUp",
    "payments": "Payment",
    "users": "User",
    "teams": "Team",
    "tags": "Tag",
}

_EVERYBODY = "me mate junior stranger"
_EVERY_TEAM = "root north north_sub south"
_CONTRACTED = "own sub_team collaborator signed"
_ALL = "own teammate sub_team other_team collaborator pool shared signed"
_CONTRACTS = f"{_CONTRACTED} my_contract team_contract"
_COLLEAGUES = {"users": _EVERYBODY, "teams": _EVERY_TEAM, "tags": "tag"}
_NOTHING = dict.fromkeys(NOUNS, "-")

# role → connection → the rows it holds.
ROWS: dict[str, dict[str, str]] = {
    "sales": _COLLEAGUES
    | {
        "customers": "own collaborator pool",
        "contacts": "own collaborator pool",
        "opportunities": "own collaborator my_deal no_customer",
        "tasks": "own collaborator assigned created",
        "contracts": "own collaborator my_contract",
        "followUps": "own collaborator written",
        "payments": "own collaborator",
    },
    "sales_manager": _COLLEAGUES
    | {
        "customers": "own teammate sub_team",
        "contacts": "own teammate sub_team",
        "opportunities": "own teammate sub_team my_deal no_customer team_deal",
        "tasks": "own teammate sub_team assigned created team_task",
        "contracts": "own sub_team my_contract team_contract",
        "followUps": "own teammate sub_team written",
        "payments": "own sub_team",
    },
    "finance": _COLLEAGUES
    | {
        "customers": _CONTRACTED,
        "contacts": _CONTRACTED,
        "opportunities": _CONTRACTED,
        "tasks": "-",
        "contracts": _CONTRACTS,
        "followUps": "-",
        "payments": _CONTRACTED,
    },
    "support": _COLLEAGUES
    | {
        "customers": _CONTRACTED,
        "contacts": _CONTRACTED,
        "opportunities": "-",
        "tasks": f"{_CONTRACTED} assigned created",
        "contracts": _CONTRACTS,
        "followUps": _CONTRACTED,
        "payments": "-",
    },
    "marketing": _NOTHING | _COLLEAGUES | {"customers": _ALL, "contacts": _ALL},
    "director": _COLLEAGUES
    | {
        "customers": _ALL,
        "contacts": _ALL,
        "opportunities": f"{_ALL} my_deal team_deal brought no_customer",
        "tasks": f"{_ALL} assigned created team_task nobodys",
        "contracts": _CONTRACTS,
        "followUps": f"{_ALL} written",
        "payments": _CONTRACTED,
    },
    "intern": _COLLEAGUES
    | {
        "customers": "own",
        "contacts": "own",
        "opportunities": "own my_deal no_customer",
        "tasks": "own assigned created",
        "contracts": "own my_contract",
        "followUps": "own written",
        "payments": "own",
    },
    "admin": _NOTHING | {"users": _EVERYBODY, "teams": _EVERY_TEAM},
    "auditor": _NOTHING | {"users": _EVERYBODY, "teams": _EVERY_TEAM},
    "partner": _NOTHING | {"customers": "shared", "opportunities": "shared brought"},
    "anonymous": _NOTHING,
    "wizard": _NOTHING,  # A role nobody defined.
}

# field → (its category, its clear form, its masked form).
FIELDS: dict[str, tuple[str, object, object]] = {
    "Customer.phone": ("CONTACT_INFO", "+8613812341234", "138****1234"),
    "Contact.mobile": ("CONTACT_INFO", "+8613912345678", "139****5678"),
    "Contact.idNumber": ("IDENTITY", "11010119900101123X", "1****************X"),
    "Contact.birthday": ("IDENTITY", "1990-01-01", None),
    "Customer.creditLimit": ("FINANCIAL", {"amount": "1234567.89"}, {"amount": "1000000"}),
    "Opportunity.amount": ("FINANCIAL", {"amount": "654321.00"}, {"amount": "600000"}),
    "Contract.amount": ("FINANCIAL", {"amount": "88000.00"}, {"amount": "80000"}),
    "Payment.amount": ("FINANCIAL", {"amount": "4321.00"}, {"amount": "4000"}),
    "Payment.bankAccount": ("FINANCIAL", "6222020200112233", "****2233"),
    "Opportunity.cost": ("COMMERCIAL", {"amount": "400000.00"}, None),
    "Opportunity.margin": ("COMMERCIAL", {"amount": "254321.00"}, None),
    "Opportunity.discount": ("COMMERCIAL", "12.50", None),
    "Customer.riskNote": ("INTERNAL", "slow to pay", None),
}

# Where it is not clear, nothing at all is shown, not even a masked form.
WITHHELD = {("sales", "FINANCIAL"), ("partner", "FINANCIAL")}

# role → category → the rows on which it is clear; on the others they see it is masked. `absent`: not in their graph.
# A single field may differ from its category.
CELLS: dict[str, dict[str, str]] = {
    # "Own" is also what hangs on an own customer, and a deal or contract of one's own.
    "sales": {
        "CONTACT_INFO": "own",
        "IDENTITY": "",
        "FINANCIAL": "own my_deal no_customer my_contract",
        "COMMERCIAL": "absent",
        "INTERNAL": "absent",
    },
    "sales_manager": {
        "CONTACT_INFO": "own",
        "IDENTITY": "",
        "FINANCIAL": "everywhere",
        "COMMERCIAL": "everywhere",
        "INTERNAL": "everywhere",
    },
    "finance": {
        "CONTACT_INFO": "",
        "IDENTITY": "absent",
        "FINANCIAL": "everywhere",
        "COMMERCIAL": "everywhere",
        "INTERNAL": "absent",
    },
    "support": {
        "CONTACT_INFO": "",
        "IDENTITY": "absent",
        "FINANCIAL": "absent",
        "COMMERCIAL": "absent",
        "INTERNAL": "absent",
    },
    "marketing": {
        "CONTACT_INFO": "",
        "IDENTITY": "absent",
        "FINANCIAL": "absent",
        "COMMERCIAL": "absent",
        "INTERNAL": "absent",
    },
    "director": {
        "CONTACT_INFO": "everywhere",
        "IDENTITY": "",
        "FINANCIAL": "everywhere",
        "COMMERCIAL": "everywhere",
        "INTERNAL": "everywhere",
    },
    "intern": {
        "CONTACT_INFO": "",
        "IDENTITY": "absent",
        "FINANCIAL": "absent",
        "COMMERCIAL": "absent",
        "INTERNAL": "absent",
    },
    "partner": {
        "CONTACT_INFO": "",
        "IDENTITY": "absent",
        "FINANCIAL": "brought",
        "Customer.creditLimit": "absent",
        "COMMERCIAL": "absent",
        "INTERNAL": "absent",
    },
}


def singular_of(connection: str) -> str:
    """Return the name of the field that gives one row of a connection's noun."""
    noun = NOUNS[connection]
    return f"{noun[0].lower()}{noun[1:]}"
