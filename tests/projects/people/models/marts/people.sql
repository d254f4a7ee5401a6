-- One row per person.
with
    merged as (select * from {{ ref("int_people_merged") }}),

    people as (select entity_id, name, surname, city, born_on, phone from merged)

select *
from people
