"""Compiles the webhooks of a kind."""

from mockserver.packs.kinds import CompiledKind
from mockserver.packs.scope import EraTables
from mockserver.scenario.nodes import Node
from mockserver.vendors.webhooks import WebhookSpec


def compile_webhooks(node: Node | None, kind: CompiledKind, tables: EraTables) -> WebhookSpec | None:
    """Compile."""
    return None
