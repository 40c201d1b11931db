"""Write docs/reference/settings.md from the code: ``python -m tools.settings_reference``."""

from __future__ import annotations

from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from app.config import PREFIX, ROOT, Settings, variables

TARGET = ROOT / "docs" / "reference" / "settings.md"
_HEAD = """\
# Settings

Every setting is an environment variable, or a key of the JSON or TOML file named by
`ZHANGYIN_CONFIG` (`ZHANGYIN_WEB__PORT` is `{"web": {"port": …}}`). The environment wins.
An unknown `ZHANGYIN_*` variable or key stops the start with its name, so a typing mistake never
passes for "not set". Values of secrets appear in no message and no log.

A group marked *optional* is off until it is given; then its required settings must be there.

With `ZHANGYIN_ENVIRONMENT=production` the service refuses to start with demonstration keys,
missing `SECRETS`, plain `http://` towards people, platforms and the authority, or the cheapest
PIN check. In the sandbox it makes demonstration keys in `state_dir` by itself.

`./zhangyin doctor` reads the settings and says what is wrong.

This page is written by `python -m tools.settings_reference`; a test compares it with the code.
"""


def render() -> str:
    """The whole page."""
    parts, group = [_HEAD], None
    for name, field in variables():
        head = name.removeprefix(PREFIX).rpartition("__")[0].lower()
        if head != group:
            group = head
            parts.append(_group_head(head))
        parts.append(f"| `{name}` | {_kind(field)} | {_default(field)} | {field.description} |")
    return "\n".join(parts) + "\n"


def _group_head(name: str) -> str:
    title = "## General"
    if name:
        annotation = Settings.model_fields[name].annotation
        model = next((each for each in get_args(annotation) if each is not NoneType), annotation)
        optional = " *(optional)*" if NoneType in get_args(annotation) else ""
        title = f"## {name}{optional}\n\n{model.__doc__}"
    return f"\n{title}\n\n| variable | kind | default | meaning |\n| --- | --- | --- | --- |"


def _kind(field: FieldInfo) -> str:
    annotation: Any = field.annotation
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{each}`" for each in get_args(annotation))
    kinds = [each for each in (get_args(annotation) or (annotation,)) if each is not NoneType]
    names = {SecretStr: "secret", Path: "path", int: "number", str: "text", bool: "yes or no"}
    return names.get(kinds[0], "text")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.default
    if default is PydanticUndefined:
        return "see meaning"
    if default in (None, ""):
        return "none"
    if isinstance(default, Path):
        return f"`{default.relative_to(ROOT)}`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(render(), encoding="utf-8")
