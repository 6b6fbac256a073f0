"""Domain errors become GraphQL errors here and nowhere else."""

from graphql import GraphQLError

from permissions.errors import AccessDenied, ErrorCode


class ClientError(GraphQLError):
    """A request a client can mend. Carries a stable code and a message without secrets."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message, extensions={"code": code.value})


def not_found() -> ClientError:
    """Return the one answer to a missing row and to a row out of scope."""
    return ClientError(ErrorCode.NOT_FOUND, "There is no such object, or you may not see it.")


def coded(error: GraphQLError) -> GraphQLError:
    """Return `error` with a code. What we did not mean to say is replaced: no internal text reaches a client."""
    original = error.original_error
    if error.extensions and "code" in error.extensions:
        return error
    if isinstance(original, AccessDenied):
        return _relocated(error, str(original), original.code)
    if original is None or isinstance(original, GraphQLError):
        return _relocated(error, error.message, ErrorCode.BAD_USER_INPUT)
    return _relocated(error, "Something went wrong on our side.", ErrorCode.INTERNAL)


def _relocated(error: GraphQLError, message: str, code: ErrorCode) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        original_error=error.original_error,
        extensions={"code": code.value},
    )
