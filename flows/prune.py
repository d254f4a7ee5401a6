"""The command `prune`: removes old versions from models_store and says what that freed; their records stay."""

from flows import deployments, store, warehouse
from flows.settings import Settings


def run_prune(keep: int) -> None:
    """Remove all but the newest versions of each classifier, and never one that may be needed."""
    settings = Settings()
    with warehouse.writer_lock(settings, "tidemill prune"):
        for classifier in store.classifiers(settings):
            kept = needed(settings, classifier, keep)
            old = [each for each in store.versions(settings, classifier) if each not in kept]
            freed = sum(store.remove_version(settings, classifier, each) for each in old)
            removed = f"versions {', '.join(map(str, old))} removed" if old else "nothing to remove"
            print(f"prune: {classifier}: {removed}, {freed:,} bytes freed; kept {', '.join(map(str, sorted(kept)))}")


def needed(settings: Settings, classifier: str, keep: int) -> set[int]:
    """Return the versions that stay: the deployed one, the one before it, and the newest."""
    versions = store.versions(settings, classifier)
    with warehouse.write(settings) as connection:
        swaps = deployments.history(connection, classifier)
    wanted = {store.deployed_version(settings, classifier), deployments.previous(swaps), *versions[-keep:]}
    if swaps:
        wanted |= {swaps[-1].version, swaps[-1].previous_version}
    return {each for each in versions if each in wanted}
