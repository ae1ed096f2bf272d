"""The tables: a value's JSON document in a column, and beside it the keys that queries need."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

REVISIONS = ("r0001", "r0002", "r0003")
"""Every revision of the migrations folder, oldest first: knowing them without Alembic saves its import at start."""
HEAD = REVISIONS[-1]
VERSION_TABLE = "kr8_version"

metadata = MetaData()

GUARDS = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_no_{change} BEFORE {change.upper()} ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
        for change in ("update", "delete")
    ),
    "postgresql": (
        "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit only grows'; END $$",
        *(
            f"CREATE TRIGGER audit_no_{change} BEFORE {change.upper()} ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"
            for change in ("update", "delete", "truncate")
        ),
    ),
}
"""What a new database gets beside its tables, by the name of its dialect."""

projects = Table(
    "projects",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("document", Text, nullable=False),
)

deployments = Table(
    "deployments",
    metadata,
    Column("id", String, primary_key=True),
    Column("project", String, nullable=False),
    Column("environment", String, nullable=False),
    Column("state", String, nullable=False),
    # A column of its own, so that a save of the document cannot lose it.
    Column("cancel_requested", Boolean, nullable=False),
    Column("document", Text, nullable=False),
    Index("deployments_place", "project", "environment", "state"),
    Index("deployments_state", "state"),
)

timeline = Table(
    "timeline",
    metadata,
    Column("deployment", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
)

environments = Table(
    "environments",
    metadata,
    Column("project", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("document", Text, nullable=False),
)

promotions = Table(
    "promotions",
    metadata,
    Column("project", String, primary_key=True),
    Column("environment", String, primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("deployment", String, nullable=False),
    Column("document", Text, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("environment", String, primary_key=True),
    Column("holder", String),
    Column("epoch", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("expires_at", String),
    CheckConstraint("epoch >= 0 AND seen >= epoch", name="leases_epoch"),
)

approvers = Table(
    "approvers",
    metadata,
    Column("name", String, primary_key=True),
    Column("document", Text, nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("deployment", String, primary_key=True),
    Column("approver", String, primary_key=True),
    # One key enrolled under two names is still one person.
    Column("fingerprint", String, nullable=False),
    Column("signature", String, nullable=False, unique=True),
    Column("document", Text, nullable=False),
    UniqueConstraint("deployment", "fingerprint", name="approvals_key"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    # As text, exactly as it was hashed.
    Column("at", String, nullable=False),
    Column("phase", String, nullable=False),
    Column("call", String, nullable=False),
    Column("caller", String, nullable=False),
    Column("operation", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String, nullable=False),
    Column("hash", String, nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("hash", String, nullable=False),
    CheckConstraint("id = 1", name="audit_head_one"),
)

secrets = Table(
    "secrets",
    metadata,
    Column("project", String, primary_key=True),
    Column("environment", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("set_at", String, nullable=False),
    Column("set_by", String, nullable=False),
    Column("removed", Boolean, nullable=False),
)

keyed_calls = Table(
    "keyed_calls",
    metadata,
    Column("id", String, primary_key=True),
    Column("begun_at", String, nullable=False),
    Column("document", Text, nullable=False),
    Index("keyed_calls_begun", "begun_at"),
)
