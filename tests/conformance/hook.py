#!/usr/bin/env python3
"""What the conformance kit asks of Skep beyond its API: see "Hook" in the kit's README.

The environment says which server is meant: SKEP (the program), SKEP_DATA and, on PostgreSQL, SKEP_DATABASE_URL.
What an operator can do goes through `skep admin`; what nobody can do, such as turning back time, is SQL.
"""

import base64
import hmac
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import time
import urllib.request

UNSUPPORTED = 3
DATA = pathlib.Path(os.environ["SKEP_DATA"])
DATABASE_URL = os.environ.get("SKEP_DATABASE_URL")
SECOND = 1_000_000

# Skep's own name for the lock that keeps the change feed in the order of commits.
CHANGES_LOCK = 0x736B6570
# A server learns within this time what another process wrote.
FOLLOWS_WITHIN = 1.1


def main(operation, *arguments):
    function = OPERATIONS.get(operation)
    if function is None:
        print(f"{operation} is not there yet", file=sys.stderr)
        return UNSUPPORTED
    function(*arguments)
    return 0


def prepare():
    """Nothing to prepare: a fresh server knows the client of the command line tool."""


def verify_email(_user):
    """Addresses count as verified at once while no mail server is configured."""


def create_org(organization, owner):
    skep_admin("organization", "create", organization, "--owner", owner)


def unverify_email(user):
    change(f"UPDATE emails SET verified = FALSE WHERE user_id = ({user_id(user)})", access())


def enable_tfa(user):
    """By the user's password, with the first code that an authenticator app would show."""
    secret = post(user, "/users/me/tfa", {})["secret"]
    post(user, "/users/me/tfa/confirm", {"code": one_time_code(secret)})
    print(secret)


def deactivate(user):
    skep_admin("user", "deactivate", user)
    time.sleep(FOLLOWS_WITHIN)


def approve_device(user, code):
    """SQL, because honest approval asks for a browser, and for a second factor where a device wants to write. The
    session is made when the device asks after it."""
    change(
        f"UPDATE device_requests SET status = 'authorized', user_id = ({user_id(user)}), granted_scopes = scopes "
        f"WHERE user_code = {quote(code)} AND status = 'pending'",
        access(),
    )


def deny_device(user, code):
    change(
        f"UPDATE device_requests SET status = 'denied', user_id = ({user_id(user)}) "
        f"WHERE user_code = {quote(code)} AND status = 'pending'",
        access(),
    )


def expire_device(code):
    change(f"UPDATE device_requests SET expires_at = {now() - SECOND} WHERE user_code = {quote(code)}", access())


def set_age(package, version, seconds):
    moment = now() - int(seconds) * SECOND
    package_ids = f"SELECT id FROM packages WHERE name = {quote(package)}"
    if version == "-":
        statement = f"UPDATE packages SET inserted_at = {moment} WHERE id IN ({package_ids})"
    else:
        statement = (
            f"UPDATE releases SET inserted_at = {moment} "
            f"WHERE package_id IN ({package_ids}) AND version = {quote(version)}"
        )
    subjects = (
        f"SELECT 'package/' || repository_id || '/' || name, {now()} "
        f"FROM packages WHERE name = {quote(package)}"
    )
    change(statement, subjects)


OPERATIONS = {
    "prepare": prepare,
    "verify-email": verify_email,
    "create-org": create_org,
    "unverify-email": unverify_email,
    "enable-tfa": enable_tfa,
    "deactivate": deactivate,
    "approve-device": approve_device,
    "deny-device": deny_device,
    "expire-device": expire_device,
    "set-age": set_age,
}


def skep_admin(*arguments):
    done = subprocess.run(
        [os.environ["SKEP"], "admin", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"skep admin {' '.join(arguments)}: {done.stdout.strip()}")


def post(user, path, body):
    """Calls the API as the user, who logs in with the password of all users of the kit."""
    login = base64.b64encode(f"{user}:{os.environ['CONFORM_PASSWORD']}".encode()).decode()
    headers = {"authorization": f"Basic {login}", "content-type": "application/json", "user-agent": "hook"}
    request = urllib.request.Request(
        os.environ["CONFORM_API"] + path, json.dumps(body).encode(), headers, method="POST"
    )
    directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with directly.open(request) as answer:
        return json.load(answer)


def one_time_code(secret):
    """RFC 6238 with SHA-1 and six digits."""
    step = (int(time.time()) // 30).to_bytes(8)
    digest = hmac.digest(base64.b32decode(secret), step, "sha1")
    at = digest[-1] % 16
    number = int.from_bytes(digest[at : at + 4]) % 2**31
    return f"{number % 10**6:06}"


def change(statement, subjects):
    """Carries out a statement and tells the running server what changed, in one transaction."""
    feed = f"INSERT INTO changes (subject, inserted_at) {subjects}"
    if DATABASE_URL:
        lock = f"SELECT 1 FROM (SELECT pg_advisory_xact_lock({CHANGES_LOCK})) AS lock"
        command = ["psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1"]
        command += ["--single-transaction", DATABASE_URL]
        for part in (statement, lock, feed):
            command += ["--command", part]
        subprocess.run(command, stdin=subprocess.DEVNULL, check=True)
    else:
        connection = sqlite3.connect(DATA / "skep.db", timeout=10, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(statement)
        connection.execute(feed)
        connection.execute("COMMIT")
        connection.close()
    time.sleep(FOLLOWS_WITHIN)


def access():
    return f"VALUES ('access', {now()})"


def user_id(user):
    return f"SELECT id FROM users WHERE username = {quote(user)}"


def now():
    return time.time_ns() // 1000


def quote(text):
    return "'" + text.replace("'", "''") + "'"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
