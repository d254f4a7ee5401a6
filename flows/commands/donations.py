"""The values that rows gave to those they lost to, read from the codes `column:file:row` beside a kept row.

A row that was kept in one model may lose in the next, and give on there what it had taken.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

Place = tuple[int, int]


@dataclass(frozen=True)
class Donation:
    """A value that a row which lost has given to the one that was kept."""

    column: str
    file_id: int
    row_number: int
    kept_file_id: int
    kept_row_number: int

    @property
    def donor(self) -> Place:
        """The file and row that gave."""
        return self.file_id, self.row_number


def donations_of_row(place: Place, codes: Iterable[str | None]) -> Iterator[Donation]:
    """Read what a row took in each model from its codes there, each donation once."""
    listed = [code for each in codes if each for code in each.split(",")]
    for code in dict.fromkeys(listed):
        column, file_id, row_number = code.rsplit(":", maxsplit=2)
        yield Donation(unquote(column), int(file_id), int(row_number), *place)


def donations_on_the_way(chain: Sequence[Place], taken: Callable[[Place], Sequence[Donation]]) -> Iterator[Donation]:
    """Yield what a row gave, and where that went on to along the chain of winners; then what it took, and from where.

    `chain` begins with the row itself; `taken` tells what a row took.
    """
    holders = dict[str, set[Place]]()
    for place in chain[1:]:
        for each in taken(place):
            have = holders.setdefault(each.column, {chain[0]})
            if each.donor in have:
                have.add(place)
                yield each
    yield from _origins(list(taken(chain[0])), taken)


def _origins(found: list[Donation], taken: Callable[[Place], Sequence[Donation]]) -> Iterator[Donation]:
    for each in found:
        yield each
        earlier = (before for before in taken(each.donor) if before.column == each.column)
        found.extend(before for before in earlier if before not in found)
