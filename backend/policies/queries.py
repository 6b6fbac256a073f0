"""Reading versions. Before anybody changed anything there is one: the shipped policy, in force, and no row."""

from backend.policies.models import PolicyState, PolicyVersion
from permissions.policy import default_document

SHIPPED_NAME = "The policy Prism ships with"


def shipped_version() -> PolicyVersion:
    """Return version 1 as it is before anybody changed anything; it is not stored."""
    return PolicyVersion(number=1, name=SHIPPED_NAME, document=default_document(), state=PolicyState.ACTIVE)


def newest_versions(*, before: int | None, limit: int) -> list[PolicyVersion]:
    """Return at most `limit` versions with numbers under `before`, the newest first, with their history."""
    rows = PolicyVersion.objects.order_by("-number").select_related("based_on")
    rows = rows.prefetch_related("activations__replaced")
    found = list((rows if before is None else rows.filter(number__lt=before))[:limit])
    if found or PolicyVersion.objects.exists():
        return found
    return [shipped_version()] if before is None or before > 1 else []


def find_version(number: int) -> PolicyVersion | None:
    """Return a version by its number."""
    version = PolicyVersion.objects.select_related("based_on").filter(number=number).first()
    if version is None and number == 1 and not PolicyVersion.objects.exists():
        return shipped_version()
    return version


def active_version() -> PolicyVersion:
    """Return the version in force."""
    return PolicyVersion.objects.filter(state=PolicyState.ACTIVE).first() or shipped_version()
