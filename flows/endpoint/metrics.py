"""What Prometheus is told of the endpoint, in a registry of its own."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from flows.endpoint.unseen import Warned

# A linear row takes a fraction of a millisecond, a forest some ten of them.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """Counts of one endpoint; a classifier is a label only where it is served: callers make up no labels."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        by_classifier, registry = ["classifier"], self._registry
        self._requests = Counter(
            "tidemill_requests", "Requests for predictions", ["classifier", "status"], registry=registry
        )
        self._seconds = Histogram(
            "tidemill_request_seconds", "Time to answer", by_classifier, buckets=BUCKETS, registry=registry
        )
        self._rows = Counter("tidemill_rows", "Rows scored", by_classifier, registry=registry)
        self._warnings = Counter(
            "tidemill_warnings", "Warnings given with rows", ["classifier", "kind"], registry=registry
        )
        self._version = Gauge("tidemill_served_version", "The version that is served", by_classifier, registry=registry)
        self._failures = Counter(
            "tidemill_reload_failures", "Deployed versions that could not be served", by_classifier, registry=registry
        )

    def answered(self, classifier: str, status: int, seconds: float) -> None:
        """Count a request; its classifier is empty where there is none of the name that was asked for."""
        self._requests.labels(classifier, str(status)).inc()
        self._seconds.labels(classifier).observe(seconds)

    def scored(self, classifier: str, warned: Sequence[Sequence[Warned]]) -> None:
        """Count the rows of an answer and the warnings of each."""
        self._rows.labels(classifier).inc(len(warned))
        for each in (one for row in warned for one in row):
            self._warnings.labels(classifier, each.kind).inc()

    def serves(self, classifier: str, version: int) -> None:
        """Note which version is served."""
        self._version.labels(classifier).set(version)
        self._failures.labels(classifier).inc(0)

    def failed(self, classifier: str) -> None:
        """Count a deployed version that could not be served."""
        self._failures.labels(classifier).inc()

    def exposition(self) -> bytes:
        """Return everything in Prometheus's text format."""
        return generate_latest(self._registry)
