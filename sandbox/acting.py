"""What happens in the world when somebody does something on their phone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from sandbox.people import Person
from sandbox.pictures import Pictures
from sandbox.wechat.push import account_of, push
from sandbox.wechat.state import WeChatState
from sandbox.world import Act, Choice, Shown, World

Pusher = Callable[[World, Person, Act], list[Shown]]
_ACTS: Final = frozenset({
    "follow", "unfollow", "text", "image", "file", "voice", "location", "scan", "click", "choose",
    "enter", "accept", "reject",
})  # fmt: skip


class Pushers:
    """Who carries an act to the service, by channel."""

    def __init__(self) -> None:
        self.by_channel: dict[str, Pusher] = {
            channel: partial(_push_wechat, channel) for channel in ("wechat", "wechat_miniprogram")
        }


class CannotAct(Exception):
    """The phone offers no such thing at the moment; the text says why."""


def perform(world: World, person: Person, channel: str, act: Act) -> list[Shown]:
    """Do *act*; return what appears on the screen because of it, the answer included."""
    pusher = world.room(Pushers).by_channel.get(channel)
    if pusher is None:
        raise CannotAct(f"no such channel: {channel}")
    if act.kind not in _ACTS:
        raise CannotAct(f"no such act: {act.kind}")
    if act.kind == "click":
        _check_menu(world, channel, act.key)
    if channel == "wechat":
        return _in_wechat(world, person, act, pusher)
    if channel == "wechat_miniprogram" and act.kind == "scan":
        return _scan_wechat(world, person, channel, act, pusher)
    if act.kind == "scan" and act.text.startswith(world.accounts.service_url):
        return [_open(world, person, channel, act.text)]
    if act.kind in {"follow", "unfollow"}:
        _note_following(world, person, channel, act)
    return [*_own(world, person, channel, act), *pusher(world, person, act)]


def appid_of(world: World, channel: str) -> str:
    """The app behind *channel*."""
    if channel == "alipay":
        return world.accounts.alipay_life.app_id
    return account_of(world, channel).appid


def menu_of(world: World, channel: str) -> list[Choice]:
    """What the menu at the bottom offers; a URL as id opens a page."""
    return [choice for _, below in menu_tree(world, channel) for choice in below]


def menu_tree(world: World, channel: str) -> list[tuple[str, list[Choice]]]:
    """The menu by its top buttons; one without sub buttons holds itself alone."""
    menu = world.room(WeChatState).menus.get(appid_of(world, channel), {})
    return [
        (button["name"], [_menu_choice(leaf) for leaf in button.get("sub_button") or [button]])
        for button in menu.get("button", [])
    ]


def _menu_choice(button: dict[str, Any]) -> Choice:
    targets = ("key", "url", "pagepath")
    target = next((str(button[name]) for name in targets if button.get(name)), "")
    return Choice(target, button["name"])


def _check_menu(world: World, channel: str, key: str) -> None:
    offered = {choice.id for choice in menu_of(world, channel)}
    if offered and key not in offered:
        raise CannotAct(f"菜单里没有“{key}”")


def _push_wechat(channel: str, world: World, person: Person, act: Act) -> list[Shown]:
    return push(world, channel, person, act)


def _in_wechat(world: World, person: Person, act: Act, pusher: Pusher) -> list[Shown]:
    appid = appid_of(world, "wechat")
    if act.kind == "scan":
        return _scan_wechat(world, person, "wechat", act, pusher)
    if act.kind != "follow" and not world.follows(person, appid):
        raise CannotAct("请先关注公众号")
    if act.kind in {"follow", "unfollow"}:
        _note_following(world, person, "wechat", act)
    if act.kind == "click" and act.key.startswith("http"):
        pusher(world, person, Act("view", key=act.key))
        return [_open(world, person, "wechat", act.key)]
    return [*_own(world, person, "wechat", act), *pusher(world, person, act)]


def _scan_wechat(
    world: World, person: Person, channel: str, act: Act, pusher: Pusher
) -> list[Shown]:
    content = act.text
    scene = world.room(WeChatState).scene(content)
    if scene is None:
        return [_open(world, person, channel, content)]
    if scene.expires is not None and scene.expires <= world.clock.timestamp():
        return [_note(world, person, channel, "二维码已过期")]
    if scene.page:
        url = f"{scene.page}?scene={scene.scene}"
        title = "已打开小程序"
        where = "wechat_miniprogram"
        return [world.inbox.show(person, where, "platform", "miniprogram", title=title, url=url)]
    if channel != "wechat":
        return [_note(world, person, channel, "请用微信扫一扫")]
    is_new = world.follow(person, scene.appid)
    kind = "follow" if is_new else "scan"
    note = _note(world, person, channel, "扫码关注了公众号" if is_new else "扫描了二维码")
    carried = Act(kind, scene=scene.scene, ticket=scene.ticket)
    return [note, *pusher(world, person, carried)]


def _open(world: World, person: Person, channel: str, content: str) -> Shown:
    if content.startswith(("http://", "https://")):
        return world.inbox.show(person, channel, "platform", "opened", url=content)
    return _note(world, person, channel, f"扫描结果：{content}")


def _note_following(world: World, person: Person, channel: str, act: Act) -> None:
    if act.kind == "follow":
        world.follow(person, appid_of(world, channel))
    else:
        world.unfollow(person, appid_of(world, channel))


def _note(world: World, person: Person, channel: str, text: str) -> Shown:
    return world.inbox.show(person, channel, "platform", "note", text=text)


def _own(world: World, person: Person, channel: str, act: Act) -> list[Shown]:
    """What the person sees of their own act."""
    notes = {"follow": "已关注", "unfollow": "已取消关注"}
    if note := notes.get(act.kind):
        return [_note(world, person, channel, note)]
    what: dict[str, Any]
    if act.kind in {"text", "choose", "location"}:
        what = {"kind": "text", "text": act.text}
    elif act.kind == "image":
        what = {"kind": "image", "picture": world.room(Pictures).put(act.data)}
    elif act.kind == "file":
        what = {"kind": "file", "title": act.name}
    elif act.kind == "voice":
        what = {"kind": "text", "text": "[语音]"}
    else:
        return []
    return [world.inbox.show(person, channel, "person", **what)]
