"""An HTTP proxy for CONNECT as a site might have one: with or without a password, in a good or a bad mood."""

import base64
import socket
import threading


class ConnectProxy:
    """Leads every name it is asked for to one port of this machine. `refuses` is a status line it says instead."""

    def __init__(self, target_port: int, credentials: str = None):
        self.target_port, self.credentials, self.refuses = target_port, credentials, None
        self.asked = []  # request lines
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.open = set()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.cut()

    def cut(self):
        """Ends every connection that goes through it."""
        for end in list(self.open):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it had ended by itself

    def _serve(self):
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._lead, args=(client,), daemon=True).start()

    def _lead(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            part = client.recv(4096)
            if not part:
                return client.close()
            head += part
        lines = head.decode().split("\r\n")
        self.asked.append(lines[0])
        wanted = base64.b64encode((self.credentials or "").encode()).decode()
        if self.credentials and f"Proxy-Authorization: Basic {wanted}" not in lines:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 6\r\n\r\nno way")
            return client.close()
        if self.refuses:
            client.sendall(f"HTTP/1.1 {self.refuses}\r\nContent-Length: 0\r\n\r\n".encode())
            return client.close()
        try:
            server = socket.create_connection(("127.0.0.1", self.target_port), 5)
        except OSError:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return client.close()
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        for source, sink in ((client, server), (server, client)):
            self.open.add(source)
            threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source, sink):
        try:
            while part := source.recv(16384):
                sink.sendall(part)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other direction tells its end
        self.open.discard(source)
        source.close()
