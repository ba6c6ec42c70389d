with source as (

    select * from {{ source('lake', 'applications') }}

),

final as (

    select
        -- keys
        _source as source,
        application_id,
        vacancy_id,
        applicant_key,
        -- applicant
        coalesce(sex, 'unknown') as sex,
        birth_year,
        -- application
        applied_date,
        stage_reached,
        test_score,
        interview_score,
        selected
    from source

)

select * from final
