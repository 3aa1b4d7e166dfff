"""Where a request comes from: the client's address, as far as it can be believed, and networks that hold addresses."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
MAPPED = IPv6Network("::ffff:0:0/96")  # IPv4 as IPv6 sockets write it


class NotANetwork(ValueError):
    """This text is no address and no network."""


class HostBitsSet(NotANetwork):
    """An address inside a network with the network's length. ``meant``: the network that was probably meant."""

    def __init__(self, meant: Network) -> None:
        super().__init__(str(meant))
        self.meant = meant


def client_address(request: HttpRequest) -> Address | None:
    """The address that the outermost of our own proxies saw; None when there is none that can be read.

    Each trusted proxy (settings.TRUSTED_PROXIES) appends whom it saw to X-Forwarded-For, so the client can write what
    it likes in front: the count is from the end. With fewer entries than proxies someone came in beside them, and only
    the socket itself is believed.
    """
    if settings.TRUSTED_PROXIES:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(hops) >= settings.TRUSTED_PROXIES:
            return read_address(hops[-settings.TRUSTED_PROXIES])
    return read_address(request.META.get("REMOTE_ADDR", ""))


def read_address(text: str) -> Address | None:
    """An address as proxies write it: with a port, in brackets, with a zone index. IPv4 stays IPv4, mapped or not."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def read_network(text: str) -> Network:
    """One address or a network in CIDR notation. Raises HostBitsSet, NotANetwork."""
    address, slash, _length = text.strip().partition("/")
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        raise NotANetwork(text) from None
    if slash and ip_address(address) != network.network_address:
        raise HostBitsSet(network)
    if isinstance(network, IPv6Network) and network.subnet_of(MAPPED):
        return IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network


def holds(networks: Iterable[str], address: Address | None) -> bool:
    """Whether one of these networks, as ``str(read_network(…))`` wrote them, holds the address."""
    if address is None:
        return False
    return any(address in ip_network(network) for network in networks)


def neighbourhood(address: Address | None) -> str:
    """The /24 of IPv4, the /56 of IPv6: one household or clinic. Sockets without an address share one."""
    if address is None:
        return "unknown"
    return str(ip_network((int(address), 24 if address.version == 4 else 56), strict=False))
