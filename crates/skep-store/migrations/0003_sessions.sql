-- Logins, and the tokens that come from them.

-- A login of an account: in a browser, known by a cookie whose keyed hash is token_hash, or of a client that
-- got tokens (client_id). proved_at is when someone last showed that the account is theirs. The end is fixed
-- when a session begins.
CREATE TABLE sessions (
  id {id},
  kind {text} NOT NULL,
  user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name {text},
  client_id {text},
  token_hash {bytes} UNIQUE,
  proved_at BIGINT,
  last_used_at BIGINT,
  last_used_ip {text},
  last_used_agent {text},
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT,
  inserted_at BIGINT NOT NULL,
  CHECK ((kind = 'browser') = (token_hash IS NOT NULL)),
  CHECK ((kind = 'oauth') = (client_id IS NOT NULL))
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- Tokens of a session have a refresh token beside them: refresh_jti names it in its own text, refresh_hash is
-- the plain SHA-256 of that text, by which a client may end the session. granted_scopes is what was agreed to,
-- with repositories not replaced. refresh_used_at is when newer tokens were given for it: showing it
-- again later ends the session, so rows stay until refresh_expires_at.
ALTER TABLE oauth_tokens ADD COLUMN session_id BIGINT REFERENCES sessions (id) ON DELETE CASCADE;
ALTER TABLE oauth_tokens ADD COLUMN refresh_jti {text};
ALTER TABLE oauth_tokens ADD COLUMN refresh_hash {bytes};
ALTER TABLE oauth_tokens ADD COLUMN refresh_expires_at BIGINT;
ALTER TABLE oauth_tokens ADD COLUMN refresh_used_at BIGINT;
ALTER TABLE oauth_tokens ADD COLUMN granted_scopes {text};
CREATE INDEX oauth_tokens_session ON oauth_tokens (session_id);
CREATE UNIQUE INDEX oauth_tokens_refresh_jti ON oauth_tokens (refresh_jti);
CREATE INDEX oauth_tokens_refresh_hash ON oauth_tokens (refresh_hash);

-- A device that waits for somebody to agree in a browser. The device code is its secret; the user code only
-- says which request is meant, is shown on a screen and typed into another one, and is stored as it is.
-- session_id is set when the device first asks after the agreement; from then on granted_scopes is fixed, with
-- repositories replaced.
CREATE TABLE device_requests (
  id {id},
  device_code_hash {bytes} NOT NULL UNIQUE,
  user_code {text} NOT NULL UNIQUE,
  client_id {text} NOT NULL,
  name {text},
  scopes {text} NOT NULL,
  status {text} NOT NULL,
  user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
  granted_scopes {text},
  session_id BIGINT REFERENCES sessions (id) ON DELETE CASCADE,
  expires_at BIGINT NOT NULL,
  inserted_at BIGINT NOT NULL,
  CHECK ((status = 'authorized') = (granted_scopes IS NOT NULL)),
  CHECK (status <> 'authorized' OR user_id IS NOT NULL)
);
CREATE INDEX device_requests_user ON device_requests (user_id);
CREATE INDEX device_requests_session ON device_requests (session_id);
CREATE INDEX device_requests_expires ON device_requests (expires_at);

-- Agreement given in a browser, on its way to the client. session_id is set when the code is used: using it
-- again ends that session.
CREATE TABLE authorization_codes (
  id {id},
  code_hash {bytes} NOT NULL UNIQUE,
  client_id {text} NOT NULL,
  redirect_uri {text} NOT NULL,
  user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  scopes {text} NOT NULL,
  code_challenge {text} NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  session_id BIGINT REFERENCES sessions (id) ON DELETE SET NULL,
  inserted_at BIGINT NOT NULL
);
CREATE INDEX authorization_codes_user ON authorization_codes (user_id);
CREATE INDEX authorization_codes_session ON authorization_codes (session_id);
CREATE INDEX authorization_codes_expires ON authorization_codes (expires_at);
