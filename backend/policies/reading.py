"""From a stored document to a policy: what is wrong with it, or what it says."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from backend.policies.problems import Problem, ProblemCode
from permissions.categories import Sensitive
from permissions.errors import PolicyError
from permissions.policy import Policy, parse_policy
from permissions.resources import Action, Resource
from permissions.view import check_columns, compile_view

# The gated columns of a resource, by name: who knows the graph knows them.
Columns = Callable[[Resource], Mapping[str, Sensitive | None]]

LONGEST_DOCUMENT = 200_000


def read_policy(number: int, document: str) -> Policy:
    """Return the policy in a stored document. Its version tells documents apart, whatever they call themselves.

    Raises: PolicyError.
    """
    digest = hashlib.sha256(document.encode()).hexdigest()[:16]
    return replace(parse_policy(document), version=f"{number}:{digest}")


def problems_of(document: str, columns: Columns) -> tuple[Problem, ...]:
    """Return what keeps a document from being activated; nothing when it can be."""
    try:
        policy = parse_policy(document)
        check_columns(policy, columns)
    except PolicyError as error:
        return (_invalid(_sentence(str(error))),)
    if not any(may_change_policies(policy, [role]) for role in policy.roles):
        return (_invalid('No role may read and approve "policy": no other version could ever be activated.'),)
    return ()


def may_change_policies(policy: Policy, roles: Iterable[str]) -> bool:
    """Whether somebody with these roles could activate another version under `policy`."""
    view = compile_view(policy, roles).resources.get(Resource.POLICY)
    return view is not None and view.allows(Action.APPROVE)


def _invalid(message: str) -> Problem:
    return Problem(ProblemCode.INVALID_POLICY, ("document",), message)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
