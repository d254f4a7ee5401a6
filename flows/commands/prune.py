"""The command `prune`: removes old versions from models_store and says what that freed; their records stay."""

from flows import retention, store, warehouse
from flows.settings import Settings


def run_prune(keep: int) -> None:
    """Remove all but the newest versions of each classifier, and never one that may be needed."""
    settings = Settings()
    with warehouse.writer_lock(settings, "tidemill prune"):
        for classifier in store.classifiers(settings):
            kept = retention.needed(settings, classifier, keep)
            old = [each for each in store.versions(settings, classifier) if each not in kept]
            freed = sum(store.remove_version(settings, classifier, each) for each in old)
            freed += retention.let_go(settings, classifier)
            removed = f"versions {', '.join(map(str, old))} removed" if old else "nothing to remove"
            print(f"prune: {classifier}: {removed}, {freed:,} bytes freed; kept {', '.join(map(str, sorted(kept)))}")
