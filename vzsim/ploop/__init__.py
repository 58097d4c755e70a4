"""What both families of vzctl know of disk images (ploop) and their snapshots."""
