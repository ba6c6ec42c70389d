{# What DuckDB and Spark say differently about dates and times, one macro each. #}

{% macro add_days(day, days) -%}
    {{ return(adapter.dispatch('add_days')(day, days)) }}
{%- endmacro %}

{% macro default__add_days(day, days) -%}
    cast({{ day }} + to_days(cast({{ days }} as integer)) as date)
{%- endmacro %}

{% macro spark__add_days(day, days) -%}
    date_add({{ day }}, {{ days }})
{%- endmacro %}

{% macro add_months(day, months) -%}
    {{ return(adapter.dispatch('add_months')(day, months)) }}
{%- endmacro %}

{% macro default__add_months(day, months) -%}
    cast({{ day }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}

{% macro spark__add_months(day, months) -%}
    add_months({{ day }}, {{ months }})
{%- endmacro %}

{% macro days_between(first, last) -%}
    {{ return(adapter.dispatch('days_between')(first, last)) }}
{%- endmacro %}

{% macro default__days_between(first, last) -%}
    date_diff('day', {{ first }}, {{ last }})
{%- endmacro %}

{% macro spark__days_between(first, last) -%}
    datediff({{ last }}, {{ first }})
{%- endmacro %}

{% macro seconds_between(first, last) -%}
    {{ return(adapter.dispatch('seconds_between')(first, last)) }}
{%- endmacro %}

{% macro default__seconds_between(first, last) -%}
    (date_diff('microsecond', {{ first }}, {{ last }}) / 1000000.0)
{%- endmacro %}

{% macro spark__seconds_between(first, last) -%}
    ((unix_micros({{ last }}) - unix_micros({{ first }})) / 1000000.0)
{%- endmacro %}

{# Days and months as whole numbers that grow by one from each to the next. #}
{% macro day_number(day) -%}
    {{ days_between("date '1970-01-01'", day) }}
{%- endmacro %}

{% macro month_number(day) -%}
    (12 * extract(year from {{ day }}) + extract(month from {{ day }}))
{%- endmacro %}

{# A bit for each month of a relation of months, of which that of the row alone is set. #}
{% macro month_bit(period_start) -%}
    {{ return(adapter.dispatch('month_bit')(period_start)) }}
{%- endmacro %}

{% macro default__month_bit(period_start) -%}
    set_bit(
        cast(repeat('0', count(*) over ()) as bit),
        cast(row_number() over (order by {{ period_start }}) - 1 as integer),
        1
    )
{%- endmacro %}

{% macro spark__month_bit(period_start) -%}
    shiftleft(cast(1 as bigint), row_number() over (order by {{ period_start }}) - 1)
{%- endmacro %}

{# Whether two such have a bit in common. #}
{% macro bits_meet(one, other) -%}
    {{ return(adapter.dispatch('bits_meet')(one, other)) }}
{%- endmacro %}

{% macro default__bits_meet(one, other) -%}
    bit_count({{ one }} & {{ other }}) > 0
{%- endmacro %}

{% macro spark__bits_meet(one, other) -%}
    ({{ one }} & {{ other }}) <> 0
{%- endmacro %}
