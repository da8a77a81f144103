-- Least privileges on MySQL/MariaDB. Replace crm (database), the hosts and the passwords.
--
-- The account that cron uses day by day: reads and updates the CRM's two tables, owns the svc_* tables' rows.
-- Column grants keep it from ever changing an address.
CREATE USER 'smtp_validate'@'10.0.0.%' IDENTIFIED BY 'change-me';
GRANT SELECT ON crm.emails TO 'smtp_validate'@'10.0.0.%';
GRANT UPDATE (domain_processed, domain_status, domain_verified, validation_status, validation_response)
  ON crm.emails TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT ON crm.csv_list TO 'smtp_validate'@'10.0.0.%';
GRANT UPDATE (status, valid_count, invalid_count) ON crm.csv_list TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT ON crm.exclude_accounts TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT ON crm.exclude_domains TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_meta TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_row TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_queue TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_list TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_verdict TO 'smtp_validate'@'10.0.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_domain TO 'smtp_validate'@'10.0.0.%';

-- The account for `smtp-validate-cron migrate` alone: creates the svc_* tables and the missing index.
CREATE USER 'smtp_validate_migrate'@'10.0.0.%' IDENTIFIED BY 'change-me-too';
GRANT SELECT, INSERT, CREATE, INDEX ON crm.* TO 'smtp_validate_migrate'@'10.0.0.%';
