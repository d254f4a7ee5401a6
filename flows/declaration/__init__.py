"""The only reader of the declaration: dbt's manifest becomes frozen dataclasses, or one clear error.

Knows dbt's file format and which keys Tidemill understands. Does not run dbt (see `transform.read_declaration`) and
does not look at data.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from flows.declaration.classifiers import classifier
from flows.declaration.declared import (
    Classifier,
    Comparison,
    Declaration,
    Feature,
    Freshness,
    Gate,
    Linkage,
    Source,
    SourceColumn,
    TrainSettings,
)
from flows.declaration.linkages import linkage, linkages, uses
from flows.declaration.sources import source

__all__ = [
    "Classifier",
    "Comparison",
    "Declaration",
    "Feature",
    "Freshness",
    "Gate",
    "Linkage",
    "Source",
    "SourceColumn",
    "TrainSettings",
    "fingerprint",
    "linkage",
    "read",
    "uses",
]

DBT_OUTPUT_FOLDERS = ("target", "logs", "dbt_packages")


def fingerprint(folder: Path, suffixes: tuple[str, ...]) -> str:
    """Return the sha256 of the names and contents of a folder's files with these suffixes.

    dbt's own output folders are left out, because they change without the declaration changing.
    """
    digest = hashlib.sha256()
    for path in sorted(_declaring_files(folder, suffixes)):
        digest.update(str(path.relative_to(folder)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _declaring_files(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.suffix in suffixes and path.relative_to(folder).parts[0] not in DBT_OUTPUT_FOLDERS:
            yield path


def read(manifest_file: Path) -> Declaration:
    """Read the declaration from a dbt manifest.

    Raises
    ------
    DeclarationError
        For every key, name or value Tidemill does not understand, with file, key and remedy.
    """
    manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
    sources = [source(node) for node in manifest["sources"].values() if node.get("external")]
    classifiers = [classifier(node, manifest) for node in manifest["exposures"].values() if node["type"] == "ml"]
    return Declaration(
        project=manifest["metadata"]["project_name"],
        sources=tuple(sorted(sources, key=lambda each: each.name)),
        classifiers=tuple(sorted(classifiers, key=lambda each: each.name)),
        linkages=linkages(manifest),
    )
