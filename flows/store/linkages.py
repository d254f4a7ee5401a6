"""What was learned about similar rows: `linkages/<linkage>/<n>.json`, in plain JSON."""

from collections.abc import Iterator
from pathlib import Path

from flows.settings import Settings
from flows.store.layout import write_flushed


def linkage_models(settings: Settings, linkage: str) -> Iterator[tuple[Path, bytes]]:
    """Yield the stored models of a linkage, the newest first; what they say, `flows/linkage/model.py` knows."""
    folder = settings.models_store / "linkages" / linkage
    for version in reversed(_linkage_versions(folder)):
        path = folder / f"{version}.json"
        yield path, path.read_bytes()


def add_linkage_model(settings: Settings, linkage: str, content: bytes) -> Path:
    """Store a linkage model as the next version: one JSON file, which appears whole or not at all."""
    folder = settings.models_store / "linkages" / linkage
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{max(_linkage_versions(folder), default=0) + 1}.json"
    unfinished = path.with_suffix(".unfinished")
    write_flushed(unfinished, content)
    unfinished.replace(path)
    return path


def _linkage_versions(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.glob("*.json") if path.stem.isdigit())
