"""The GraphQL names of resources."""

from strawberry.utils.str_converters import to_camel_case

from permissions.resources import Resource


def type_name_of(resource: Resource) -> str:
    """Return the GraphQL type name of a resource: FOLLOW_UP gives FollowUp."""
    camel = to_camel_case(resource.value)
    return camel[0].upper() + camel[1:]
