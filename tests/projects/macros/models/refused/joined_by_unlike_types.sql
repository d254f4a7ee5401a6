-- A text beside a number as the key of a join.
{{ join_report(ref("web"), ref("shop"), {"quantity": "note"}) }}
