"""Reading requests, and what is left of the quota."""

import uuid
from collections.abc import Sequence

from backend.reveals import clock
from backend.reveals.models import RequestState, RevealRequest

# Whom they are shown to is decided by each one's view: so many are looked at, the newest first.
MOST_LOOKED_AT = 500


def find_request(request_id: uuid.UUID) -> RevealRequest | None:
    """Return a request by its key."""
    return RevealRequest.objects.filter(id=request_id).first()


def requests_of(user_id: uuid.UUID, *, limit: int) -> Sequence[RevealRequest]:
    """Return a person's own requests, the newest first."""
    return list(RevealRequest.objects.filter(user_id=user_id).order_by("-created_at", "-id")[:limit])


def waiting_requests(*, but_of: uuid.UUID) -> Sequence[RevealRequest]:
    """Return other people's requests that can still be decided, the newest first."""
    waiting = RevealRequest.objects.filter(state=RequestState.PENDING, expires_at__gt=clock.now())
    return list(waiting.exclude(user_id=but_of).order_by("-created_at", "-id")[:MOST_LOOKED_AT])
