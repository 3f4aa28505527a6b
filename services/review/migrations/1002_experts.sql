-- Expert panels (专家论证): a case may wait for one between the departments and the leading group.

alter table cases drop constraint cases_state_check;
alter table cases add constraint cases_state_check
    check (state in ('DEPARTMENTS', 'OFFICE_DECISION', 'EXPERT_REVIEW', 'LEADING_GROUP', 'RETURNED', 'APPROVED', 'REJECTED'));
