"""Asking for records beside the event loop: in threads of their own, so that who searches delays nobody's look-ups."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

_T = TypeVar("_T")
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="prism-audit-search")


class SearchTooSlowError(Exception):
    """The database took longer than a statement may."""


async def asked(work: Callable[[], _T]) -> _T:
    """Return what `work` finds in the database, all of it at one moment.

    Raises: SearchTooSlowError; OperationalError or InterfaceError while the database cannot be reached.
    """
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _surely, work)


def _surely(work: Callable[[], _T]) -> _T:
    try:
        return _within_limits(work)
    except (OperationalError, InterfaceError) as error:
        connection.close()
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTooSlowError from error
    try:
        # The connection may have died with the server it led to; a new one tells.
        return _within_limits(work)
    except (OperationalError, InterfaceError):
        connection.close()
        raise


def _within_limits(work: Callable[[], _T]) -> _T:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(settings.PRISM_STATEMENT_TIMEOUT_MS)])
        return work()
