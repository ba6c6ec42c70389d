{% set measures = {
    'posts_end': 'count(*)',
    'approved_fte': 'sum(approved_fte)',
    'vacant_fte': 'sum(vacant_fte)',
    'overfilled_fte': 'sum(overfilled_fte)',
    'vacant_posts_end': 'count(*) filter (where is_vacant)',
    'long_vacant_posts_end': 'count(*) filter (where is_vacant and vacant_days > 180)',
    'managerial_posts_end': 'count(*) filter (where is_managerial)',
    'managerial_approved_fte': 'sum(approved_fte) filter (where is_managerial)',
    'managerial_vacant_fte': 'sum(vacant_fte) filter (where is_managerial)',
    'managerial_held_end': 'count(*) filter (where is_managerial and (filled_fte > 0 or is_acted))',
    'managerial_acted_end': 'count(*) filter (where is_managerial and is_acted)',
} %}

with posts as (

    select * from {{ ref('int_hrm__post_months') }}

),

cells as (

    {{ leaf_cells('posts', measures, ['position_group', 'position_category']) }}

),

final as (

    {{ long_measures('cells', measures | list) }}

)

select * from final
