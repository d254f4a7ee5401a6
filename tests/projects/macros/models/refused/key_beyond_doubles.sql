-- A key that the other side's type does not hold.
{{ config(materialized="table") }}
{{ compare("(select 9007199254740993 as id)", "(select 1::double as id)", key="id", columns=[]) }}
