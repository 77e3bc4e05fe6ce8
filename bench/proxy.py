"""A bare reverse proxy of our server and client pool beside nginx: TLS upstream with keep-alive.

Both stand in front of the same upstream and are asked by wrk in turn, each on the last core. Three rows: 300-byte
bodies plain, the same with a SigV4 signature of ours on each request, and streams of small events."""
import pathlib
import socket
import subprocess
import tempfile
import time

from measure import GENERATOR, MEASURED, PROGRAMS, Figure, Row, free_port, resident_kilobytes, spread, start, stop, wait_for, wrk

BODY = "x" * 300
EVENTS = 2000  # an answer of event_source
UPSTREAM = """
server {{ listen 127.0.0.1:{upstream} ssl; ssl_certificate {dir}/cert.pem; ssl_certificate_key {dir}/key.pem;
  keepalive_requests 100000000; location / {{ default_type application/json; return 200 "{body}"; }} }}
"""
PROXY = """
upstream behind {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 100000000; }}
server {{ listen 127.0.0.1:{nginx}; keepalive_requests 100000000; location / {{ proxy_pass https://behind;
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host 127.0.0.1; {buffering}
  proxy_ssl_verify on; proxy_ssl_trusted_certificate {dir}/{ca}; proxy_ssl_name bench.test; }} }}
"""
FRAME = """
daemon off; master_process off; worker_processes 1; pid {dir}/{name}.pid; error_log {dir}/{name}.log;
events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {dir}/t; proxy_temp_path {dir}/t; fastcgi_temp_path {dir}/t;
uwsgi_temp_path {dir}/t; scgi_temp_path {dir}/t; {server} }}
"""


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem", "-days", "2", "-subj", "/CN=bench",
                    "-addext", "subjectAltName=IP:127.0.0.1,DNS:bench.test"], check=True, capture_output=True)


def start_nginx(core, folder, name, server):
    file = pathlib.Path(folder) / f"{name}.conf"
    file.write_text(FRAME.format(dir=folder, name=name, server=server))
    return start(core, "nginx", "-e", f"{folder}/{name}.log", "-c", file)


class Bench:
    """nginx and ours in front of one upstream, for as long as it is open."""

    def __init__(self, folder, streams=False, *options):
        self.ports = {name: free_port() for name in ("upstream", "nginx", "ours")}
        ca = "source.pem" if streams else "cert.pem"
        values = {"dir": folder, "body": BODY, "ca": ca, "buffering": "proxy_buffering off;" if streams else "", **self.ports}
        if streams:
            self.upstream = start(GENERATOR, PROGRAMS / "event_source", self.ports["upstream"], f"{folder}/{ca}")
            wait_for(self.ports["upstream"])
        else:
            self.upstream = start_nginx(GENERATOR, folder, "upstream", UPSTREAM.format(**values))
        self.proxies = {
            "ours": start(MEASURED, PROGRAMS / "net_proxy", self.ports["ours"], self.ports["upstream"], f"{folder}/{ca}", *options),
            "nginx": start_nginx(MEASURED, folder, "nginx", PROXY.format(**values)),
        }
        for port in self.ports.values():
            wait_for(port)

    def rounds(self, count, seconds, connections, script=None):
        loads = {name: [] for name in self.proxies}
        for _ in range(count):
            for name, process in self.proxies.items():
                loads[name].append(wrk(process, f"http://127.0.0.1:{self.ports[name]}/", seconds, connections, script))
        return loads

    def close(self):
        stop([self.upstream, *self.proxies.values()])


def post_script(folder):
    file = pathlib.Path(folder) / "post.lua"
    file.write_text(f'wrk.method = "POST"\nwrk.body = "{BODY}"\nwrk.headers["Content-Type"] = "application/json"\n')
    return file


def compared(subject, loads, things, rate_target, cpu_target):
    ours, nginx = loads["ours"], loads["nginx"]
    shown = {name: (spread([load.per_second * things for load in rows]), spread([load.cpu_microseconds / things for load in rows], " µs", 3))
             for name, rows in loads.items()}
    return [
        Row(f"{subject}, a second", shown["ours"][0], f"nginx {shown['nginx'][0]}",
            [a.per_second / b.per_second for a, b in zip(ours, nginx)], rate_target),
        Row(f"{subject}, CPU each", shown["ours"][1], f"nginx {shown['nginx'][1]}",
            [b.cpu_microseconds / a.cpu_microseconds for a, b in zip(ours, nginx)], cpu_target),
    ]


def open_streams(bench, name, count):
    """Kilobytes that each of `count` open streams adds to the proxy."""
    before, clients = resident_kilobytes(bench.proxies[name]), []
    try:
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", bench.ports[name]))
            client.sendall(b"GET /open HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            clients.append(client)  # one after the other, as people come
            seen = b""
            while b"eeee" not in seen:
                seen += client.recv(4096)
        time.sleep(2)  # ours give memory back when they have waited for half a second
        return (resident_kilobytes(bench.proxies[name]) - before) / count
    finally:
        for client in clients:
            client.close()


def memory(folder, count=1000):
    bench = Bench(folder, True)
    try:
        ours, nginx = (open_streams(bench, name, count) for name in ("ours", "nginx"))
    finally:
        bench.close()
    return [Row(f"memory of an open stream, {count} of them", f"{ours:.1f} KB", f"nginx {nginx:.1f} KB", [nginx / ours], 1.0),
            Figure("the same", ours, "KB", 30, at_most=True)]


def run(rounds, seconds=3):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder)
        for subject, connections, streams, options, things, script, rate, cpu in (
                ("proxied requests", 32, False, (), 1, None, 1.0, 1.0),
                ("proxied and signed requests (nginx does not sign)", 32, False, ("sign",), 1, post_script(folder), 0.95, None),
                ("events of proxied streams", 8, True, (), EVENTS, None, 0.8, None)):
            bench = Bench(folder, streams, *options)
            try:
                rows += compared(subject, bench.rounds(rounds, seconds, connections, script), things, rate, cpu)
            finally:
                bench.close()
        rows += memory(folder)
    return rows
