"""The principals of the differential test, and policies the shipped one has no example of."""

from backend.identity.models import PartnerClient, User
from backend.identity.principals import load_principal
from backend.identity.tokens import Subject, SubjectKind
from permissions.policy import Policy, default_policy, parse_policy
from permissions.principal import ANONYMOUS, Principal

# Who asks, and the user name they go by; each has the role of the same name.
ROLES = (
    "sales",
    "sales_manager",
    "finance",
    "support",
    "marketing",
    "director",
    "intern",
    "admin",
    "auditor",
)
# A salesperson who also works in support; somebody without a role.
OTHERS = ("ye.xin", "nobody")

_DENIALS = """
version = "denials"
[[roles.sales.grants]]
resources = ["customer", "contact", "opportunity", "task", "contract", "follow_up", "payment"]
scopes = ["own", "team", "collaborator", "pool", "contracted"]
actions = ["read", "reveal"]
levels = { contact_info = "clear", identity = "clear", financial = "clear", commercial = "masked", internal = "clear" }
[[roles.sales.grants]]
resources = ["user"]
scopes = ["team"]
actions = ["read"]
[[roles.sales.denials]]
resources = ["customer", "contact", "opportunity"]
scopes = ["contracted"]
categories = ["contact_info", "financial"]
[[roles.sales.denials]]
resources = ["customer", "contact", "opportunity", "task", "contract"]
scopes = ["pool"]
actions = ["read"]
[[roles.sales.denials]]
resources = ["contract"]
scopes = ["own"]
categories = ["internal"]
[[roles.sales.denials]]
resources = ["payment"]
scopes = ["all"]
actions = ["read"]
"""

_OVERRIDES = """
version = "overrides"
[[roles.sales.grants]]
resources = ["customer", "contact"]
scopes = ["all"]
actions = ["read"]
levels = { contact_info = "masked" }
fields = { phone = "clear", email = "absent" }
[[roles.sales.grants]]
resources = ["customer", "contact"]
scopes = ["own"]
actions = ["read"]
levels = { identity = "clear" }
fields = { email = "clear", phone = "masked" }
[[roles.sales.grants]]
resources = ["opportunity"]
scopes = ["team", "partner", "contracted"]
actions = ["read"]
levels = { financial = "clear" }
fields = { margin = "clear", cost = "masked" }
[[roles.sales.grants]]
resources = ["opportunity"]
scopes = ["pool", "collaborator"]
actions = ["read"]
[[roles.sales.grants]]
resources = ["task", "tag", "user", "team"]
scopes = ["all"]
actions = ["read"]
[[roles.sales.denials]]
resources = ["customer"]
scopes = ["collaborator"]
categories = ["contact_info"]
"""

POLICIES = {"default": default_policy(), "denials": parse_policy(_DENIALS), "overrides": parse_policy(_OVERRIDES)}

# (policy, who): every pair the test runs.
CASES = (
    *(("default", name) for name in (*ROLES, *OTHERS, "partner", "anonymous")),
    ("denials", "sales"),
    ("overrides", "sales"),
)


def principal_named(name: str) -> Principal:
    """Return the principal of a seeded account, of the partner's server, or nobody."""
    if name == "anonymous":
        return ANONYMOUS
    if name == "partner":
        subject = Subject(SubjectKind.PARTNER, PartnerClient.objects.get().id)
    else:
        subject = Subject(SubjectKind.USER, User.objects.get(username=name).id)
    principal = load_principal(subject)
    assert principal is not None
    return principal


def policy_named(name: str) -> Policy:
    """Return one of the policies."""
    return POLICIES[name]
