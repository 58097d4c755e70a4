"""
``vzmigrate`` and ``vzmlocal`` of vzctl 7 to 9; all of it is read in their sources, not run.

``vzmigrate`` (:mod:`vzsim.fleet.seven.vzmigrate`) starts ``vzmdest`` on the other node through ssh
(:mod:`vzsim.fleet.seven.destination`) and tells it what to do, one request after another, over that one connection
(:mod:`vzsim.fleet.seven.channel`). Each end keeps a list of what it has to take back
(:mod:`vzsim.fleet.seven.cleaning`): ``vzmdest`` does that by itself as soon as the connection is gone, however it went.

A stopped container is copied with tar, or with rsync over what is there already. A running one is moved by ``p.haul``
(:mod:`vzsim.fleet.seven.phaul`), a process of its own that talks to the other node through vzmigrate: it copies the
disk, stops the container here, copies what changed, and has it started there. If vzmigrate is killed meanwhile, p.haul
starts the container here again.
"""
