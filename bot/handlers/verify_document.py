"""文件验签: a file by a page, the answer in the chat, the report on a page."""

from bot import texts
from bot.messages import Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.records import News, Notification
from seal_core.domain.tickets import LinkPurpose

router = Router()

USE = "verify"


@router.command("文件验签", "验签", "验章", "验证")
def start(_: Message, talk: Talk) -> Say:
    talk.must_be_signed_in()
    return talk.begin(State.VERIFY_UPLOADING, _upload(talk))


@router.state(State.VERIFY_UPLOADING)
def wait_for_upload(_: Message, talk: Talk) -> Say:
    return talk.stay(_upload(talk))


@router.tells(News.VERIFICATION_DONE)
def done(notification: Notification, talk: Talk) -> Say:
    data = notification.data
    link = talk.link(LinkPurpose.VIEW, "查看验签报告", verification_id=data["task_id"])
    return talk.close(
        texts.verification_done(data["name"], data["verdict"], link), State.VERIFY_UPLOADING
    )


def _upload(talk: Talk) -> Say:
    link = talk.link(LinkPurpose.UPLOAD, "上传文件", use=USE)
    return texts.upload_for_verification(link)
