"""A WebSocket as RFC 6455 has it, in as few lines as the tests need: no extensions, no fragments."""
import base64
import json
import os
import socket
import struct

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Refused(Exception):
    pass


class WebSocket:
    def __init__(self, port, path="/ws", headers=(), host="127.0.0.1", timeout=10):
        self.socket = None
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.answers_pings, self.bytes = True, b""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET %s HTTP/1.1" % path, "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: " + key,
                 "Sec-WebSocket-Version: 13", *headers]
        if not any(line.lower().startswith("host:") for line in headers):
            lines.append("Host: %s:%d" % (host, port))
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.bytes:
            more = self.socket.recv(4096)
            if not more:
                break
            self.bytes += more
        head, _, self.bytes = self.bytes.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            self.socket.close()
            raise Refused(head.decode(errors="replace"))

    def take(self, count):
        while len(self.bytes) < count:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError("the other side closed")
            self.bytes += more
        taken, self.bytes = self.bytes[:count], self.bytes[count:]
        return taken

    def frame(self):
        first, second = self.take(2)
        length = second & 127
        if length == 126:
            length = struct.unpack(">H", self.take(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self.take(8))[0]
        return first & 15, self.take(length)

    def send(self, kind, payload):
        mask = os.urandom(4)
        size = bytes([128 | len(payload)]) if len(payload) < 126 else struct.pack(">BH", 254, len(payload)) \
            if len(payload) < 65536 else struct.pack(">BQ", 255, len(payload))
        self.socket.sendall(bytes([128 | kind]) + size + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(payload)))

    def text(self):
        """The next message; pings before it are answered."""
        while True:
            kind, payload = self.frame()
            if kind == PING and self.answers_pings:
                self.send(PONG, payload)
            if kind == CLOSE:
                raise EOFError("closed")
            if kind == TEXT:
                return payload.decode()

    def message(self, wanted=lambda message: True):
        """The next message of JSON that is wanted."""
        while True:
            message = json.loads(self.text())
            if wanted(message):
                return message

    def ask(self, **what):
        self.send(TEXT, json.dumps(what).encode())

    def close(self):
        if self.socket is not None:
            self.socket.close()

    __del__ = close
