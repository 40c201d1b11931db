"""Where a conversation can stand. The values are stored: never rename them."""

from enum import StrEnum


class State(StrEnum):
    """All dialogs, each in the order it is walked."""

    MENU = "menu"

    ENTER_NUMBER = "enter.number"
    IDENTITY_CHOOSING = "identity.choosing"

    NOTICES_CHOOSING = "notices.choosing"

    APPLY_RESUMING = "apply.resuming"
    APPLY_CHOOSING_SEALS = "apply.choosing_seals"
    APPLY_CHOOSING_SIZE = "apply.choosing_size"
    APPLY_CHOOSING_REGION = "apply.choosing_region"
    APPLY_ON_PAGE = "apply.on_page"

    PERSONAL_CHOOSING = "personal.choosing"
    PERSONAL_ON_PAGE = "personal.on_page"

    COLLECT_CONFIRMING = "collect.confirming"
    COLLECT_ON_PAGE = "collect.on_page"

    MY_SEALS_CHOOSING = "my_seals.choosing"
    MY_SEALS_DETAIL = "my_seals.detail"
    MY_SEALS_REASON = "my_seals.reason"
    MY_SEALS_SCOPE = "my_seals.scope"
    MY_SEALS_CONFIRMING = "my_seals.confirming"

    SEAL_UPLOADING = "seal.uploading"
    SEAL_CHOOSING_SEAL = "seal.choosing_seal"
    SEAL_CHOOSING_PLACE = "seal.choosing_place"
    SEAL_ON_PAGE = "seal.on_page"

    VERIFY_UPLOADING = "verify.uploading"

    AUTHORISE_CHOOSING = "authorise.choosing"
    GRANT_CHOOSING_SEAL = "grant.choosing_seal"
    GRANT_CHOOSING_DELEGATE = "grant.choosing_delegate"
    GRANT_CHOOSING_TERMS = "grant.choosing_terms"
    GRANT_ON_PAGE = "grant.on_page"
    GRANTS_CHOOSING = "grants.choosing"
    GRANT_DETAIL = "grants.detail"
    MEMBERS_CHOOSING = "members.choosing"
    MEMBER_DETAIL = "members.detail"
    AGENT_CHOOSING_WAY = "agent.choosing_way"
    AGENTS_CHOOSING = "agents.choosing"
    AGENT_DETAIL = "agents.detail"
    TAKE_OVER_CHOOSING = "take_over.choosing"
    TAKE_OVER_CONFIRMING = "take_over.confirming"
    PREFERENCES_CHOOSING = "preferences.choosing"
    PREFERENCES_HOURS = "preferences.hours"

    FEEDBACK_CHOOSING = "feedback.choosing"
    FEEDBACK_WRITING = "feedback.writing"
