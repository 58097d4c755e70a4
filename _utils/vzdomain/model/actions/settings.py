"""Settings, those of a document and those that people type."""

from dataclasses import dataclass, replace

from ..fields import BY_NAME
from .base import Action


@dataclass(frozen=True)
class Assign(Action):
    """A field of the document; of a map the keys that differ."""

    field: str
    old: object
    new: object
    beside: tuple = ()  # (field, value) pairs that do not change, and that the flavour wants named with it
    disruption: str = "none"
    is_pending: bool = False  # saved, and in effect after a restart
    displaced: tuple = ()  # (field, value) pairs that vzctl takes away when it sets this one

    @property
    def waits(self):
        return (self.field,) if self.is_pending else ()

    def after(self, domain):
        kind = BY_NAME[self.field].kind
        changed = {name: None for name, _ in self.displaced}
        return replace(domain, **changed, **{self.field: kind.merged_over(self.new, getattr(domain, self.field))})


@dataclass(frozen=True)
class Type(Action):
    """Settings as an operator has typed them, in words of vzctl: what they do is known afterwards."""

    words: tuple[str, ...] = ()
    disruption: str = "none"


@dataclass(frozen=True)
class Wrote(Action):
    """What a typed call has done to a key of the configuration file."""

    key: str
    old: str
    new: str


@dataclass(frozen=True)
class SetPassword(Action):
    """The hash itself is in no action."""

    user: str
