"""Pages of records: arguments, cursors, and the way to the database and back."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

import orjson
import strawberry
from django.db import DataError, InterfaceError, OperationalError

from backend.audit.asking import SearchTooSlowError, asked
from backend.audit.models import AuditChange, AuditRead, AuditRecord
from backend.audit.searching import Page, PageWanted, Place
from permissions.errors import ErrorCode
from schema.context import PrismContext
from schema.engine.cursors import CursorKey
from schema.engine.paging import page_size
from schema.errors import ClientError
from schema.relay import PageInfo

_T = TypeVar("_T")
# Each is a search of its own, and not the engine's to count.
MOST_LISTS = 10

First = Annotated[
    int | None, strawberry.argument(description="How many records, from the newest on. 50 unless told; at most 500.")
]
After = Annotated[str | None, strawberry.argument(description="Records after this cursor only: older ones.")]
Last = Annotated[int | None, strawberry.argument(description="How many records, from the oldest on. At most 500.")]
Before = Annotated[str | None, strawberry.argument(description="Records before this cursor only: newer ones.")]


@dataclass(frozen=True, slots=True)
class PageArguments:
    """What a client says of the page it wants."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


class Pager:
    """The pages of one list of records, for one principal."""

    # Invariant: as everywhere, a cursor holds a place the principal was shown and is signed for them alone.

    def __init__(self, context: PrismContext, list_name: str) -> None:
        self._context = context
        self._key = CursorKey(list_name, "at DESC, id DESC")

    def wanted(self, arguments: PageArguments) -> PageWanted:
        """Return the page that is asked for.

        Raises: ClientError INVALID_PAGE, PAGE_TOO_LARGE, INVALID_CURSOR, CURSOR_EXPIRED, OPERATION_TOO_COMPLEX.
        """
        self._count()
        size = page_size(arguments.first, arguments.last)
        after, before = self._place(arguments.after), self._place(arguments.before)
        return PageWanted(size, arguments.last is not None, after, before)

    def cursor(self, record: AuditRecord) -> str:
        """Return the cursor of a record."""
        return self._context.codec.write(orjson.dumps([record.at.isoformat(), str(record.id)]), self._key)

    def info(self, page: Page[AuditRead] | Page[AuditChange]) -> PageInfo:
        """Return where a page lies in its list."""
        records = page.records
        return PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=self.cursor(records[0]) if records else None,
            end_cursor=self.cursor(records[-1]) if records else None,
        )

    def _place(self, cursor: str | None) -> Place | None:
        if cursor is None:
            return None
        at, key = self._context.codec.read(cursor, self._key)
        return Place(datetime.fromisoformat(str(at)), uuid.UUID(str(key)))

    def _count(self) -> None:
        self._context.audit_lists += 1
        if self._context.audit_lists > MOST_LISTS:
            message = f"An operation asks for at most {MOST_LISTS} lists of the audit."
            raise ClientError(ErrorCode.OPERATION_TOO_COMPLEX, message)


async def found(work: Callable[[], _T]) -> _T:
    """Return what is found in the audit.

    Raises: ClientError TIMEOUT, UNAVAILABLE or BAD_USER_INPUT.
    """
    try:
        return await asked(work)
    except SearchTooSlowError:
        message = "The search took too long and was stopped: ask for a shorter time, or for a person or a row."
        raise ClientError(ErrorCode.TIMEOUT, message) from None
    except DataError:
        raise ClientError(ErrorCode.BAD_USER_INPUT, "A value of the filter is not one a record can hold.") from None
    except (OperationalError, InterfaceError):
        raise ClientError(ErrorCode.UNAVAILABLE, "The database cannot be reached just now: try again.") from None
