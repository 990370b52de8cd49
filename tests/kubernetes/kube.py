"""A lab's API server, for the scripts beside this one: one request at a time on a kept connection, as the administrator.

It is no general client: no kubeconfig, no watch, no retry.
"""

import http.client
import json
import pathlib
import ssl
import subprocess


class Refused(Exception):
    """The server's answer was an error; `code` is its HTTP status."""

    def __init__(self, asked, code, message):
        super().__init__(f"{asked}: {code} {message}")
        self.code = code


class Lab:
    """A lab that `up` has made. Not to be shared between threads: each takes its own."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory).resolve()
        settings = (self.directory / "settings").read_text().split()
        self.port = int(next(s for s in settings if s.startswith("port=")).removeprefix("port="))
        pki = self.directory / "pki"
        tls = ssl.create_default_context(cafile=pki / "ca.crt")
        tls.load_cert_chain(pki / "admin.crt", pki / "admin.key")
        self.connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=tls, timeout=60)

    def send(self, method, path, body=None, media="application/json"):
        """Sends bytes, or a value as JSON; returns the answer's bytes."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.connection.request(method, path, body, {"Content-Type": media, "User-Agent": "lab"})
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            try:
                message = json.loads(content)["message"]
            except (ValueError, KeyError):
                message = content[:300]
            raise Refused(f"{method} {path}", answer.status, message)
        return content

    def get(self, path):
        return json.loads(self.send("GET", path))

    def create(self, path, body):
        """Posts it and returns what the server made of it; if the name is taken, what is there under it."""
        try:
            return json.loads(self.send("POST", path, body))
        except Refused as refused:
            if refused.code != 409:
                raise
            return self.get(f"{path}/{body['metadata']['name']}")

    def merge(self, path, body):
        return json.loads(self.send("PATCH", path, body, "application/merge-patch+json"))

    def delete(self, path):
        self.send("DELETE", path)

    def script(self, name, *arguments):
        """Runs one of the scripts beside this file on this lab."""
        subprocess.run([pathlib.Path(__file__).with_name(name), self.directory, *arguments], check=True)

    def stop(self, component):
        """Stops a component if it runs."""
        script = pathlib.Path(__file__).with_name("stop")
        subprocess.run([script, self.directory, component], stderr=subprocess.DEVNULL, check=False)
