"""Starting and stopping containers of vzctl 7 to 9, and what comes before and after it."""
