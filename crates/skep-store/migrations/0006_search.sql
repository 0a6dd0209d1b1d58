-- What searches of packages go through. All of it is derived from the other tables: the rules cut texts into tokens,
-- fill these tables in the transaction of each change, and fill them anew when their way of cutting changes.

-- The name of a package in pieces of three letters, and the words of its description without their endings. The
-- engines keep inverted lists of the tokens and know nothing of letters or languages, so that both answer alike.
{sqlite}
-- The rowid is the package's id.
CREATE VIRTUAL TABLE package_index USING fts5 (
  grams, words, content = '', contentless_delete = 1, tokenize = "ascii tokenchars '_$'"
);
{end}
{postgres}
CREATE TABLE package_index (
  package_id BIGINT PRIMARY KEY REFERENCES packages (id) ON DELETE CASCADE,
  grams TSVECTOR NOT NULL,
  words TSVECTOR NOT NULL
);
-- Without fastupdate: a list of what is not yet sorted in would be read by every search.
CREATE INDEX package_index_grams ON package_index USING GIN (grams) WITH (fastupdate = off);
CREATE INDEX package_index_words ON package_index USING GIN (words) WITH (fastupdate = off);
{end}

-- What can be asked for exactly: a build tool of any release, a dependency of the latest, a value in the metadata.
CREATE TABLE package_facts (
  fact {text} NOT NULL,
  package_id BIGINT NOT NULL REFERENCES packages (id) ON DELETE CASCADE,
  PRIMARY KEY (fact, package_id)
);
CREATE INDEX package_facts_package ON package_facts (package_id);

-- Lists in every order, whichever repositories are seen, from the index alone.
DROP INDEX packages_inserted;
DROP INDEX packages_updated;
CREATE INDEX packages_by_name ON packages (name, repository_id, id);
CREATE INDEX packages_by_insertion ON packages (inserted_at, id, repository_id);
CREATE INDEX packages_by_update ON packages (updated_at, id, repository_id);
