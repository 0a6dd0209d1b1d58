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
            self.read(f"{command}: no answer to {self.output!r}")
            # Each question once: it is shown again with its answer.
            for question in [question for question in unanswered if question in self.output]:
                self.answer(question, unanswered.pop(question))
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.output[: found.start()]).replace("\r\n", "\n")
        # Without the command itself, which was echoed.
        return {"command": command, "code": int(found[1]), "output": text.partition("\n")[2].strip()}

    def answer(self, question, answer):
        """Types an answer as slowly as a person: what comes while a program changes the terminal can be lost."""
        self.wait_until_asked()
        text = answer.rstrip("\n")
        if not self.is_raw() or text == answer:
            self.type(answer)
        else:
            shown = len(self.output)
            self.type(text)
            while text not in self.output[shown:]:
                self.read(f"{question}: {text} is not shown")
            # Between two keys the program changes the terminal, and a key may fall into the gap.
            for _ in range(PATIENCE):
                self.type("\n")
                while "\n" not in self.output[shown:] and self.is_readable(1):
                    self.read(question)
                if "\n" in self.output[shown:]:
                    break

    def wait_until_asked(self):
        """A question takes the echo away when it begins to read, and forgets what was typed before."""
        end = time.monotonic() + PATIENCE
        while self.flags() & termios.ECHO and time.monotonic() < end:
            os.sched_yield()

    def is_raw(self):
        """Whether single keys are read, and shown by the program; else it is a password."""
        return not self.flags() & termios.ICANON

    def flags(self):
        return termios.tcgetattr(self.terminal)[3]

    def is_readable(self, seconds):
        return bool(select.select([self.terminal], [], [], seconds)[0])

    def read(self, complaint):
        if not self.is_readable(PATIENCE):
            sys.exit(complaint)
        self.output += os.read(self.terminal, 65536).decode(errors="replace")

    def type(self, text):
        os.write(self.terminal, text.encode())


main()
