-- One row per airport.
{{
    clean(
        source("nycflights", "airports"),
        {
            "airport": {"type": "text", "from": "faa", "required": true, "on_error": "row"},
            "latitude": {"type": "double", "from": "lat", "minimum": -90, "maximum": 90},
            "longitude": {"type": "double", "from": "lon", "minimum": -180, "maximum": 180},
            "altitude": {"type": "integer", "from": "alt"},
        },
    )
}}
