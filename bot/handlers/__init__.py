"""All dialogs. A file a dialog; the router here is the sum of theirs."""

from bot.handlers import (
    agents,
    apply_for_seal,
    authorise,
    collect_seal,
    custody,
    entering,
    feedback,
    greetings,
    identities,
    manage_pin,
    manage_seal,
    members,
    my_seals,
    notices,
    personal,
    preferences,
    scanning,
    seal_document,
    verify_document,
)
from bot.router import Router

router = Router()
for dialog in (
    greetings,
    scanning,
    entering,
    identities,
    notices,
    apply_for_seal,
    personal,
    collect_seal,
    my_seals,
    manage_pin,
    manage_seal,
    seal_document,
    verify_document,
    authorise,
    members,
    agents,
    custody,
    feedback,
    preferences,
):
    router.include(dialog.router)
