-- Mail that waits to be sent, written in the transaction of what it tells, one row for each recipient. params is JSON:
-- what the text is made of when it is sent. A secret link is made then too; what is stored here is not enough for it.
-- next_attempt_at lies in the future while a server holds the row; it is NULL once the mail was given up.
-- A row of a group takes the place of those of the group that were not sent yet.
CREATE TABLE mails (
  id {id},
  recipient {text} NOT NULL,
  kind {text} NOT NULL,
  params {text} NOT NULL,
  group_key {text},
  attempts BIGINT NOT NULL,
  next_attempt_at BIGINT,
  expires_at BIGINT NOT NULL,
  last_error {text},
  inserted_at BIGINT NOT NULL
);
CREATE INDEX mails_next_attempt ON mails (next_attempt_at);
CREATE INDEX mails_expires ON mails (expires_at);
CREATE INDEX mails_group ON mails (group_key);

-- Open links that prove who an address belongs to, as keyed hashes. An address may have several.
CREATE TABLE email_verifications (
  id {id},
  email_id BIGINT NOT NULL REFERENCES emails (id) ON DELETE CASCADE,
  key_hash {bytes} NOT NULL UNIQUE,
  expires_at BIGINT NOT NULL,
  inserted_at BIGINT NOT NULL
);
CREATE INDEX email_verifications_email ON email_verifications (email_id);
CREATE INDEX email_verifications_expires ON email_verifications (expires_at);

-- Open links that set a new password, as keyed hashes. One counts as long as the primary address is still the one
-- that it was sent to.
CREATE TABLE password_resets (
  id {id},
  user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  key_hash {bytes} NOT NULL UNIQUE,
  primary_address {text} NOT NULL,
  expires_at BIGINT NOT NULL,
  inserted_at BIGINT NOT NULL
);
CREATE INDEX password_resets_user ON password_resets (user_id);
CREATE INDEX password_resets_expires ON password_resets (expires_at);

-- Kinds of mail that an account does not want. Without a row it wants them.
CREATE TABLE mail_opt_outs (
  user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  preference {text} NOT NULL,
  PRIMARY KEY (user_id, preference)
);
CREATE INDEX emails_address ON emails (address);
