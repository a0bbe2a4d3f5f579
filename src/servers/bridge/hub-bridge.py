"""Lets a server reach its hub, and nothing else: 127.0.0.1:8081 in here leads to a socket file that the hub listens on.

Usage: python3 -ISE hub-bridge.py [--listen PORT] [--socket PATH] -- COMMAND ARGUMENT...

A child process forwards; this process becomes COMMAND, so that signals, exit codes and process ids are the command's own.
Every connection is forwarded by itself: a hub that restarts is waited for, and the server does not notice.
"""
import _thread
import os
import select
import signal
import socket
import sys
import time

RETRY_SECONDS = 10
CHUNK = 65536


def connect(path):
    """The hub's end; tries again for a while, since the hub may be restarting."""
    until = time.monotonic() + RETRY_SECONDS
    while True:
        hub = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            hub.connect(path)
            return hub
        except OSError:
            hub.close()
            if time.monotonic() > until:
                return None
            time.sleep(0.1)


def pump(source, sink):
    """Copies one direction until its end, then says so to the other side (half-close)."""
    try:
        while True:
            data = source.recv(CHUNK)
            if not data:
                sink.shutdown(socket.SHUT_WR)
                return
            sink.sendall(data)
    except OSError:
        # Broken on one side: break the other, so that nobody waits for more.
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def forward(client, path):
    hub = connect(path)
    if hub is None:
        client.close()
        return
    done = _thread.allocate_lock()
    done.acquire()

    def back():
        try:
            pump(hub, client)
        finally:
            done.release()

    try:
        _thread.start_new_thread(back, ())
        pump(client, hub)
        done.acquire()
    finally:
        hub.close()
        client.close()


def end_with(parent):
    """Ends this process as soon as the server's process has ended."""
    try:
        select.select([os.pidfd_open(parent)], [], [])
    except (AttributeError, OSError):
        # An older Python, or an engine that forbids the call: ask now and then.
        while os.getppid() == parent:
            time.sleep(2)
    os._exit(0)


def serve(listener, path, parent):
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    _thread.stack_size(256 * 1024)
    _thread.start_new_thread(end_with, (parent,))
    while True:
        try:
            client, _ = listener.accept()
            _thread.start_new_thread(forward, (client, path))
        except (OSError, RuntimeError):
            # Out of descriptors or threads: let some end.
            time.sleep(0.1)


def set_umask(text):
    """For images that do not look at NB_UMASK themselves; what is no mask is left to them."""
    try:
        os.umask(int(text, 8) & 0o777)
    except ValueError:
        pass


def main(arguments):
    port, path = 8081, os.path.join(os.path.dirname(os.path.abspath(__file__)), "hub.sock")
    while arguments and arguments[0] != "--":
        option, value = arguments[0], arguments[1]
        arguments = arguments[2:]
        if option == "--listen":
            port = int(value)
        elif option == "--socket":
            path = value
    command = arguments[1:]
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Listening before the command begins: its first question to the hub cannot come too early.
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    parent = os.getpid()
    if os.fork() == 0:
        try:
            serve(listener, path, parent)
        finally:
            os._exit(1)
    listener.close()
    set_umask(os.environ.get("NB_UMASK", ""))
    # Python ignores these, and the command would inherit that.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print("hub-bridge: cannot run %s: %s" % (command[0], error.strerror), file=sys.stderr)
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)


main(sys.argv[1:])
