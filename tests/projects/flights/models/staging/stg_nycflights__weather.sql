-- One row per airport and hour.
{{
    clean(
        source("nycflights", "weather"),
        {
            "origin": {"type": "text", "required": true},
            "hour_at": {"type": "timestamp", "from": "time_hour", "required": true},
            "temperature": {"type": "double", "from": "temp"},
            "humidity": {"type": "double", "from": "humid", "minimum": 0, "maximum": 100},
            "wind_speed": {"type": "double", "minimum": 0, "maximum": 250},
            "precipitation": {"type": "double", "from": "precip", "minimum": 0},
            "pressure": {"type": "double"},
            "visibility": {"type": "double", "from": "visib", "minimum": 0},
        },
    )
}}
