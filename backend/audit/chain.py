"""The hash chains: each record's hash is made from its content, its place and the hash before it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from backend.audit.models import AuditChain, ChainName

# Part of every hash: a chain of another kind or version never continues this one.
_DOMAIN = b"prism audit 1\0"
# Whoever waits longer than this for its turn gives up and tries again later.
_PATIENCE = "SET LOCAL lock_timeout = '10s'"
# What is removed from a journal after a commit must be on the database's disk, however the database is set up.
_DURABLY = "SET LOCAL synchronous_commit = 'on'"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place in a chain: all that comes before it is fixed by its hash."""

    chain: ChainName
    sequence: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.chain.value}:{self.sequence}:{self.hash.hex()}"


@dataclass(frozen=True, slots=True)
class Link:
    """What chains one record."""

    sequence: int
    previous_hash: bytes
    hash: bytes


def beginning(chain: ChainName) -> Anchor:
    """Return where a chain begins: the place before its first record."""
    return Anchor(chain, 0, hashlib.sha256(_DOMAIN + chain.value.encode()).digest())


def link_after(previous: Anchor, content: bytes) -> Link:
    """Return the link of the record that follows `previous`."""
    sequence = previous.sequence + 1
    digest = hashlib.sha256(_DOMAIN + previous.hash + b"%d:" % sequence + content).digest()
    return Link(sequence, previous.hash, digest)


class Extension:
    """A chain while it is extended."""

    def __init__(self, head: Anchor) -> None:
        self.head = head

    def link(self, content: bytes) -> Link:
        """Return the next link, for a record of this content."""
        link = link_after(self.head, content)
        self.head = Anchor(self.head.chain, link.sequence, link.hash)
        return link


@contextmanager
def extending(chain: ChainName) -> Iterator[Extension]:
    """Open a transaction in which nobody else extends the chain; its head is moved at the end."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_PATIENCE)
            cursor.execute(_DURABLY)
        first = beginning(chain)
        missing = AuditChain(name=chain, sequence=first.sequence, hash=first.hash)
        AuditChain.objects.bulk_create([missing], ignore_conflicts=True)
        row = AuditChain.objects.select_for_update().get(name=chain)
        extension = Extension(Anchor(chain, row.sequence, bytes(row.hash)))
        yield extension
        if extension.head.sequence != row.sequence:
            moved = {"sequence": extension.head.sequence, "hash": extension.head.hash}
            AuditChain.objects.filter(name=chain).update(**moved)


def head_of(chain: ChainName) -> Anchor | None:
    """Return the head of a chain, or None when it has none."""
    row = AuditChain.objects.filter(name=chain).first()
    return None if row is None else Anchor(chain, row.sequence, bytes(row.hash))
