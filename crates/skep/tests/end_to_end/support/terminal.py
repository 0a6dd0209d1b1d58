"""A person at a terminal: types commands into one shell, and answers what they ask.

Reads JSON from standard input, `{"commands": [...], "answers": {"what is asked": "what is typed", ...}}`, and prints a
list of `{"command", "code", "output"}` in the end. A question that has no answer here ends it after a while.
"""

import json
import os
import pty
import re
import select
import sys
import termios
import time

PATIENCE = 30


def main():
    session = json.load(sys.stdin)
    process, terminal = pty.fork()
    if process == 0:
        os.execvp("bash", ["bash", "--norc", "--noprofile", "--noediting"])
    shell = Shell(terminal, session["answers"])
    # The prompt tells that a command has ended, and how. Its text must not stand in what is typed, which is echoed.
    shell.run("PS1='<<ended ''with $?>>'")
    results = [shell.run(command) for command in session["commands"]]
    json.dump(results, sys.stdout)


class Shell:
    def __init__(self, terminal, answers):
        self.terminal = terminal
        self.answers = answers
        self.output = ""

    def run(self, command):
        self.output = ""
        self.type(f"{command}\n")
        unanswered = dict(self.answers)
        while not (found := re.search(r"<<ended with (\d+)>>", self.output)):
            if not self.read(PATIENCE):
                sys.exit(f"{command}: no answer to {self.output!r}")
            # Each question once: it is shown again with its answer.
            for question in [question for question in unanswered if question in self.output]:
                self.answer(question, unanswered.pop(question))
        text = without_colours(self.output[: found.start()]).replace("\r\n", "\n")
        # Without the command itself, which was echoed.
        return {"command": command, "code": int(found[1]), "output": text.partition("\n")[2].strip()}

    def answer(self, question, text):
        """Types when somebody reads.

        A question takes the echo away when it begins to read, which is after everything that it shows, and may forget at
        that moment what was typed before.
        """
        self.wait(lambda: not self.mode() & termios.ECHO, f"nobody waits for an answer to {question!r}")
        self.type(text)

    def wait(self, condition, complaint):
        end = time.monotonic() + PATIENCE
        while not condition():
            self.read(0.001)
            if time.monotonic() > end:
                sys.exit(f"{complaint}; the terminal shows {self.output!r}")

    def mode(self):
        return termios.tcgetattr(self.terminal)[3]

    def read(self, seconds):
        readable = bool(select.select([self.terminal], [], [], seconds)[0])
        if readable:
            self.output += os.read(self.terminal, 65536).decode(errors="replace")
        return readable

    def type(self, text):
        os.write(self.terminal, text.encode())


def without_colours(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


main()
