"""Loads python-alipay-sdk without its logging set-up.

Importing ``alipay`` runs ``logging.config.dictConfig``, which closes every handler the
service has configured and adds a DEBUG console of its own. Its ``loggers`` module is
only that call and one logger, so a harmless one is put in its place beforehand.
"""

from __future__ import annotations

import importlib
import logging
import sys
from types import ModuleType


def _load() -> ModuleType:
    if "alipay" not in sys.modules:
        quiet = ModuleType("alipay.loggers")
        vars(quiet)["logger"] = logging.getLogger("python-alipay-sdk")
        sys.modules["alipay.loggers"] = quiet
    return importlib.import_module("alipay")


AliPay = _load().AliPay
