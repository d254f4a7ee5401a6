-- What is about to be published, beside what is published.
{{ compare(last_published(ref("totals")), ref("totals"), key="id", columns=["total"]) }}
