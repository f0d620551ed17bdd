"""Switches: one per rule on which the sources contradict each other, or that is handy to turn."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar


@dataclass
class Switches:
    """A closed set of named settings; each vendor has its own subclass."""

    choices: ClassVar[dict[str, tuple[Any, ...]]] = {}

    def update(self, changes: dict[str, Any]) -> None:
        """Sets several at once, or none.

        Raises:
            ValueError: an unknown switch, or a value that it does not take.
        """
        checked = {name: self._checked(name, value) for name, value in changes.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def _checked(self, name: str, value: Any) -> Any:
        if name not in {known.name for known in fields(self)}:
            raise ValueError(f"unknown switch: {name}")
        allowed = self.choices.get(name)
        if allowed is not None:
            if value not in allowed:
                raise ValueError(f"{name} takes one of {', '.join(map(str, allowed))}")
            return value
        present = getattr(self, name)
        if isinstance(present, bool):
            if not isinstance(value, bool):
                raise ValueError(f"{name} takes true or false")
            return value
        if isinstance(value, bool) or not _is_number(value):
            raise ValueError(f"{name} takes a number")
        number = float(value)
        if number < 0:
            raise ValueError(f"{name} is never negative")
        return int(number) if isinstance(present, int) else number


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, str)
