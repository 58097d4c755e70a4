"""What a family of vzctl is like: its words, its files, its exit codes."""

from . import ctconf, netif

__all__ = ["ctconf", "netif"]
