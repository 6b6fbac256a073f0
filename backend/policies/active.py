"""The policy in force, read so that a broken row never takes the policy away."""

import logging
from dataclasses import dataclass, replace

from django.db import InterfaceError, OperationalError, connection

from backend.policies.models import PolicyActivation, PolicyState, PolicyVersion
from backend.policies.reading import read_policy
from permissions.errors import PolicyError
from permissions.policy import Policy, default_policy

logger = logging.getLogger("prism.policy")


@dataclass(frozen=True, slots=True)
class ActivePolicy:
    """A policy, and the row it was read for: number and text, None where the shipped policy applies for want of one."""

    policy: Policy
    source: tuple[int, str] | None


def load_active(known: ActivePolicy | None = None) -> ActivePolicy:
    """Return the policy in force; `known` itself when nothing changed.

    A row that is no policy changes nothing: the last good one stays in force, and the fault is logged once.
    Raises: PolicyError when there are versions and none of those that were in force can be read.
    """
    try:
        return _load(known)
    except (OperationalError, InterfaceError):
        # The connection may have died with the server it led to; a new one tells.
        connection.close()
        return _load(known)


def _load(known: ActivePolicy | None) -> ActivePolicy:
    row = PolicyVersion.objects.filter(state=PolicyState.ACTIVE).values_list("number", "document").first()
    if known is not None and known.source == row:
        return known
    if row is None:
        return _without_a_row(known)
    try:
        return ActivePolicy(read_policy(*row), row)
    except PolicyError as error:
        logger.error("version %d of the policy is in force and cannot be read: %s", row[0], error)  # noqa: TRY400  the sentence says it all
    good = known or _last_good()
    return replace(good, source=row)


def _without_a_row(known: ActivePolicy | None) -> ActivePolicy:
    if not PolicyVersion.objects.exists():
        return ActivePolicy(default_policy(), None)
    logger.error("there are policy versions and none is in force")
    return replace(known or _last_good(), source=None)


def _last_good() -> ActivePolicy:
    """Return what was in force most lately and can be read."""
    history = PolicyActivation.objects.order_by("-created_at", "-id")
    for number, document in history.values_list("version__number", "version__document"):
        try:
            return ActivePolicy(read_policy(number, document), None)
        except PolicyError:
            logger.warning("version %d of the policy cannot be read either", number)
    raise PolicyError("none of the stored policy versions can be read")
