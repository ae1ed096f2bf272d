"""The first tables, and the triggers that let the audit only grow."""

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make everything."""
    _projects()
    _deployments()
    _environments()
    _leases()
    _approvals()
    _audit()
    _secrets()
    _TRIGGERS[op.get_bind().dialect.name]()


def _projects() -> None:
    op.create_table("projects", _key("id"), _text("name"), _document())


def _deployments() -> None:
    words = [_text(name) for name in ("project", "environment", "state")]
    op.create_table("deployments", _key("id"), *words, _flag("cancel_requested"), _document())
    op.create_index("deployments_place", "deployments", ["project", "environment", "state"])
    op.create_index("deployments_state", "deployments", ["state"])
    op.create_table("timeline", _key("deployment"), _number_key("number"), _document())


def _environments() -> None:
    op.create_table("environments", _key("project"), _key("name"), _number("generation"), _document())
    key = (_key("project"), _key("environment"), _number_key("generation"))
    op.create_table("promotions", *key, _text("deployment"), _document())


def _leases() -> None:
    op.create_table(
        "leases",
        _key("environment"),
        sa.Column("holder", sa.String),
        _number("epoch"),
        _number("seen"),
        sa.Column("expires_at", sa.String),
        sa.CheckConstraint("epoch >= 0 AND seen >= epoch", name="leases_epoch"),
    )


def _approvals() -> None:
    op.create_table("approvers", _key("name"), _document())
    op.create_table(
        "approvals",
        _key("deployment"),
        _key("approver"),
        _text("fingerprint"),
        sa.Column("signature", sa.String, nullable=False, unique=True),
        _document(),
        sa.UniqueConstraint("deployment", "fingerprint", name="approvals_key"),
    )


def _audit() -> None:
    words = [_text(name) for name in ("at", "phase", "call", "caller", "operation", "subject")]
    detail = sa.Column("detail", sa.Text, nullable=False)
    op.create_table("audit", _number_key("number"), *words, detail, _text("previous"), _text("hash"))
    one = sa.CheckConstraint("id = 1", name="audit_head_one")
    op.create_table("audit_head", _number_key("id"), _number("number"), _text("hash"), one)


def _secrets() -> None:
    key = (_key("project"), _key("environment"), _key("name"), _number_key("version"))
    sealed = sa.Column("sealed", sa.LargeBinary, nullable=False)
    op.create_table("secrets", *key, sealed, _text("set_at"), _text("set_by"), _flag("removed"))


def _guard_sqlite() -> None:
    for change in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER audit_no_{change} BEFORE {change.upper()} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit only grows'; END $$"
    )
    for change in ("update", "delete", "truncate"):
        op.execute(
            f"CREATE TRIGGER audit_no_{change} BEFORE {change.upper()} ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"
        )


_TRIGGERS = {"sqlite": _guard_sqlite, "postgresql": _guard_postgresql}


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, primary_key=True)


def _number_key(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _document() -> sa.Column[str]:
    return sa.Column("document", sa.Text, nullable=False)
