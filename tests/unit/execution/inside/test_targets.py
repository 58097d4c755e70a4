"""What containers are called as targets of Salt, whatever else is called so."""

from vzdomain.execution.inside.targets import chosen, targets


def node(*containers, **wanted):
    """As ``openvz.node_info`` has it; a container is ``(ctid, name)``."""
    found = {name or str(ctid): {"ctid": ctid, "name": name} for ctid, name in containers}
    return {"containers": found, "wanted": wanted}


def test_the_label_of_the_pillar_counts_before_the_name_and_that_before_the_ctid():
    info = node((101, "shop"), (102, "blog"), (103, None), web={"name": "shop", "ctid": None, "uuid": None})

    assert targets(info) == {"web": "101", "blog": "102", "103": "103"}


def test_of_two_by_one_name_neither_has_it_and_none_takes_that_of_another():
    info = {
        "containers": {
            "a": {"ctid": 101, "name": "shop"},
            "b": {"ctid": 102, "name": "shop"},
            "c": {"ctid": 103, "name": "shop-102"},
        }
    }

    found = targets(info)

    assert found["shop-102"] == "103"
    assert sorted(found.values()) == ["101", "102", "103"]
    assert "shop" not in found


def test_no_container_is_called_like_the_minion_itself():
    assert targets(node((101, "hn1"), (102, "web")), "hn1") == {"hn1-101": "101", "web": "102"}


def test_patterns_choose_and_none_chooses_all():
    assert chosen(["db", "web1", "web2"], ["web*"]) == ["web1", "web2"]
    assert chosen(["db", "web1"]) == ["db", "web1"]
    assert chosen(["db"], []) == []
