"""What every action has, and what several of them come to."""

DISRUPTIONS = ("none", "live", "network", "restart")


class Action:
    """One thing that is done to one container."""

    disruption = "none"  # one of DISRUPTIONS
    waits = ()  # fields that are saved and wait for the container to be restarted
    reaches = None  # the status that it has then

    def takes(self):
        """What only one container can have: ``("addresses", "10.0.0.1")``, ``("macs", ...)``, ``("targets", ...)``."""
        return ()

    def gives(self):
        """The same of what it gives up."""
        return ()

    def after(self, domain):
        """The `Domain` that a container has then."""
        return domain


def claims(actions):
    """What these take and what they give, as two lists in their order."""
    taken = dict.fromkeys(claim for one in actions for claim in one.takes())
    given = dict.fromkeys(claim for one in actions for claim in one.gives())
    return list(taken), list(given)


def worst(actions):
    """The worst disruption of all."""
    return max((one.disruption for one in actions), key=DISRUPTIONS.index, default="none")
