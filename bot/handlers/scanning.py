"""扫一扫: what a QR code of ours is for, by the beginning of its scene."""

from __future__ import annotations

from bot.handlers import collect_seal, entering
from bot.messages import Message, Say
from bot.router import Router
from bot.talk import Talk
from seal_core.services.entering import SCENE_PREFIX

router = Router()


@router.command("#scan")
def scanned(message: Message, talk: Talk) -> Say:
    """A QR code brought the person here."""
    if message.scene.startswith(SCENE_PREFIX):
        return entering.scanned(message, talk)
    return collect_seal.scanned(message, talk)
