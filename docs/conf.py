"""
The site of these pages, built by ``make docs`` without downloading anything.

Functions are shown with the names that people type (``openvz.set``), not those in the files (``set_``).
"""

import importlib
import importlib.metadata
import re

from docutils import nodes
from sphinx import addnodes

project = "OpenVZ containers from Salt"
author = "the authors of saltext-openvz"
release = version = importlib.metadata.version("saltext.openvz")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["templates"]
html_theme = "furo"
html_title = f"{project} {release}"
html_copy_source = False
html_show_copyright = False
html_static_path = ["static"]
html_css_files = ["pages.css"]
myst_heading_anchors = 4
autodoc_default_options = {"members": True, "member-order": "bysource"}
suppress_warnings = ["misc.highlighting_failure"]  # examples have Jinja, and […] for what is cut

_PACKAGE = "saltext.openvz."
# Where a name such as ``openvz.define`` may be; a page of one kind looks there first.
_KINDS = ("modules", "states", "runners", "grains", "beacons", "output")
_HERE = {"CHANGELOG": "changelog.md", "CONTRIBUTING": "contributing.md", "README": "index.md"}
_BESIDE = re.compile(rf"\]\((?:\.\./)+({'|'.join(_HERE)})\.md")


def _typed(full_name):
    """``saltext.openvz.modules.openvz.set_`` -> ``set``, as Salt's loader says it."""
    module, _, name = full_name.rpartition(".")
    return getattr(importlib.import_module(module), "__func_alias__", {}).get(name, name)


def show_typed_names(app, doctree):
    """Signatures with the names that people type."""
    for signature in doctree.findall(addnodes.desc_signature):
        if signature.get("module", "").startswith(_PACKAGE):
            signature.next_node(addnodes.desc_addname).children[:] = [nodes.Text("openvz.")]
            name = _typed(f"{signature['module']}.{signature['fullname']}")
            signature.next_node(addnodes.desc_name).children[:] = [nodes.Text(name)]


def find_typed_name(app, env, node, contnode):
    """The place of ``:py:func:`openvz.define```, which docstrings say as people type it."""
    module, _, name = node.get("reftarget", "").rpartition(".")
    if node.get("refdomain") != "py" or module != "openvz":
        return None
    here = (node.get("py:module") or "").removeprefix(_PACKAGE).partition(".")[0]
    objects = env.get_domain("py").objects
    for kind in sorted(_KINDS, key=lambda kind: kind != here):
        for full_name in (f"{_PACKAGE}{kind}.openvz.{name}", f"{_PACKAGE}{kind}.openvz.{name}_"):
            if full_name in objects:
                found = {**node.attributes, "reftarget": full_name}
                target = addnodes.pending_xref("", **found)
                return env.get_domain("py").resolve_xref(
                    env, node["refdoc"], app.builder, "func", full_name, target, contnode
                )
    return None


def keep_inside(app, docname, source):
    """Links to pages beside ``docs``, which a code host follows, lead to the copies of them on the site."""
    source[0] = _BESIDE.sub(lambda found: f"](/{_HERE[found[1]]}", source[0])


def setup(app):
    app.connect("source-read", keep_inside)
    app.connect("doctree-read", show_typed_names)
    app.connect("missing-reference", find_typed_name)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
