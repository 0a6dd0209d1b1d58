"""Starts and stops what scripts need around a test: the program, a server on a free port, a PostgreSQL.

Everything started here is ended here, by its own process id, however the script ends.
"""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent
START_SECONDS = 30
STOP_SECONDS = 20
SHOWN_LINES = 20


def unwind_on_signals():
    """Makes an end by SIGTERM run the clean-up too, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def clean_environment():
    """The environment without Skep's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SKEP_")}


def build(*flags):
    """Builds the program and returns where it is, as cargo says it."""
    command = ["cargo", "build", "--quiet", "--locked", "--package", "skep", *flags]
    command += ["--message-format=json-render-diagnostics"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)
    messages = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    programs = [m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "skep"]
    return programs[-1]


@contextlib.contextmanager
def throw_away_postgres():
    """A PostgreSQL of its own; yields the address of an empty database."""
    script = ROOT / "crates" / "skep-testkit" / "postgres"
    process = subprocess.Popen([script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        address = process.stdout.readline().strip()
        if not address:
            sys.exit("no PostgreSQL could be started")
        yield address
    finally:
        process.stdin.close()
        process.wait()


class Server:
    """A running `skep serve`."""

    def __init__(self, process, base):
        self.process = process
        self.base = base


@contextlib.contextmanager
def server(program, environment, log):
    """A server on a free port, with its settings in the environment; its log goes to a file."""
    with log.open("a") as log_file:
        process = subprocess.Popen(
            [program, "serve"],
            env={"SKEP_LISTEN": "127.0.0.1:0"} | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log_file,
            text=True,
        )
    try:
        yield Server(process, _wait_until_listening(process, log))
        if process.poll() is not None:
            _show_end(log)
            sys.exit(f"the server ended by itself with code {process.returncode}")
    finally:
        _stop(process)


def _wait_until_listening(process, log):
    """Reads what the server prints up to its address, and goes on reading so that it never blocks."""
    watchdog = threading.Timer(START_SECONDS, process.kill)
    watchdog.start()
    try:
        for line in process.stdout:
            if found := re.search(r"listening on (http://\S+)", line):
                threading.Thread(target=process.stdout.read, daemon=True).start()
                return found[1]
    finally:
        watchdog.cancel()
    code = process.wait()
    _show_end(log)
    sys.exit(f"the server did not start (code {code})")


def _stop(process):
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        sys.exit(f"the server did not stop within {STOP_SECONDS} seconds of SIGTERM")


def _show_end(log):
    lines = log.read_text(errors="replace").splitlines(keepends=True)
    print("".join(lines[-SHOWN_LINES:]), file=sys.stderr)
