"""A rule of the law that a document breaks."""

from lonja.kit.errors import Refused


class RuleBroken(Refused):
    """``Refused`` with ``rule``, the article or the AEAT error it would get, also in the text."""

    def __init__(self, code: str, message: str, rule: str, *, field: str = "") -> None:
        super().__init__(code, f"{message} ({rule})", field=field)
        self.rule = rule
