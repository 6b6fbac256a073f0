"""Records take new rows and nothing else: a trigger on every way a row could be changed or go.

A change is chained after its commit: its three chain columns are set once, together, and nothing else with them. The
head of a chain only moves forward.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION prism_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'audit records are append-only' USING ERRCODE = 'restrict_violation'; END$$
"""
CHAIN = """
CREATE FUNCTION prism_audit_is_chained_once() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
  rest audit_auditchange := NEW;
BEGIN
  rest.sequence := NULL;
  rest.previous_hash := NULL;
  rest.hash := NULL;
  IF OLD.sequence IS NULL AND NEW.sequence IS NOT NULL AND rest *= OLD THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'audit records are append-only' USING ERRCODE = 'restrict_violation';
END
$$
"""
FORWARD = """
CREATE FUNCTION prism_audit_chain_grows() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
  IF NEW.name = OLD.name AND NEW.sequence > OLD.sequence THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the head of an audit chain only moves forward' USING ERRCODE = 'restrict_violation';
END
$$
"""
GUARDS = [
    (
        "CREATE TRIGGER audit_reads_are_kept BEFORE UPDATE OR DELETE ON audit_auditread "
        "FOR EACH STATEMENT EXECUTE FUNCTION prism_audit_is_append_only()",
        "DROP TRIGGER audit_reads_are_kept ON audit_auditread",
    ),
    (
        "CREATE TRIGGER audit_entries_are_kept BEFORE UPDATE OR DELETE ON audit_auditreadentry "
        "FOR EACH STATEMENT EXECUTE FUNCTION prism_audit_is_append_only()",
        "DROP TRIGGER audit_entries_are_kept ON audit_auditreadentry",
    ),
    (
        "CREATE TRIGGER audit_changes_are_kept BEFORE DELETE ON audit_auditchange "
        "FOR EACH STATEMENT EXECUTE FUNCTION prism_audit_is_append_only()",
        "DROP TRIGGER audit_changes_are_kept ON audit_auditchange",
    ),
    (
        "CREATE TRIGGER audit_changes_are_chained_once BEFORE UPDATE ON audit_auditchange "
        "FOR EACH ROW EXECUTE FUNCTION prism_audit_is_chained_once()",
        "DROP TRIGGER audit_changes_are_chained_once ON audit_auditchange",
    ),
    (
        "CREATE TRIGGER audit_chains_are_kept BEFORE DELETE ON audit_auditchain "
        "FOR EACH STATEMENT EXECUTE FUNCTION prism_audit_is_append_only()",
        "DROP TRIGGER audit_chains_are_kept ON audit_auditchain",
    ),
    (
        "CREATE TRIGGER audit_chains_grow BEFORE UPDATE ON audit_auditchain "
        "FOR EACH ROW EXECUTE FUNCTION prism_audit_chain_grows()",
        "DROP TRIGGER audit_chains_grow ON audit_auditchain",
    ),
    # Named apart: a test run empties its tables between tests, and disables these to do so.
    (
        "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit_auditread "
        "FOR EACH STATEMENT EXECUTE FUNCTION prism_audit_is_append_only()",
        "DROP TRIGGER audit_is_not_emptied ON audit_auditread",
    ),
    (
        "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit_auditreadentry "
        "FOR EACH STATEMENT EXECUTE FUNCTION prism_audit_is_append_only()",
        "DROP TRIGGER audit_is_not_emptied ON audit_auditreadentry",
    ),
    (
        "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit_auditchange "
        "FOR EACH STATEMENT EXECUTE FUNCTION prism_audit_is_append_only()",
        "DROP TRIGGER audit_is_not_emptied ON audit_auditchange",
    ),
    (
        "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit_auditchain "
        "FOR EACH STATEMENT EXECUTE FUNCTION prism_audit_is_append_only()",
        "DROP TRIGGER audit_is_not_emptied ON audit_auditchain",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION prism_audit_is_append_only()"),
        migrations.RunSQL(CHAIN, "DROP FUNCTION prism_audit_is_chained_once()"),
        migrations.RunSQL(FORWARD, "DROP FUNCTION prism_audit_chain_grows()"),
        *[migrations.RunSQL(make, drop) for make, drop in GUARDS],
    ]
