"""Servers on this machine that send what a script says, down to the byte."""

import asyncio
import ssl


class Server:
    """Takes requests on a port; `script` says what to do with each: bytes to send, then go on or close."""

    def __init__(self, *script):
        self.script = list(script)
        self.requests = []
        self.connections = 0

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=self.tls())
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.server.close()
        await asyncio.sleep(0)

    def tls(self):
        return None

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = [line for line in head.lower().split(b"\r\n") if b"content-length" in line]
                if length:
                    await reader.readexactly(int(length[0].split(b":")[1]))
                self.requests.append(head)
                action = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                if action == "hang":
                    await reader.read()
                    return
                if action == "drip":
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                    while True:
                        writer.write(b" ")
                        await writer.drain()
                        await asyncio.sleep(0.01)
                if action == "reset":
                    return
                writer.write(action.removesuffix(b"CLOSE"))
                await writer.drain()
                if action.endswith(b"CLOSE"):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class TlsServer(Server):
    """The same over TLS, with the certificate and key of a PEM file."""

    def __init__(self, pem, *script):
        super().__init__(*script)
        self.pem = pem

    def tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem)
        return context


class Tunnel:
    """An HTTP proxy: leads every CONNECT to one port, whatever host was named, or refuses it."""

    def __init__(self, port, *, answer=b"HTTP/1.1 200 OK\r\n\r\n"):
        self.port_behind = port
        self.answer = answer
        self.heads = []

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.server.close()
        await asyncio.sleep(0)

    async def serve(self, reader, writer):
        try:
            self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(self.answer)
            await writer.drain()
            if b" 200 " not in self.answer:
                return
            behind, ahead = await asyncio.open_connection("127.0.0.1", self.port_behind)
            await asyncio.gather(_pump(reader, ahead), _pump(behind, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def _pump(reader, writer):
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
