"""Twilio's Messages resource on loopback: takes texts, lists them, and can be told to misbehave."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "AC" + "0" * 32
TOKEN = "a token of the double"


class Double:
    """``behave`` answers for each text posted what to do with it: a status, ``late`` (taken, and answered too late),
    ``lost`` (taken, and the connection ends without an answer), ``gone`` (not taken, ended without an answer)."""

    def __init__(self) -> None:
        self.behave: Callable[[dict[str, str]], int | str] = lambda posted: 201
        self.code = 0  # Twilio's own, in answers of 400
        self.retry_after = ""
        self.late = 0.0  # seconds
        self.taken: list[dict[str, str]] = []
        self.asked = 0
        self.lock = threading.Lock()

    @property
    def bodies(self) -> list[str]:
        return [text["body"] for text in self.taken]

    def take(self, posted: dict[str, str]) -> dict[str, str]:
        with self.lock:
            text = {
                "sid": f"SM{len(self.taken):032x}",
                "to": posted["To"],
                "body": posted["Body"],
                "callback": posted.get("StatusCallback", ""),
                "sender": posted.get("From") or posted.get("MessagingServiceSid", ""),
                "date_created": format_datetime(datetime.now(UTC)),
                "status": "queued",
            }
            self.taken.append(text)
        return text


@contextmanager
def running(port: int = 0) -> Iterator[tuple[Double, str]]:
    """The double and its address."""
    double = Double()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            posted = {name: values[0] for name, values in raw.items()}
            what = double.behave(posted)
            if what in ("lost", "gone"):
                if what == "lost":
                    double.take(posted)
                self.close_connection = True
                self.connection.close()
                return
            if what == "late":
                text = double.take(posted)
                time.sleep(double.late)
                self.answer(201, text)
            elif what == 201:
                self.answer(201, double.take(posted))
            else:
                self.answer(int(what), {"code": double.code, "message": f"no {posted['To']}", "status": what})

        def do_GET(self) -> None:
            double.asked += 1
            to = parse_qs(urlsplit(self.path).query).get("To", [""])[0]
            found = [text for text in reversed(double.taken) if text["to"] == to]
            self.answer(200, {"messages": found, "page": 0, "next_page_uri": None})

        def answer(self, status: int, body: Any) -> None:
            try:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                if double.retry_after:
                    self.send_header("Retry-After", double.retry_after)
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                pass  # the other side has given up waiting

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield double, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
