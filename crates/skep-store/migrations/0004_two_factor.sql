-- Two-factor authentication. tfa_secret is encrypted with a key derived from the instance's. It counts once
-- tfa_enabled_at is set; before, it waits until tfa_pending_until for the account to show a code.
-- tfa_last_step is the number of the last 30 seconds whose code was accepted on a page: no code is taken twice.

ALTER TABLE users ADD COLUMN tfa_secret {bytes};
ALTER TABLE users ADD COLUMN tfa_enabled_at BIGINT;
ALTER TABLE users ADD COLUMN tfa_pending_until BIGINT;
ALTER TABLE users ADD COLUMN tfa_last_step BIGINT;

-- Codes for those who lost their device. code_hash is keyed.
CREATE TABLE recovery_codes (
  user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  code_hash {bytes} NOT NULL,
  used_at BIGINT,
  inserted_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, code_hash)
);
