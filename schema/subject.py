"""What a task can be about."""

import strawberry

from schema.relay import Node


@strawberry.interface(description="What a task can be about: a customer, an opportunity or a contract.")
class TaskSubject(Node):
    """Implemented by the nouns a task can hang on, so that a principal's schema holds only those they may see."""
