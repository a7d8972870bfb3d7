-- The two roles of the service and its database, for the embedded server and for docker-compose.yml alike; safe to run again.
-- The owner owns and migrates the tables; the application's role can't change history (its rights come with the migrations).
\set ON_ERROR_STOP on
\getenv owner_password DATABASE_OWNER_PASSWORD
\getenv application_password DATABASE_APPLICATION_PASSWORD

SELECT 'CREATE ROLE sarcoma_owner' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sarcoma_owner') \gexec
SELECT 'CREATE ROLE sarcoma_app' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sarcoma_app') \gexec
ALTER ROLE sarcoma_owner LOGIN PASSWORD :'owner_password';
ALTER ROLE sarcoma_app LOGIN PASSWORD :'application_password';
GRANT sarcoma_app TO sarcoma_owner WITH INHERIT FALSE, SET TRUE;

SELECT 'CREATE DATABASE sarcoma OWNER sarcoma_owner'
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'sarcoma') \gexec
REVOKE ALL ON DATABASE sarcoma FROM PUBLIC;
GRANT CONNECT ON DATABASE sarcoma TO sarcoma_app;
