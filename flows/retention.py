"""How long the rows that a version was fitted on are kept: `train.keep_training_rows`, as the newest declares it."""

import logging

from flows import deployments, store, warehouse
from flows.settings import Settings

log = logging.getLogger("tidemill.retention")


def needed(settings: Settings, classifier: str, keep: int) -> set[int]:
    """Return the versions of which nothing is taken: the deployed one, the one before it, and the newest."""
    versions = store.versions(settings, classifier)
    with warehouse.write(settings) as connection:
        swaps = deployments.history(connection, classifier)
    wanted = {store.deployed_version(settings, classifier), deployments.previous(swaps), *versions[-keep:]}
    if swaps:
        wanted |= {swaps[-1].version, swaps[-1].previous_version}
    return {each for each in versions if each in wanted}


def let_go(settings: Settings, classifier: str) -> int:
    """Remove the training rows of old versions, where that is declared, and return how many bytes that freed."""
    newest = store.newest(settings, classifier)
    keep = store.read_manifest(settings, classifier, newest).keep_training_rows if newest else None
    if keep is None:
        return 0
    kept = needed(settings, classifier, keep)
    old = [
        each
        for each in store.versions(settings, classifier)
        if each not in kept and store.is_verified(settings, classifier, each)
    ]
    freed = {each: store.let_go_of_training_rows(settings, classifier, each) for each in old}
    let_go_of = [str(each) for each, size in freed.items() if size]
    if let_go_of:
        log.info(
            "retention: %s: training rows of versions %s removed, %s bytes freed",
            *(classifier, ", ".join(let_go_of), f"{sum(freed.values()):,}"),
        )
    return sum(freed.values())
