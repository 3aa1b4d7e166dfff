"""A small writer of MaxMind DB files, so that no GeoIP file of others has to lie here.

Source: MaxMind DB File Format Specification 2.0; record size 24, an IPv6 tree with IPv4 at ::/96.
"""

from ipaddress import IPv4Network, ip_network
from pathlib import Path
from typing import Any

UINT16, UINT32, UINT64 = 5, 6, 9
MARK = b"\xab\xcd\xefMaxMind.com"


def write_mmdb(path: Path, networks: dict[str, Any]) -> Path:
    nodes: list[list[int | None | tuple[str, int]]] = [[None, None]]
    data = bytearray()
    for text, value in networks.items():
        offset = len(data)
        data += _encoded(value)
        _insert(nodes, *_bits(text), ("data", offset))
    count = len(nodes)
    tree = b"".join(_record(side, count).to_bytes(3, "big") for node in nodes for side in node)
    metadata = {
        "binary_format_major_version": (UINT16, 2),
        "binary_format_minor_version": (UINT16, 0),
        "build_epoch": (UINT64, 1),
        "database_type": "Test-City",
        "description": {"en": "test"},
        "ip_version": (UINT16, 6),
        "languages": ["de", "en"],
        "node_count": (UINT32, count),
        "record_size": (UINT16, 24),
    }
    path.write_bytes(tree + b"\0" * 16 + bytes(data) + MARK + _encoded(metadata))
    return path


def _bits(text: str) -> tuple[int, int]:
    """The path from the root as a number of 128 bits, and its length."""
    network = ip_network(text)
    if isinstance(network, IPv4Network):
        return int(network.network_address), network.prefixlen + 96
    return int(network.network_address), network.prefixlen


def _insert(nodes: list, path: int, length: int, leaf: tuple[str, int]) -> None:
    at = 0
    for depth in range(length - 1):
        side = path >> (127 - depth) & 1
        if nodes[at][side] is None:
            nodes.append([None, None])
            nodes[at][side] = len(nodes) - 1
        at = nodes[at][side]
    nodes[at][path >> (128 - length) & 1] = leaf


def _record(side: Any, count: int) -> int:
    if side is None:
        return count
    return side if isinstance(side, int) else count + 16 + side[1]


def _encoded(value: Any) -> bytes:
    if isinstance(value, dict):
        return _head(7, len(value)) + b"".join(_encoded(key) + _encoded(each) for key, each in value.items())
    if isinstance(value, list):
        return _head(11, len(value)) + b"".join(map(_encoded, value))
    if isinstance(value, str):
        raw = value.encode()
        return _head(2, len(raw)) + raw
    kind, number = value
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return _head(kind, len(raw)) + raw


def _head(kind: int, size: int) -> bytes:
    assert size < 29, "longer values are not needed here"
    return bytes([size, kind - 7]) if kind > 7 else bytes([kind << 5 | size])
