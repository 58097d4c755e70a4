"""
Talking to a program that may never come to an end, of its words or of its time.

What a container runs answers through vzctl, and whoever is root inside decides what it says and how much.
"""

import os
import selectors
import time

MAX_BYTES = 32 * 1024 * 1024  # of each output: vzlist says 4 KiB of a container
_PIECE = 65536  # bytes
_NAP = 3600  # seconds: no system call waits for much longer than some weeks


class TooMuchError(Exception):
    """The program has said more than `MAX_BYTES`."""


def exchange(process, stdin, limit):
    """
    Give a process its standard input (bytes or ``None``) and return both its outputs, as bytes, when they have ended.

    TimeoutError after `limit` seconds, TooMuchError beyond `MAX_BYTES`; the process goes on running then. It must have
    been started with pipes and without buffers.
    """
    end, left = time.monotonic() + limit, memoryview(stdin or b"")
    heard = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as selector:
        for stream in heard:
            selector.register(stream, selectors.EVENT_READ)
        if stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
        while selector.get_map():
            for key, _ in selector.select(min(_remaining(end), _NAP)):
                if key.fileobj is process.stdin:
                    left = _feed(selector, process.stdin, left)
                else:
                    _hear(selector, key.fileobj, heard[key.fileobj])
    process.wait(_remaining(end))
    return tuple(bytes(said) for said in heard.values())


def _remaining(end):
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _feed(selector, stream, left):
    """Write a piece; who reads no more has had enough."""
    try:
        left = left[os.write(stream.fileno(), left[:_PIECE]) :] if left else left
    except BrokenPipeError:
        left = left[:0]
    if not left:
        selector.unregister(stream)
        stream.close()
    return left


def _hear(selector, stream, said):
    piece = os.read(stream.fileno(), _PIECE)
    if not piece:
        selector.unregister(stream)
    said += piece
    if len(said) > MAX_BYTES:
        raise TooMuchError
