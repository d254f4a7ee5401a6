"""The files `tidemill read` writes into one folder: a name of its own for each, and no half-written file."""

import hashlib
import re
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

# Most file systems take names of 255 bytes; the endings and a number must fit behind.
MAX_NAME_BYTES = 200
RECORDS, REJECTED = ".csv", ".rejected.jsonl"


@dataclass
class Outputs:
    """Hands out names in a folder; `inputs` are the files that no output may overwrite. Safe in many threads."""

    folder: Path
    inputs: Sequence[Path]
    _names: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Make the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        folder = self.folder.resolve()
        self._taken = {path.name for path in self.inputs if path.parent.resolve() == folder}

    def records(self, stem: str) -> Path:
        """Return where the good records of a part go."""
        return self.folder / f"{self._name(stem)}{RECORDS}"

    def rejected(self, stem: str) -> Path:
        """Return where its rejected records go."""
        return self.folder / f"{self._name(stem)}{REJECTED}"

    @contextmanager
    def writing(self, stem: str) -> Iterator[tuple[Path, Path]]:
        """Yield two files to write; they get their names when both are whole."""
        with tempfile.TemporaryDirectory(prefix=".tidemill-", dir=self.folder) as unfinished:
            records, rejected = Path(unfinished) / "records", Path(unfinished) / "rejected"
            yield records, rejected
            records.replace(self.records(stem))
            rejected.replace(self.rejected(stem))

    def _name(self, stem: str) -> str:
        with self._lock:
            if stem not in self._names:
                self._names[stem] = self._free_name(file_name(stem))
            return self._names[stem]

    def _free_name(self, name: str) -> str:
        numbered, number = name, 1
        while {numbered + RECORDS, numbered + REJECTED} & self._taken:
            number += 1
            numbered = f"{name}.{number}"
        self._taken |= {numbered + RECORDS, numbered + REJECTED}
        return numbered


def file_name(text: str) -> str:
    """Return a text as a name of one file, whatever an archive's member or a sheet is called."""
    name = re.sub(r"[/\\\x00-\x1f\x7f]", "_", text)
    content = name.encode(errors="surrogateescape")
    if len(content) <= MAX_NAME_BYTES:
        return name
    shortened = content[: MAX_NAME_BYTES - 9].decode(errors="ignore")
    return f"{shortened}~{hashlib.sha256(content).hexdigest()[:8]}"


def different(names: Sequence[str]) -> list[str]:
    """Return the names, numbered from the second of its kind on (`a.csv`, `a.csv.2`)."""
    taken, latest, unlike = set(names), dict[str, int](), list[str]()
    for name in names:
        number = latest.get(name, 0) + 1
        while number > 1 and f"{name}.{number}" in taken:
            number += 1
        latest[name] = number
        unlike.append(name if number == 1 else f"{name}.{number}")
    return unlike
