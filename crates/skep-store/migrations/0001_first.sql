-- The first schema, one text for both engines (see migrate.rs for the {markers}).
-- Times are integer microseconds since 1970-01-01 UTC. Names are stored normalised.

CREATE TABLE instance (
  key {text} PRIMARY KEY,
  value {text} NOT NULL
);

CREATE TABLE organizations (
  id {id},
  name {text} NOT NULL UNIQUE,
  inserted_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- An organization user (organization_id set) carries the organization's name and never logs in.
CREATE TABLE users (
  id {id},
  username {text} NOT NULL UNIQUE,
  full_name {text},
  password_hash {text},
  organization_id BIGINT UNIQUE REFERENCES organizations (id),
  administrator BOOLEAN NOT NULL,
  deactivated_at BIGINT,
  inserted_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE emails (
  id {id},
  user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  address {text} NOT NULL,
  verified BOOLEAN NOT NULL,
  is_primary BOOLEAN NOT NULL,
  is_public BOOLEAN NOT NULL,
  inserted_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (user_id, address)
);
CREATE UNIQUE INDEX emails_verified_address ON emails (address) WHERE verified;
CREATE UNIQUE INDEX emails_one_primary ON emails (user_id) WHERE is_primary;

CREATE TABLE reserved_usernames (
  name {text} PRIMARY KEY
);

CREATE TABLE organization_members (
  organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role {text} NOT NULL,
  inserted_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX organization_members_user ON organization_members (user_id);

-- index_generation counts what changes names and versions; a stored index is current when it was
-- built at this number.
CREATE TABLE repositories (
  id {id},
  name {text} NOT NULL UNIQUE,
  organization_id BIGINT NOT NULL UNIQUE REFERENCES organizations (id),
  index_generation BIGINT NOT NULL,
  inserted_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE packages (
  id {id},
  repository_id BIGINT NOT NULL REFERENCES repositories (id),
  name {text} NOT NULL,
  meta {text} NOT NULL,
  docs_updated_at BIGINT,
  inserted_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (repository_id, name)
);
CREATE INDEX packages_inserted ON packages (inserted_at);
CREATE INDEX packages_updated ON packages (updated_at);

CREATE TABLE package_owners (
  package_id BIGINT NOT NULL REFERENCES packages (id) ON DELETE CASCADE,
  user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  level {text} NOT NULL,
  inserted_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (package_id, user_id)
);
CREATE INDEX package_owners_user ON package_owners (user_id);

CREATE TABLE releases (
  id {id},
  package_id BIGINT NOT NULL REFERENCES packages (id),
  version {text} NOT NULL,
  inner_checksum {bytes} NOT NULL,
  outer_checksum {bytes} NOT NULL,
  tarball_size BIGINT NOT NULL,
  docs_checksum {bytes},
  docs_size BIGINT,
  meta {text} NOT NULL,
  retirement_reason {text},
  retirement_message {text},
  publisher_id BIGINT REFERENCES users (id) ON DELETE SET NULL,
  inserted_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (package_id, version)
);
CREATE INDEX releases_outer_checksum ON releases (outer_checksum);
CREATE INDEX releases_docs_checksum ON releases (docs_checksum);

CREATE TABLE requirements (
  id {id},
  release_id BIGINT NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
  dependency_id BIGINT NOT NULL REFERENCES packages (id),
  app {text} NOT NULL,
  requirement {text} NOT NULL,
  optional BOOLEAN NOT NULL,
  UNIQUE (release_id, dependency_id)
);
CREATE INDEX requirements_dependency ON requirements (dependency_id);

-- Exactly one of user_id and organization_id is set. Only a keyed hash of the secret is stored.
CREATE TABLE keys (
  id {id},
  user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
  organization_id BIGINT REFERENCES organizations (id) ON DELETE CASCADE,
  name {text} NOT NULL,
  secret_hash {bytes} NOT NULL UNIQUE,
  permissions {text} NOT NULL,
  -- For keys of organizations: the role of whoever made the key, above which it never acts.
  maker_role {text},
  revoke_at BIGINT,
  last_used_at BIGINT,
  last_used_ip {text},
  last_used_agent {text},
  inserted_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CHECK ((user_id IS NULL) <> (organization_id IS NULL))
);
CREATE INDEX keys_user ON keys (user_id);
CREATE INDEX keys_organization ON keys (organization_id);

-- No foreign keys: an entry outlives what it speaks of.
CREATE TABLE audit_logs (
  id {id},
  action {text} NOT NULL,
  params {text} NOT NULL,
  actor {text} NOT NULL,
  user_id BIGINT,
  organization_id BIGINT,
  package_id BIGINT,
  key_id BIGINT,
  user_agent {text},
  remote_ip {text},
  inserted_at BIGINT NOT NULL
);
CREATE INDEX audit_logs_user ON audit_logs (user_id, id);
CREATE INDEX audit_logs_organization ON audit_logs (organization_id, id);
CREATE INDEX audit_logs_package ON audit_logs (package_id, id);

-- Built and signed registry resources. name is '' for the two indexes.
CREATE TABLE resources (
  repository_id BIGINT NOT NULL REFERENCES repositories (id),
  kind {text} NOT NULL,
  name {text} NOT NULL,
  generation BIGINT NOT NULL,
  content {bytes} NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (repository_id, kind, name)
);

-- What changed, in commit order, for the caches of every process.
CREATE TABLE changes (
  seq {id},
  subject {text} NOT NULL,
  inserted_at BIGINT NOT NULL
);
CREATE INDEX changes_inserted ON changes (inserted_at);
