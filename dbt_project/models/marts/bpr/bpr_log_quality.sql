{#- gate, counted, of, parameter that it must not pass, what it does -#}
{% set gates = [
    ('date_only_stamps', 'rows_at_one_time', 'n_rows', 'log_midnight_share_max', 'days_not_hours'),
    ('bulk_stamps', 'rows_at_once', 'rows_of_persons', 'log_at_once_share_max', 'no_touch_time'),
    ('inferred_starts', 'rows_start_inferred', 'n_rows', 'log_inferred_share_max', 'level_b'),
    ('unnamed_rows', 'rows_unnamed', 'n_rows', 'log_unnamed_share_max', 'no_handoffs'),
    ('rows_without_unit', 'rows_without_unit', 'n_rows', 'log_unnamed_share_max', 'no_unit_handoffs'),
    ('open_cases', 'cases_open', 'cases', 'log_open_share_max', 'note_bias'),
] %}

with windows as (

    select * from {{ ref('int_bpr__log_windows') }}

),

parameters as (

    select * from {{ ref('parameters') }}

),

gates as (

    {% for gate, counted, base, parameter, effect in gates -%}
        select
            process_id,
            '{{ gate }}' as gate,
            '{{ effect }}' as effect,
            '{{ parameter }}' as parameter,
            cast({{ counted }} as bigint) as counted,
            cast({{ base }} as bigint) as base
        from windows
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

),

final as (

    select
        gates.process_id,
        gates.gate,
        gates.counted,
        gates.base,
        cast(gates.counted as double) / nullif(gates.base, 0) as share,
        parameters.value as share_max,
        coalesce(
            cast(gates.counted as double) / nullif(gates.base, 0) <= parameters.value, true
        ) as is_passed,
        gates.effect,
        'F' as conf_status
    from gates
    inner join parameters on gates.parameter = parameters.parameter

)

select * from final
