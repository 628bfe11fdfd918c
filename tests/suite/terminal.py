"""Runs a command in a terminal of its own: standard input is typed there, and what appears there is printed.

    terminal.py COLUMNS ROWS COMMAND..

A zero byte is Ctrl-C pressed while the command does not read keys: earlier, it would be a key like others, for whatever reads next.
"""
import fcntl, os, pty, select, struct, sys, termios, time

columns, rows = int(sys.argv[1]), int(sys.argv[2])
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(sys.argv[3], sys.argv[3:])

def type_in(data):
    for index, keys in enumerate(data.split(b"\0")):
        while index > 0 and not termios.tcgetattr(terminal)[3] & termios.ISIG:
            time.sleep(0.002)
        os.write(terminal, keys if index == 0 else b"\x03" + keys)

sources = [0, terminal]
while True:
    for source in select.select(sources, [], [])[0]:
        try:
            data = os.read(source, 65536)
        except OSError:
            data = b""
        if not data and source == terminal:
            status = os.waitpid(child, 0)[1]
            sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
        if not data:
            sources.remove(0)
        elif source == 0:
            type_in(data)
        else:
            os.write(1, data)
