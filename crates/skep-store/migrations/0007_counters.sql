-- Counts of downloads, short addresses, and what keeps strangers from filling the disk.
-- A day is the number of days since 1970-01-01 UTC.

-- Downloads of a release on a day. They go with the release.
CREATE TABLE downloads (
  release_id BIGINT NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
  day BIGINT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (release_id, day)
);

-- Downloads of all releases of a package on a day, also of those that were deleted since.
CREATE TABLE package_download_days (
  package_id BIGINT NOT NULL REFERENCES packages (id) ON DELETE CASCADE,
  day BIGINT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (package_id, day)
);
CREATE INDEX package_download_days_day ON package_download_days (day);

-- Sums of package_download_days: of all days, and of the last 90, which downloads_clock says which are.
-- A package that was never downloaded has no row.
CREATE TABLE package_downloads (
  package_id BIGINT PRIMARY KEY REFERENCES packages (id) ON DELETE CASCADE,
  total BIGINT NOT NULL,
  recent BIGINT NOT NULL
);
CREATE INDEX package_downloads_total ON package_downloads (total, package_id);
CREATE INDEX package_downloads_recent ON package_downloads (recent, package_id);

-- One row: the day that package_downloads.recent ends with. Whoever moves it on takes off what became too old.
CREATE TABLE downloads_clock (
  id BIGINT PRIMARY KEY,
  today BIGINT NOT NULL
);
INSERT INTO downloads_clock (id, today) VALUES (1, 0);

CREATE TABLE short_urls (
  id {id},
  code {text} NOT NULL UNIQUE,
  url {text} NOT NULL UNIQUE,
  inserted_at BIGINT NOT NULL
);

-- How often something happened in an hour (hours since 1970-01-01 UTC), for what is stored only so often.
CREATE TABLE hourly_counts (
  subject {text} PRIMARY KEY,
  hour BIGINT NOT NULL,
  count BIGINT NOT NULL
);
CREATE INDEX hourly_counts_hour ON hourly_counts (hour);
