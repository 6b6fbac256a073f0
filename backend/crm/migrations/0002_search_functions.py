"""The functions behind search: immutable, so that indexes may hold their results."""

from django.db import migrations

# Bodies in the standard's form are bound to what they name when they are made, whatever the search path is later.
FOLD = """
CREATE FUNCTION prism_fold(text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(normalize($1, NFKC))
"""

GRAMS = """
CREATE FUNCTION prism_grams(text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
SELECT array_agg(DISTINCT substr(folded.t, place, length))
FROM (SELECT prism_fold($1) AS t) AS folded, generate_series(1, length(folded.t)) AS place, (VALUES (1), (2)) AS pair(length)
WHERE place + length <= length(folded.t) + 1;
END
"""


class Migration(migrations.Migration):
    dependencies = [("crm", "0001_initial")]

    operations = [
        migrations.RunSQL(FOLD, "DROP FUNCTION prism_fold(text)"),
        migrations.RunSQL(GRAMS, "DROP FUNCTION prism_grams(text)"),
    ]
