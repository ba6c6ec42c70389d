-- staging renames and decodes: one row in, one row out
{% set pairs = [
    ('personnel', 'stg_personnel__assignments'), ('staffing', 'stg_staffing__posts'),
    ('orders', 'stg_orders__movements'), ('event_log', 'stg_event_log__activities'),
    ('survey_responses', 'stg_survey__responses'), ('survey_answers', 'stg_survey__answers'),
    ('competitions', 'stg_competitions__competitions'), ('applications', 'stg_applications__applications'),
    ('appraisals', 'stg_appraisals__appraisals'), ('trainings', 'stg_trainings__attendances'),
    ('leave', 'stg_leave__absences'), ('discipline', 'stg_discipline__cases'), ('pay', 'stg_pay__months'),
    ('reserve', 'stg_reserve__members'), ('declarations', 'stg_declarations__declarations'),
    ('survey_invitations', 'stg_survey__invitations'),
] %}

with counts as (

    {% for received, staged in pairs -%}
        select
            '{{ staged }}' as model,
            (
                select count(*) from {{ source('lake', received) }}
            ) as rows_in,
            (
                select count(*) from {{ ref(staged) }}
            ) as rows_out
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

)

select *
from counts
where rows_in <> rows_out
