"""What a policy says of reveals is part of what two versions differ in."""

import pytest

from backend.policies.diff import Aspect, structural_diff
from permissions.policy import default_document, parse_policy

REVEALS = 'actions = ["read", "reveal"]\nlevels = { contact_info = "masked" }'
ASKED = f'{REVEALS}\napproval = ["contact_info"]'
FREE = f'\n[[roles.support.grants]]\nresources = ["customer"]\nscopes = ["contracted"]\n{REVEALS}\n'


@pytest.mark.parametrize("name", ["minutes = 15", "daily_quota = 30", "request_hours = 24", "alert_count = 20"])
def test_a_setting_is_told(name: str) -> None:
    setting, _, was = name.partition(" = ")
    old = parse_policy(default_document())
    (change,) = structural_diff(old, parse_policy(default_document().replace(name, f"{setting} = 7")))
    assert (change.aspect, change.what, change.before, change.after) == (Aspect.SETTING, f"reveal {setting}", was, "7")


def test_that_it_takes_a_second_person_is_told_where_it_does() -> None:
    old = parse_policy(default_document())
    new = parse_policy(default_document().replace(REVEALS, ASKED))
    changes = structural_diff(old, new)
    assert {each.resource for each in changes if each.resource} == {"customer", "contact", "contract", "follow_up"}
    assert {(each.role, each.aspect, each.what, each.before, each.after) for each in changes} == {
        ("support", Aspect.APPROVAL, "contact_info", "none", "needed to reveal")
    }


def test_a_grant_beside_it_that_asks_nobody_makes_it_no_difference() -> None:
    old = parse_policy(default_document())
    new = parse_policy(default_document().replace(REVEALS, ASKED) + FREE)
    assert "customer" not in {each.resource for each in structural_diff(old, new)}
