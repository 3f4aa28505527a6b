-- Applications that are withdrawn (X3), and projects that left the pool (X4) and keep the number that they had there.

alter table applications drop constraint applications_state_check;
alter table applications add constraint applications_state_check
    check (state in ('DRAFT', 'DELIBERATION', 'VILLAGE_NOTICE', 'TOWNSHIP_REVIEW', 'TOWNSHIP_NOTICE', 'COUNTY_REVIEW',
                     'COUNTY_NOTICE', 'IN_POOL', 'RETURNED', 'REJECTED', 'WITHDRAWN', 'OUT_OF_POOL'));
alter table applications drop constraint applications_check;
alter table applications add constraint applications_pool_no_check
    check ((state in ('IN_POOL', 'OUT_OF_POOL')) = (pool_no is not null));
