-- Limits, ends and invitations of organizations, their dependency policies, and names that nobody may publish.

-- None: as many members as they like.
ALTER TABLE organizations ADD COLUMN seats BIGINT;

-- Names that organizations had: they stay taken, and the log of the organization can be found by them.
-- No foreign key: an organization that was deleted is not there any more.
CREATE TABLE former_organizations (
  name {text} PRIMARY KEY,
  organization_id BIGINT NOT NULL,
  -- renamed or deleted
  end_reason {text} NOT NULL,
  inserted_at BIGINT NOT NULL
);

-- Of keys of organizations: the member who made the key, or who made the key that it was made with.
ALTER TABLE keys ADD COLUMN maker_id BIGINT REFERENCES users (id) ON DELETE SET NULL;
CREATE INDEX keys_maker ON keys (maker_id);

-- Only a keyed hash of the token is stored. Pending while neither accepted nor revoked.
CREATE TABLE organization_invitations (
  id {id},
  organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  email {text} NOT NULL,
  role {text} NOT NULL,
  token_hash {bytes} NOT NULL UNIQUE,
  invited_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
  expires_at BIGINT NOT NULL,
  accepted_at BIGINT,
  accepted_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
  revoked_at BIGINT,
  inserted_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX organization_invitations_pending ON organization_invitations (organization_id, email)
  WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX organization_invitations_invited_by ON organization_invitations (invited_by);

-- tabs is JSON: what the policy says about the public repository and about the organization's.
CREATE TABLE policies (
  id {id},
  organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name {text} NOT NULL,
  description {text},
  visibility {text} NOT NULL,
  tabs {text} NOT NULL,
  inserted_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (organization_id, name)
);

-- version is '' when the whole name is reserved.
CREATE TABLE reserved_packages (
  repository_id BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  name {text} NOT NULL,
  version {text} NOT NULL,
  reason {text},
  inserted_at BIGINT NOT NULL,
  PRIMARY KEY (repository_id, name, version)
);
