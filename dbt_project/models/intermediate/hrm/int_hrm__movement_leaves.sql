{% set measures = {
    'hires_new': "count(*) filter (where movement_class in ('new_hire', 'rehire'))",
    'rehires': "count(*) filter (where movement_class = 'rehire')",
    'accessions': "count(*) filter (where direction = 'in' and not is_mass)",
    'transfers_in': "count(*) filter (where direction = 'in' and movement_class not in ('new_hire', 'rehire'))",
    'service_exits': 'count(*) filter (where is_service_exit)',
    'ministry_exits': "count(*) filter (where is_service_exit or (movement_class = 'transfer_out' and not is_mass))",
    'quits': 'count(*) filter (where is_voluntary)',
    'agreement_exits': "count(*) filter (where movement_class = 'agreement')",
    'involuntary_exits': "count(*) filter (where movement_class in ('reduction', 'termination_expired'))",
    'retirements': "count(*) filter (where movement_class like 'retirement%')",
    'other_exits': "count(*) filter (where movement_class in ('death', 'other', 'unknown_exit'))",
    'individual_transfers_out': "count(*) filter (where movement_class = 'transfer_out')",
    'transfers_out': "count(*) filter (where direction = 'out' and not is_service_exit)",
    'hires_left_in_1y': 'count(*) filter (where left_in_1y)',
} %}
{% set dimensions = [
    'sex', 'age_band', 'tenure_band', 'position_group', 'position_category', 'contract_type',
    'education_level',
] %}

with movements as (

    select *
    from {{ ref('int_hrm__movements') }}
    where direction in ('in', 'out')

),

exits as (

    select
        person_key,
        movement_date
    from movements
    where is_service_exit

),

hired as (

    select
        person_key,
        movement_date
    from movements
    where movement_class in ('new_hire', 'rehire')

),

-- hires of whom the service was left within 365 days
lost as (

    select distinct
        hired.person_key,
        hired.movement_date
    from hired
    inner join exits
        on
            hired.person_key = exits.person_key
            and hired.movement_date < exits.movement_date
            and {{ days_between('hired.movement_date', 'exits.movement_date') }} < 365

),

followed as (

    select
        movements.*,
        movements.movement_class in ('new_hire', 'rehire')
        and lost.person_key is not null as left_in_1y
    from movements
    left join lost
        on
            movements.person_key = lost.person_key
            and movements.movement_date = lost.movement_date

),

cells as (

    {{ leaf_cells('followed', measures, dimensions) }}

),

final as (

    {{ long_measures('cells', measures | list) }}

)

select * from final
