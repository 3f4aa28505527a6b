-- What intake decides about a case: withdrawn (撤回), suspended and resumed (暂停、恢复).

alter table cases drop constraint cases_state_check;
alter table cases add constraint cases_state_check
    check (state in ('DEPARTMENTS', 'OFFICE_DECISION', 'EXPERT_REVIEW', 'LEADING_GROUP', 'RETURNED', 'APPROVED', 'REJECTED',
                     'WITHDRAWN'));
alter table cases add column suspension_reason text;
comment on column cases.suspension_reason is 'Why the project is suspended (暂停); null while it is not.';
comment on column cases.next_due_at is 'When the next awaited task will be overdue that nobody was told of (逾期催办); null while suspended.';
