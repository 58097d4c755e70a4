"""
Nodes that reach each other by name, and the programs with which containers move between them.

``vzsim fleet DIR --nodes hn1,hn2`` makes DIR/hn1 and DIR/hn2, each with a ``fleet.json`` that names all of them
(:mod:`vzsim.fleet.peers`). Each node's ``bin`` has ``ssh``, ``scp`` and ``rsync``, which know these
names and no others.

For a program that moves containers (``vzmigrate``, ``vzmlocal``)::

    calls = Calls(node, "vzmigrate", argv)                        # vzsim.fleet.calls
    rc = calls.run("stop", ["vzctl", "--skiplock", "stop", "101"], quiet=True).rc
    rc = calls.run("start", ["ssh", "-o", "BatchMode=yes", "root@hn2", "vzctl start 101"]).rc
    text = calls.run("status", ["vzctl", "status", "101"], capture=True).text
    rc = calls.run("rsync1", ["rsync", "-aHAX", "--delete", f"{area}/", f"root@hn2:{there}/"]).rc
    calls.here("lock")                                            # a step without a program of its own

Each `run` is an operating system process of its own (:mod:`vzsim.fleet.processes`), which goes on when its caller is
killed; so is what ``ssh`` runs on the other node and the receiving end of ``rsync``. The first argument names the
step, where a fault of ``vzsim fault DIR/hn1 --command vzmigrate --step STEP`` strikes; a connection that a fault cuts
(``--lost``) stays cut for all later calls of ssh, scp and rsync. A program's steps are listed in
:data:`vzsim.fleet.steps.STEPS`, and the program itself in :data:`vzsim.programs.MOVERS`.

A process of a node is seen in its ``proc/PID``, a link to that of the machine, with the command line that a real one
would have. Paths: each program takes paths of its node (``/vz/private/101``) and real ones; a real path below the
node that calls means, in a command for another node, the same place on that one (:mod:`vzsim.fleet.paths`).
"""
