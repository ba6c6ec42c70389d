{# Working seconds from the first day of a calendar to a moment; null outside the calendar. #}
{% macro working_seconds(days, moment) -%}
    {%- set second_of_day -%}
        {{ seconds_between("date_trunc('day', " ~ moment ~ ")", moment) }}
    {%- endset -%}
    case
        when {{ days }}.seconds_before is null then null
        else
            {{ days }}.seconds_before
            + least(greatest({{ second_of_day }} - {{ days }}.slot_1_start, 0), {{ days }}.slot_1_seconds)
            + least(greatest({{ second_of_day }} - {{ days }}.slot_2_start, 0), {{ days }}.slot_2_seconds)
    end
{%- endmacro %}
