"""A receiver of webhooks on this machine: it answers as it is told, over TLS where it is given a certificate."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Receiver:
    """Keeps what it got; `answers` are taken one after the other, the last for good."""

    def __init__(self, *answers, certificate=None):
        self.answers, self.got, self.let_go = list(answers) or [200], [], threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, dict(self.headers), body))
                receiver.answer(self)

            def log_message(self, *args):
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.let_go.set()
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler):
        told = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(told):
            told(self, handler)
            return
        status, headers = told if isinstance(told, tuple) else (told, {})
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


def hangs(receiver, handler):
    """Takes the message and says nothing."""
    receiver.let_go.wait(20)


def drips(receiver, handler):
    """One byte of a header now and then: no single wait is long."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    while not receiver.let_go.wait(0.1):
        try:
            handler.wfile.write(b"x")
        except OSError:
            return


def endless(receiver, handler):
    """200, and a body without an end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not receiver.let_go.is_set():
        try:
            handler.wfile.write(b"x" * 65536)
        except OSError:
            return


def nonsense(receiver, handler):
    """No HTTP at all."""
    handler.wfile.write(b"220 mail.example ESMTP\r\n")


def certificate_for(name, folder, now):
    """A certificate that vouches for itself, with its key; the file's path."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.replace(year=now.year - 1))
        .not_valid_after(now.replace(year=now.year + 1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file
