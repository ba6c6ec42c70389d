with source as (

    select * from {{ source('lake', 'declarations') }}

),

final as (

    select
        -- keys
        _source as source,
        person_key,
        declaration_kind,
        declared_year,
        org_unit_id,
        -- days
        obliged_from,
        due_date,
        filed_date,
        coalesce(filed_date <= due_date, false) as is_on_time
    from source

)

select * from final
