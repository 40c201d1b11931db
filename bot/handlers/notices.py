"""信息公告."""

from bot import texts
from bot.handlers.choosing import pick
from bot.messages import Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.tickets import LinkPurpose

router = Router()


@router.command("信息公告", "公告", "通知")
def list_notices(_: Message, talk: Talk) -> Say:
    say = texts.notices(talk.services.holdings.notices())
    return talk.begin(State.NOTICES_CHOOSING, say) if say.choices else say


@router.state(State.NOTICES_CHOOSING)
def read_notice(message: Message, talk: Talk) -> Say:
    items = talk.services.holdings.notices()
    item = pick(message.text, [(notice.title, notice) for notice in items])
    if item is None:
        return talk.stay(texts.not_understood(texts.notices(items)))
    link = talk.link(LinkPurpose.VIEW, "查看全文和附件", notice_id=item.id)
    return talk.end(texts.notice(item, link))
