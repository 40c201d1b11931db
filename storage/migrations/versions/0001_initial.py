"""Initial tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("bound_at", sa.String(length=32), nullable=True),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_accounts")),
        sa.UniqueConstraint(
            "channel", "app", "subject", name=op.f("uq_accounts_channel_app_subject")
        ),
        sa.UniqueConstraint("id", name=op.f("uq_accounts_id")),
    )
    op.create_index(op.f("ix_accounts_person_id"), "accounts", ["person_id"], unique=False)
    op.create_table(
        "agent_registrations",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("way", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("legal_representative", sa.Text(), nullable=False),
        sa.Column("head_number", sa.LargeBinary(), nullable=False),
        sa.Column("papers", sa.Text(), nullable=False),
        sa.Column("mobile", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("submitted_at", sa.String(length=32), nullable=True),
        sa.Column("due_at", sa.String(length=32), nullable=True),
        sa.Column("remind_at", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_agent_registrations")),
        sa.UniqueConstraint("id", name=op.f("uq_agent_registrations_id")),
    )
    op.create_index(
        op.f("ix_agent_registrations_person_id_state"),
        "agent_registrations",
        ["person_id", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_agent_registrations_state_remind_at"),
        "agent_registrations",
        ["state", "remind_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_agent_registrations_uscc_state"),
        "agent_registrations",
        ["uscc", "state"],
        unique=False,
    )
    op.create_table(
        "applications",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("holder_name", sa.Text(), nullable=False),
        sa.Column("applicant_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("handler_name", sa.Text(), nullable=False),
        sa.Column("handler_id_number", sa.LargeBinary(), nullable=False),
        sa.Column("handler_mobile", sa.LargeBinary(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_applications")),
        sa.UniqueConstraint("id", name=op.f("uq_applications_id")),
    )
    op.create_index(op.f("ix_applications_holder_id"), "applications", ["holder_id"], unique=False)
    op.create_table(
        "audit_records",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_audit_records")),
        sa.UniqueConstraint(
            "holder_id", "sequence", name=op.f("uq_audit_records_holder_id_sequence")
        ),
        sa.UniqueConstraint("id", name=op.f("uq_audit_records_id")),
    )
    op.create_table(
        "documents",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sm3", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("pages", sa.Text(), nullable=False),
        sa.Column("signatures", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.Column("renew_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_documents")),
        sa.UniqueConstraint("id", name=op.f("uq_documents_id")),
    )
    op.create_index(op.f("ix_documents_owner_id"), "documents", ["owner_id"], unique=False)
    op.create_index(op.f("ix_documents_renew_at"), "documents", ["renew_at"], unique=False)
    op.create_table(
        "entrances",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scene", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_entrances")),
        sa.UniqueConstraint("id", name=op.f("uq_entrances_id")),
        sa.UniqueConstraint("scene", name=op.f("uq_entrances_scene")),
    )
    op.create_table(
        "id_photos",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("application_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("front", sa.LargeBinary(), nullable=False),
        sa.Column("back", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_id_photos")),
        sa.UniqueConstraint("application_id", name=op.f("uq_id_photos_application_id")),
    )
    op.create_table(
        "claims",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("application_id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("member_name", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.String(length=32), nullable=False),
        sa.Column("until", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_claims")),
        sa.UniqueConstraint("application_id", name=op.f("uq_claims_application_id")),
    )
    op.create_table(
        "disposals",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seal_id", sa.Text(), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_disposals")),
        sa.UniqueConstraint("id", name=op.f("uq_disposals_id")),
    )
    op.create_index(op.f("ix_disposals_seal_id"), "disposals", ["seal_id"], unique=False)
    op.create_index(op.f("ix_disposals_state"), "disposals", ["state"], unique=False)
    op.create_table(
        "feedback",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("holder_name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("picture_id", sa.Text(), nullable=False),
        sa.Column("written_at", sa.String(length=32), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("replied_by", sa.Text(), nullable=False),
        sa.Column("replied_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_feedback")),
        sa.UniqueConstraint("id", name=op.f("uq_feedback_id")),
    )
    op.create_index(op.f("ix_feedback_person_id"), "feedback", ["person_id"], unique=False)
    op.create_index(op.f("ix_feedback_replied_at"), "feedback", ["replied_at"], unique=False)
    op.create_table(
        "filings",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("seal_id", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.String(length=32), nullable=False),
        sa.Column("filed_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_filings")),
        sa.UniqueConstraint("id", name=op.f("uq_filings_id")),
        sa.UniqueConstraint("number", name=op.f("uq_filings_number")),
    )
    op.create_index(op.f("ix_filings_seal_id"), "filings", ["seal_id"], unique=False)
    op.create_index(op.f("ix_filings_holder_id"), "filings", ["holder_id"], unique=False)
    op.create_table(
        "preferences",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("muted", sa.Text(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_until", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_preferences")),
        sa.UniqueConstraint("person_id", name=op.f("uq_preferences_person_id")),
    )
    op.create_table(
        "left_dialogs",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("dialog", sa.Text(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_left_dialogs")),
        sa.UniqueConstraint("account_id", name=op.f("uq_left_dialogs_account_id")),
    )
    op.create_index(
        op.f("ix_left_dialogs_stage_due_at"), "left_dialogs", ["stage", "due_at"], unique=False
    )
    op.create_table(
        "inbox_messages",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.Column("handled_at", sa.String(length=32), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_inbox_messages")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_inbox_messages_dedupe_key")),
        sa.UniqueConstraint("id", name=op.f("uq_inbox_messages_id")),
    )
    op.create_index(
        op.f("ix_inbox_messages_account_id_handled_at"),
        "inbox_messages",
        ["account_id", "handled_at"],
        unique=False,
    )
    op.create_table(
        "links",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.Column("used_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_links")),
        sa.UniqueConstraint("id", name=op.f("uq_links_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_links_token_hash")),
    )
    op.create_table(
        "invitations",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id_number", sa.LargeBinary(), nullable=False),
        sa.Column("mobile", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("inviter_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_invitations")),
        sa.UniqueConstraint("id", name=op.f("uq_invitations_id")),
    )
    op.create_index(
        op.f("ix_invitations_name_state"), "invitations", ["name", "state"], unique=False
    )
    op.create_index(
        op.f("ix_invitations_organisation_id_state"),
        "invitations",
        ["organisation_id", "state"],
        unique=False,
    )
    op.create_table(
        "grants",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seal_id", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("grantor_id", sa.Text(), nullable=False),
        sa.Column("delegate_id", sa.Text(), nullable=False),
        sa.Column("until", sa.String(length=32), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("end", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.Column("confirmed_at", sa.String(length=32), nullable=True),
        sa.Column("ended_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_grants")),
        sa.UniqueConstraint("id", name=op.f("uq_grants_id")),
    )
    op.create_index(
        op.f("ix_grants_delegate_id_state"), "grants", ["delegate_id", "state"], unique=False
    )
    op.create_index(
        op.f("ix_grants_holder_id_state"), "grants", ["holder_id", "state"], unique=False
    )
    op.create_index(op.f("ix_grants_seal_id_state"), "grants", ["seal_id", "state"], unique=False)
    op.create_index(op.f("ix_grants_state_until"), "grants", ["state", "until"], unique=False)
    op.create_table(
        "memberships",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_memberships")),
        sa.UniqueConstraint("id", name=op.f("uq_memberships_id")),
        sa.UniqueConstraint(
            "person_id", "organisation_id", name=op.f("uq_memberships_person_id_organisation_id")
        ),
    )
    op.create_index(
        op.f("ix_memberships_organisation_id"), "memberships", ["organisation_id"], unique=False
    )
    op.create_table(
        "notices",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attachments", sa.Text(), nullable=False),
        sa.Column("published_at", sa.String(length=32), nullable=False),
        sa.Column("withdrawn_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_notices")),
        sa.UniqueConstraint("id", name=op.f("uq_notices_id")),
    )
    op.create_table(
        "notifications",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("delivered_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_notifications")),
        sa.UniqueConstraint("id", name=op.f("uq_notifications_id")),
    )
    op.create_index(
        op.f("ix_notifications_person_id"), "notifications", ["person_id"], unique=False
    )
    op.create_table(
        "organisations",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("legal_representative", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_organisations")),
        sa.UniqueConstraint("id", name=op.f("uq_organisations_id")),
        sa.UniqueConstraint("uscc", name=op.f("uq_organisations_uscc")),
    )
    op.create_table(
        "outbox",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("queued_at", sa.String(length=32), nullable=True),
        sa.Column("done_at", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_outbox")),
    )
    op.create_index(
        op.f("ix_outbox_done_at_queued_at"), "outbox", ["done_at", "queued_at"], unique=False
    )
    op.create_table(
        "outgoing_messages",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("sent_at", sa.String(length=32), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_outgoing_messages")),
        sa.UniqueConstraint("id", name=op.f("uq_outgoing_messages_id")),
    )
    op.create_index(
        op.f("ix_outgoing_messages_account_id"), "outgoing_messages", ["account_id"], unique=False
    )
    op.create_table(
        "people",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id_number", sa.LargeBinary(), nullable=False),
        sa.Column("mobile", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_people")),
        sa.UniqueConstraint("id", name=op.f("uq_people_id")),
        sa.UniqueConstraint("subject", name=op.f("uq_people_subject")),
    )
    op.create_index(op.f("ix_people_name"), "people", ["name"], unique=False)
    op.create_table(
        "pickups",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scene", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("seal_ids", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_pickups")),
        sa.UniqueConstraint("id", name=op.f("uq_pickups_id")),
        sa.UniqueConstraint("scene", name=op.f("uq_pickups_scene")),
    )
    op.create_index(
        op.f("ix_pickups_person_id_state"), "pickups", ["person_id", "state"], unique=False
    )
    op.create_table(
        "pin_guards",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("locked_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_pin_guards")),
        sa.UniqueConstraint("person_id", name=op.f("uq_pin_guards_person_id")),
    )
    op.create_table(
        "seal_keys",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seal_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_seal_keys")),
        sa.UniqueConstraint("id", name=op.f("uq_seal_keys_id")),
        sa.UniqueConstraint("seal_id", "person_id", name=op.f("uq_seal_keys_seal_id_person_id")),
    )
    op.create_table(
        "sealing_orders",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seal_id", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.Column("confirmed_at", sa.String(length=32), nullable=True),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("grant_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_sealing_orders")),
        sa.UniqueConstraint("id", name=op.f("uq_sealing_orders_id")),
    )
    op.create_index(
        op.f("ix_sealing_orders_grant_id_state"),
        "sealing_orders",
        ["grant_id", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_sealing_orders_person_id"), "sealing_orders", ["person_id"], unique=False
    )
    op.create_index(op.f("ix_sealing_orders_seal_id"), "sealing_orders", ["seal_id"], unique=False)
    op.create_table(
        "sealing_tasks",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("seal_id", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("document_name", sa.Text(), nullable=False),
        sa.Column("sm3", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("result_id", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.String(length=32), nullable=True),
        sa.Column("finished_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_sealing_tasks")),
        sa.UniqueConstraint("id", name=op.f("uq_sealing_tasks_id")),
    )
    op.create_index(op.f("ix_sealing_tasks_order_id"), "sealing_tasks", ["order_id"], unique=False)
    op.create_index(
        op.f("ix_sealing_tasks_seal_id_state"), "sealing_tasks", ["seal_id", "state"], unique=False
    )
    op.create_table(
        "registrations",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("legal_representative", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("checked_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_registrations")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_registrations_organisation_id")),
    )
    op.create_index(
        op.f("ix_registrations_checked_at"), "registrations", ["checked_at"], unique=False
    )
    op.create_table(
        "drafts",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("sizes", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.String(length=32), nullable=False),
        sa.Column("reminded_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_drafts")),
        sa.UniqueConstraint("id", name=op.f("uq_drafts_id")),
    )
    op.create_index(op.f("ix_drafts_kept_at"), "drafts", ["kept_at"], unique=False)
    op.create_table(
        "seals",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("application_id", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("holder_name", sa.Text(), nullable=False),
        sa.Column("collector_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("width_mm", sa.Float(), nullable=False),
        sa.Column("height_mm", sa.Float(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.String(length=32), nullable=False),
        sa.Column("reviewed_at", sa.String(length=32), nullable=True),
        sa.Column("collected_at", sa.String(length=32), nullable=True),
        sa.Column("valid_from", sa.String(length=32), nullable=True),
        sa.Column("valid_to", sa.String(length=32), nullable=True),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("ses", sa.LargeBinary(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.Column("replaces", sa.Text(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_seals")),
        sa.UniqueConstraint("id", name=op.f("uq_seals_id")),
    )
    op.create_index(op.f("ix_seals_application_id"), "seals", ["application_id"], unique=False)
    op.create_index(op.f("ix_seals_holder_id_state"), "seals", ["holder_id", "state"], unique=False)
    op.create_index(op.f("ix_seals_replaces"), "seals", ["replaces"], unique=False)
    op.create_index(
        op.f("ix_seals_state_reviewed_at"), "seals", ["state", "reviewed_at"], unique=False
    )
    op.create_index(op.f("ix_seals_state_valid_to"), "seals", ["state", "valid_to"], unique=False)
    op.create_table(
        "sketches",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.Column("replaces", sa.Text(), nullable=False),
        sa.Column("seal_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_sketches")),
        sa.UniqueConstraint("id", name=op.f("uq_sketches_id")),
    )
    op.create_index(op.f("ix_sketches_person_id"), "sketches", ["person_id"], unique=False)
    op.create_index(op.f("ix_sketches_seal_id"), "sketches", ["seal_id"], unique=False)
    op.create_table(
        "staff",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_staff")),
        sa.UniqueConstraint("id", name=op.f("uq_staff_id")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )
    op.create_table(
        "user_keys",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("point", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("mode", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_user_keys")),
        sa.UniqueConstraint("person_id", name=op.f("uq_user_keys_person_id")),
    )
    op.create_table(
        "extractions",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reading_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("outline", sa.Text(), nullable=False),
        sa.Column("x", sa.Float(), nullable=False),
        sa.Column("y", sa.Float(), nullable=False),
        sa.Column("width", sa.Float(), nullable=False),
        sa.Column("height", sa.Float(), nullable=False),
        sa.Column("angle", sa.Float(), nullable=False),
        sa.Column("width_mm", sa.Float(), nullable=False),
        sa.Column("height_mm", sa.Float(), nullable=False),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("sm3", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_extractions")),
        sa.UniqueConstraint("id", name=op.f("uq_extractions_id")),
    )
    op.create_index(op.f("ix_extractions_reading_id"), "extractions", ["reading_id"], unique=False)
    op.create_index(
        op.f("ix_extractions_outline_state"), "extractions", ["outline", "state"], unique=False
    )
    op.create_table(
        "picture_choices",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("seal_id", sa.Text(), nullable=False),
        sa.Column("extraction_id", sa.Text(), nullable=False),
        sa.Column("reviewer_id", sa.Text(), nullable=False),
        sa.Column("chosen_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_picture_choices")),
        sa.UniqueConstraint("seal_id", name=op.f("uq_picture_choices_seal_id")),
    )
    op.create_table(
        "readings",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.String(length=32), nullable=False),
        sa.Column("finished_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_readings")),
        sa.UniqueConstraint("id", name=op.f("uq_readings_id")),
    )
    op.create_index(op.f("ix_readings_document_id"), "readings", ["document_id"], unique=False)
    op.create_table(
        "verifications",
        sa.Column(
            "serial",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("document_name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.String(length=32), nullable=False),
        sa.Column("finished_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_verifications")),
        sa.UniqueConstraint("id", name=op.f("uq_verifications_id")),
    )
    op.create_index(op.f("ix_verifications_owner_id"), "verifications", ["owner_id"], unique=False)
    op.create_index(op.f("ix_verifications_state"), "verifications", ["state"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_readings_document_id"), table_name="readings")
    op.drop_table("readings")
    op.drop_table("picture_choices")
    op.drop_index(op.f("ix_extractions_reading_id"), table_name="extractions")
    op.drop_index(op.f("ix_extractions_outline_state"), table_name="extractions")
    op.drop_table("extractions")
    op.drop_index(op.f("ix_verifications_state"), table_name="verifications")
    op.drop_index(op.f("ix_verifications_owner_id"), table_name="verifications")
    op.drop_table("verifications")
    op.drop_table("user_keys")
    op.drop_table("staff")
    op.drop_index(op.f("ix_seals_state_valid_to"), table_name="seals")
    op.drop_index(op.f("ix_seals_state_reviewed_at"), table_name="seals")
    op.drop_index(op.f("ix_seals_replaces"), table_name="seals")
    op.drop_index(op.f("ix_seals_holder_id_state"), table_name="seals")
    op.drop_index(op.f("ix_seals_application_id"), table_name="seals")
    op.drop_table("seals")
    op.drop_index(op.f("ix_registrations_checked_at"), table_name="registrations")
    op.drop_table("registrations")
    op.drop_index(op.f("ix_drafts_kept_at"), table_name="drafts")
    op.drop_table("drafts")
    op.drop_index(op.f("ix_sealing_tasks_seal_id_state"), table_name="sealing_tasks")
    op.drop_index(op.f("ix_sealing_tasks_order_id"), table_name="sealing_tasks")
    op.drop_table("sealing_tasks")
    op.drop_index(op.f("ix_sealing_orders_seal_id"), table_name="sealing_orders")
    op.drop_index(op.f("ix_sketches_seal_id"), table_name="sketches")
    op.drop_index(op.f("ix_sketches_person_id"), table_name="sketches")
    op.drop_table("sketches")
    op.drop_index(op.f("ix_sealing_orders_person_id"), table_name="sealing_orders")
    op.drop_index(op.f("ix_sealing_orders_grant_id_state"), table_name="sealing_orders")
    op.drop_table("sealing_orders")
    op.drop_table("seal_keys")
    op.drop_table("pin_guards")
    op.drop_index(op.f("ix_pickups_person_id_state"), table_name="pickups")
    op.drop_table("pickups")
    op.drop_index(op.f("ix_people_name"), table_name="people")
    op.drop_table("people")
    op.drop_index(op.f("ix_outgoing_messages_account_id"), table_name="outgoing_messages")
    op.drop_table("outgoing_messages")
    op.drop_index(op.f("ix_outbox_done_at_queued_at"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("organisations")
    op.drop_index(op.f("ix_notifications_person_id"), table_name="notifications")
    op.drop_table("notifications")
    op.drop_table("notices")
    op.drop_index(op.f("ix_memberships_organisation_id"), table_name="memberships")
    op.drop_table("memberships")
    op.drop_index(op.f("ix_grants_delegate_id_state"), table_name="grants")
    op.drop_index(op.f("ix_grants_holder_id_state"), table_name="grants")
    op.drop_index(op.f("ix_grants_seal_id_state"), table_name="grants")
    op.drop_index(op.f("ix_grants_state_until"), table_name="grants")
    op.drop_table("grants")
    op.drop_index(op.f("ix_invitations_name_state"), table_name="invitations")
    op.drop_index(op.f("ix_invitations_organisation_id_state"), table_name="invitations")
    op.drop_table("invitations")
    op.drop_table("links")
    op.drop_index(op.f("ix_inbox_messages_account_id_handled_at"), table_name="inbox_messages")
    op.drop_table("inbox_messages")
    op.drop_table("id_photos")
    op.drop_table("entrances")
    op.drop_table("preferences")
    op.drop_index(op.f("ix_filings_seal_id"), table_name="filings")
    op.drop_index(op.f("ix_filings_holder_id"), table_name="filings")
    op.drop_table("filings")
    op.drop_index(op.f("ix_feedback_person_id"), table_name="feedback")
    op.drop_index(op.f("ix_feedback_replied_at"), table_name="feedback")
    op.drop_table("feedback")
    op.drop_index(op.f("ix_disposals_seal_id"), table_name="disposals")
    op.drop_index(op.f("ix_disposals_state"), table_name="disposals")
    op.drop_table("disposals")
    op.drop_table("claims")
    op.drop_index(op.f("ix_left_dialogs_stage_due_at"), table_name="left_dialogs")
    op.drop_table("left_dialogs")
    op.drop_index(op.f("ix_documents_owner_id"), table_name="documents")
    op.drop_table("documents")
    op.drop_table("audit_records")
    op.drop_index(op.f("ix_applications_holder_id"), table_name="applications")
    op.drop_table("applications")
    op.drop_index(op.f("ix_agent_registrations_person_id_state"), table_name="agent_registrations")
    op.drop_index(op.f("ix_agent_registrations_state_remind_at"), table_name="agent_registrations")
    op.drop_index(op.f("ix_agent_registrations_uscc_state"), table_name="agent_registrations")
    op.drop_table("agent_registrations")
    op.drop_index(op.f("ix_accounts_person_id"), table_name="accounts")
    op.drop_table("accounts")
