"""Text from outside, made fit for a record: what PostgreSQL cannot store must not keep an answer off the record."""

LONGEST_TEXT = 500


def storable(text: str) -> str:
    """Return `text`, shortened to 500 characters, with a mark in place of what PostgreSQL or UTF-8 cannot hold."""
    if len(text) > LONGEST_TEXT:
        text = f"{text[: LONGEST_TEXT - 1]}…"
    if text.isprintable():
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
