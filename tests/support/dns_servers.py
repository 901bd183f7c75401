"""DNS servers on loopback addresses, over UDP and TCP on one port: right ones, and odd ones."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Mapping

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

TTL = 300
NEGATIVE_TTL = 120

Records = Mapping[tuple[str, str], list[str]]
"""Values by name and type, as in a zone file; names without a final dot."""


class NameServer:
    """What answers at one address; tests change `records`, and may take one of `ODDITIES`."""

    def __init__(self, records, *, zones=("acme.co.kr", "example"), recursive=False):
        self.records = {key: list(values) for key, values in records.items()}
        self.zones = zones
        self.recursive = recursive
        self.odd = ""
        self.asked: list[tuple[str, str]] = []

    def answer(self, wire: bytes, *, tcp: bool) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        self.asked.append((name, dns.rdatatype.to_text(question.rdtype)))
        if self.odd:
            return ODDITIES[self.odd](self, query, tcp)
        return self.response(query).to_wire(max_size=65535)

    def response(self, query):
        response = dns.message.make_response(query, recursion_available=self.recursive)
        response.flags &= ~dns.flags.AA
        if not self.recursive:
            response.flags |= dns.flags.AA
        question = query.question[0]
        kind = dns.rdatatype.to_text(question.rdtype)
        name = question.name.to_text(omit_final_dot=True).lower()
        for _ in range(400):
            if self._add(response, name, kind):
                return response
            alias = self.records.get((name, "CNAME"))
            if kind == "CNAME" or not alias or not self._add(response, name, "CNAME"):
                break
            name = alias[0].rstrip(".")
        if not any(name == each or each.endswith(f".{name}") for each, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        response.authority.append(self._soa(name))
        return response

    def _add(self, response, name, kind):
        if kind == "SOA":
            if name not in self.zones:
                return False
            response.answer.append(self._soa(name))
            return True
        values = self.records.get((name, kind))
        if values:
            owner = dns.name.from_text(name)
            response.answer.append(dns.rrset.from_text_list(owner, TTL, "IN", kind, values))
        return bool(values)

    def _soa(self, name):
        zones = [each for each in self.zones if name == each or name.endswith(f".{each}")]
        owner = dns.name.from_text(max(zones, key=len, default="."))
        text = f"ns1.example. admin.example. 1 2 3 4 {NEGATIVE_TTL}"
        return dns.rrset.from_text(owner, 3600, "IN", "SOA", text)


def _refused(_server, query, _tcp):
    response = dns.message.make_response(query)
    response.set_rcode(dns.rcode.REFUSED)
    return response.to_wire()


def _lame(server, query, _tcp):
    response = server.response(query)
    response.flags &= ~dns.flags.AA
    return response.to_wire()


def _truncated(server, query, tcp):
    response = server.response(query)
    if not tcp:
        response.answer.clear()
        response.flags |= dns.flags.TC
    return response.to_wire(max_size=65535)


def _wrong(server, query, _tcp):
    """An answer to another question."""
    other = dns.message.make_query("elsewhere.example", "TXT", id=query.id)
    response = dns.message.make_response(other)
    response.answer.append(
        dns.rrset.from_text("elsewhere.example.", 60, "IN", "TXT", '"v=spf1 +all"')
    )
    return response.to_wire()


def _without_edns(server, query, _tcp):
    if query.edns >= 0:
        response = dns.message.make_response(query)
        response.set_rcode(dns.rcode.FORMERR)
        return response.to_wire()
    return server.response(query).to_wire(max_size=65535)


ODDITIES = {
    "refused": _refused,
    "lame": _lame,
    "truncated": _truncated,
    "wrong": _wrong,
    "silent": lambda _server, _query, _tcp: None,
    "garbage": lambda _server, query, _tcp: struct.pack("!H", query.id) + b"\xff" * 30,
    "no-edns": _without_edns,
}


class _Udp(socketserver.BaseRequestHandler):
    def handle(self):
        wire, socket = self.request
        reply = self.server.names.answer(wire, tcp=False)
        if reply is not None:
            socket.sendto(reply, self.client_address)


class _Tcp(socketserver.BaseRequestHandler):
    def handle(self):
        head = self.request.recv(2)
        if len(head) == 2:
            reply = self.server.names.answer(
                self.request.recv(struct.unpack("!H", head)[0]), tcp=True
            )
            if reply is not None:
                self.request.sendall(struct.pack("!H", len(reply)) + reply)


class _UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True


class _TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class Served:
    """Name servers, each at its loopback address, all on one port."""

    def __init__(self, servers: Mapping[str, NameServer]) -> None:
        self._running: list[socketserver.BaseServer] = []
        for _ in range(20):
            try:
                self.port = self._bound(servers)
            except OSError:  # somebody has that port at one of the addresses
                self._close_sockets()
                continue
            break
        for server in self._running:
            threading.Thread(
                target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
            ).start()

    def _bound(self, servers):
        port = 0
        for host, names in servers.items():
            for made, handler in ((_UdpServer, _Udp), (_TcpServer, _Tcp)):
                server = made((host, port), handler)
                server.names = names
                self._running.append(server)
                port = server.server_address[1]
        return port

    def _close_sockets(self):
        for server in self._running:
            server.server_close()
        self._running.clear()

    def close(self):
        for server in self._running:
            server.shutdown()
        self._close_sockets()
