"""Says what in a row is unlike all that training saw: the row is answered, and its answer says so."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from flows.endpoint.schema import Features
from flows.store import Manifest, Seen

Kind = Literal["unseen_category", "out_of_range", "never_missing"]
LONGEST = 50


@dataclass(frozen=True)
class Warned:
    """One thing in a row that training did not see."""

    field: str
    kind: Kind
    message: str


@dataclass(frozen=True)
class Familiar:
    """What training saw of a feature, ready to be asked."""

    name: str
    seen: Seen
    categories: AbstractSet[str]

    def warning(self, value: float | str | None) -> Warned | None:
        """Return what is unlike in a value, None where nothing is."""
        if value is None:
            return None if self.seen.missing else Warned(self.name, "never_missing", "null was not seen in training")
        if isinstance(value, str):
            return None if value in self.categories else Warned(self.name, "unseen_category", self._unseen(value))
        low, high = self.seen.minimum, self.seen.maximum
        if low is not None and high is not None and low <= value <= high:
            return None
        return Warned(self.name, "out_of_range", _out_of_range(value, self.seen))

    def _unseen(self, value: str) -> str:
        shown = value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
        return f"'{shown}' is not among the categories of training ({len(self.categories):,})"


def _out_of_range(value: float, seen: Seen) -> str:
    if seen.minimum is None:
        return "training saw no value"
    return f"{value:g} is outside the range of training ({seen.minimum:g} to {seen.maximum:g})"


def familiar(manifest: Manifest) -> tuple[Familiar, ...]:
    """Return what training saw of each feature."""
    seen: Mapping[str, Seen] = manifest.seen
    return tuple(Familiar(name, seen[name], frozenset(seen[name].categories)) for name in manifest.features)


def warnings(known: Sequence[Familiar], features: Features) -> tuple[Warned, ...]:
    """Return what in a row is unlike all that training saw."""
    found = (each.warning(features[each.name]) for each in known)
    return tuple(each for each in found if each is not None)
