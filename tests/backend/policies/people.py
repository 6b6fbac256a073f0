"""Somebody who may change policies."""

import uuid

from backend.audit.actors import Actor, command_actor
from backend.identity.models import RoleAssignment, User


def make_admin(role: str = "admin") -> uuid.UUID:
    """Create an active user with a role that may change policies; return their key."""
    user = User.objects.create(username=role, name="管理员")
    RoleAssignment.objects.create(user=user, role=role)
    return user.id


def by(key: uuid.UUID) -> Actor:
    """Return a person as who changes something."""
    return Actor("user", key, ("admin",))


OPERATOR = command_actor("tests")
