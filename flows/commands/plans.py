"""What `tidemill ingest --dry-run` prints: every new file, and how it would be read."""

from collections import Counter

from flows import due, transform
from flows.amounts import amount
from flows.ingest.dry_run import Planned, dry_run
from flows.records import FileLoad
from flows.settings import Settings

ACTIONS = {
    "loaded": "to be loaded",
    "quarantined": "refused",
    "failed": "not readable now",
    "waiting": "not finished yet",
    "skipped_same_content": "skipped, because its content is loaded already",
}


def show_plans() -> None:
    """Print a line per part of every new file, and how many parts would be loaded."""
    settings = Settings()
    declaration = transform.read_declaration(settings)
    due.check_landing(settings, declaration)
    done = dry_run(settings, declaration)
    for planned in done.planned:
        print(f"{planned.load.source}: {_part(planned)}: {_fate(planned)}")
    actions = Counter(ACTIONS.get(each.load.action, each.load.action) for each in done.planned)
    counted = ", ".join(f"{count:,} {action}" for action, count in sorted(actions.items()))
    new = f"{len(done.new):,} new{': ' if counted else ''}{counted}"
    print(f"{amount(len(done.found), 'file')} found, {new}; nothing is written")


def _part(planned: Planned) -> str:
    return " ".join(filter(None, (planned.load.uri, planned.member, planned.sheet)))


def _fate(planned: Planned) -> str:
    load = planned.load
    if load.action != "loaded":
        return ": ".join(filter(None, (ACTIONS.get(load.action, load.action), load.error)))
    fate = f"{amount(load.loaded_records, 'row')} of {amount(load.records_read, 'record')}"
    fate += f", {load.quarantined_records:,} quarantined"
    if planned.supersedes:
        fate += f", instead of file {', '.join(map(str, planned.supersedes))}"
    return f"{fate}; {_reading(load)}"


def _reading(load: FileLoad) -> str:
    how = [f"{load.format} by {load.format_detected_by}", load.compression, load.encoding]
    how += [f"{name.replace('_', ' ')} {value!r}" for name, value in (load.dialect or {}).items()]
    return ", ".join(filter(None, [*how, f"dialect by {load.detected_by}" if load.dialect else None]))
