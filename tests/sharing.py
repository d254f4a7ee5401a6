"""Which tests run in one process, so that what they share is made once."""

import re
from functools import cache

from xdist.scheduler import LoadFileScheduling

from flows.settings import REPOSITORY

PLACES = re.compile(r"\b(finished|continued|emptied|shop|own_shop): (Finished|Place)\b")


class ByWhatIsShared(LoadFileScheduling):
    """A file's tests stay together, and so do all files that use a place where the example or the shop has run."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "places" if uses_a_place(file) else file


@cache
def uses_a_place(file: str) -> bool:
    return bool(PLACES.search((REPOSITORY / file).read_text(encoding="utf-8")))
