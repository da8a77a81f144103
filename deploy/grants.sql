-- Least privileges on MySQL and MariaDB, in two steps, and a third account for whoever moves over from another verifier.
-- Replace crm (the database), the hosts and the passwords.
--
-- Step 1, before anything else: the account for `smtp-validate-cron migrate` alone. It creates the svc_* tables and adds
-- the missing index (ALTER is what MySQL wants for ADD INDEX; no column of the CRM's is ever altered).
CREATE USER 'smtp_validate_migrate'@'10.0.0.%' IDENTIFIED BY 'change-me-too';
GRANT SELECT, INSERT, CREATE, ALTER, INDEX ON crm.* TO 'smtp_validate_migrate'@'10.0.0.%';

-- Step 2, after the migration (a grant on a table wants the table to be there): the account that cron uses day by day.
-- Column grants keep it from ever changing an address.
CREATE USER 'smtp_validate'@'10.0.0.%' IDENTIFIED BY 'change-me';
GRANT SELECT ON crm.emails TO 'smtp_validate'@'10.0.0.%';
GRANT UPDATE (domain_processed, domain_status, domain_verified, validation_status, validation_response)
  ON crm.emails TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT ON crm.csv_list TO 'smtp_validate'@'10.0.0.%';
GRANT UPDATE (status, valid_count, invalid_count) ON crm.csv_list TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_meta TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_row TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_queue TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_turn TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_server TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_pace TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_list TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_verdict TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_domain TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_pause TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_destination TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_import TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_webhook TO 'smtp_validate'@'10.0.0.%';
-- Only where lists are made by `import`, and not by the CRM alone:
GRANT INSERT ON crm.emails TO 'smtp_validate'@'10.0.0.%';
GRANT INSERT, UPDATE (total_emails) ON crm.csv_list TO 'smtp_validate'@'10.0.0.%';
-- Only where the CRM has these tables:
GRANT SELECT ON crm.exclude_accounts TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT ON crm.exclude_domains TO 'smtp_validate'@'10.0.0.%';

-- For `run --shadow` and `compare` (docs/migrating.md), after the migration as well: an account that may only look at what is
-- the CRM's, so that a shadow run cannot be anything else. DROP USER it after the cut-over.
CREATE USER 'smtp_validate_shadow'@'10.0.0.%' IDENTIFIED BY 'change-me-three';
GRANT SELECT ON crm.emails TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT ON crm.csv_list TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_meta TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_row TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_queue TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_turn TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_server TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_pace TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_list TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_verdict TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_domain TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_pause TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_destination TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_import TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_webhook TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT ON crm.exclude_accounts TO 'smtp_validate_shadow'@'10.0.0.%';
GRANT SELECT ON crm.exclude_domains TO 'smtp_validate_shadow'@'10.0.0.%';
