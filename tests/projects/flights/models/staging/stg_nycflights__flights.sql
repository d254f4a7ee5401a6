-- One row per flight, as scheduled and as flown.
{{
    clean(
        source("nycflights", "flights"),
        {
            "scheduled_hour_at": {"type": "timestamp", "from": "time_hour", "required": true},
            "month": {"type": "integer", "minimum": 1, "maximum": 12, "required": true},
            "day": {"type": "integer", "minimum": 1, "maximum": 31, "required": true},
            "scheduled_departure": {"type": "integer", "from": "sched_dep_time", "required": true},
            "carrier": {"type": "text", "required": true},
            "flight": {"type": "integer", "required": true},
            "tail_number": {"type": "text", "from": "tailnum"},
            "origin": {"type": "text", "accepted": ["EWR", "JFK", "LGA"], "required": true},
            "destination": {"type": "text", "from": "dest", "required": true},
            "distance": {"type": "integer", "minimum": 0},
            "arrival_delay": {"type": "integer", "from": "arr_delay"},
        },
    )
}}
