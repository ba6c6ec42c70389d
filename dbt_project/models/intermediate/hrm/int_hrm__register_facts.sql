{#- who stands in the personnel file and on the payroll on the last day, and who in either -#}
with lines as (

    select * from {{ ref('int_hrm__reconciled') }}

),

described as (

    select
        *,
    {% for dimension in fact_dimensions() -%}
        'unknown' as {{ dimension }}{{ ',' if not loop.last }}
    {% endfor %}
    from lines

),

final as (

    {{ facts('described', {
        'persons_reconciled_end': 'sum(amount)',
    }, "line in ('persons_paid', 'persons_paid_elsewhere')") }}

    union all

    {{ facts('described', {
        'persons_of_registers_end': 'sum(amount)',
    }, "line in ('persons_of_payroll', 'paid_without_person')") }}

)

select * from final
