"""What `extensions.access` says: which paths of a response the view masks. Known from the plan, never from rows."""

from collections.abc import Mapping
from typing import Any

from permissions.categories import Sensitive
from permissions.predicates import NEVER
from permissions.view import CellRule


def access_entry(sensitive: Sensitive, rule: CellRule) -> Mapping[str, Any]:
    """Return the entry for one path: MASKED, or VARIES where it depends on the row."""
    return {
        "level": rule.level.value,
        "category": sensitive.category.name,
        "mask": sensitive.mask.name,
        "reveal": rule.revealed != NEVER,
    }
