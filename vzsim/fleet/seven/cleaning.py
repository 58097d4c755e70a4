"""What is to be taken back if a move fails, the latest first; errors are ignored."""

from vzsim.codes import write


class Cleaning:
    """``cleaning.add("remove the area", remove, path)``; `run` does all of it, `forget` none."""

    def __init__(self):
        self.waiting = []

    def add(self, act, *arguments):
        self.waiting.append((act, arguments))

    def forget(self):
        self.waiting.clear()

    def run(self):
        while self.waiting:
            act, arguments = self.waiting.pop()
            try:
                act(*arguments)
            except Exception as problem:  # noqa: BLE001 - whatever it is, the rest has to be taken back too
                write(2, f"Can't do correct cleaning: {problem}\n")
