-- One row per flight, with only what is known before it leaves: the training table of `late_arrival`.
with
    scheduled_flights as (select * from {{ ref("int_flights_deduplicated") }}),

    weather as (select * from {{ ref("int_weather_deduplicated") }}),

    planes as (select * from {{ ref("int_planes_deduplicated") }}),

    airports as (select * from {{ ref("int_airports_deduplicated") }}),

    airlines as (select * from {{ ref("int_airlines_deduplicated") }}),

    flights as (
        select
            concat_ws(
                '-',
                '2013',
                month,
                day,
                scheduled_departure,
                scheduled_flights.carrier,
                flight,
                scheduled_flights.origin
            ) as flight_id,
            make_date(2013, month, day) as scheduled_on,
            coalesce(airlines.airline, scheduled_flights.carrier) as airline,
            scheduled_flights.origin,
            scheduled_flights.destination,
            cast(floor(scheduled_departure / 100) as bigint) as scheduled_hour,
            cast(isodow(make_date(2013, month, day)) as varchar) as weekday,
            scheduled_flights.distance,
            2013 - planes.built_in as plane_age,
            planes.seats,
            airports.longitude as destination_longitude,
            airports.altitude as destination_altitude,
            weather.temperature,
            weather.humidity,
            weather.wind_speed,
            weather.precipitation,
            weather.pressure,
            weather.visibility,
            scheduled_flights.arrival_delay > 15 as is_late,
        from scheduled_flights
        left join
            weather
            on scheduled_flights.origin = weather.origin
            and scheduled_flights.scheduled_hour_at = weather.hour_at
        left join planes on scheduled_flights.tail_number = planes.tail_number
        left join airports on scheduled_flights.destination = airports.airport
        left join airlines on scheduled_flights.carrier = airlines.carrier
    )

select *
from flights
