with source as (

    select * from {{ source('build', 'codebook_weightings') }}

),

final as (

    select
        instrument_id,
        instrument_version,
        method,
        margins,
        coalesce(is_trimmed, false) as is_trimmed
    from source

)

select * from final
