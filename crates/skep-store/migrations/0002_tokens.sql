-- Access tokens that were given out. A token is a signed text that names its row by jti; the row makes it
-- possible to end a token early. The text itself is never stored.
-- Exactly one of user_id and organization_id is set. key_id is the key that the token was exchanged for.
-- scopes is JSON in the shape of keys.permissions. revoked_at is only set when a token ended early.

CREATE TABLE oauth_tokens (
  id {id},
  jti {text} NOT NULL UNIQUE,
  user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
  organization_id BIGINT REFERENCES organizations (id) ON DELETE CASCADE,
  key_id BIGINT REFERENCES keys (id) ON DELETE CASCADE,
  client_id {text} NOT NULL,
  scopes {text} NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT,
  inserted_at BIGINT NOT NULL,
  CHECK ((user_id IS NULL) <> (organization_id IS NULL))
);
CREATE INDEX oauth_tokens_user ON oauth_tokens (user_id);
CREATE INDEX oauth_tokens_organization ON oauth_tokens (organization_id);
CREATE INDEX oauth_tokens_key ON oauth_tokens (key_id);
CREATE INDEX oauth_tokens_expires ON oauth_tokens (expires_at);
