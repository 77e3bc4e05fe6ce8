#!/usr/bin/env python3
"""Our bare reverse proxy beside nginx's: plain in front, TLS with keep-alive behind, 300-byte bodies.

Both stand in front of the same upstream (another nginx) and are asked by wrk in turn. What counts is the
ratio: nginx's CPU a request over ours, and our requests/s over nginx's, each the median of the rounds. Where there are
two cores the proxies have the last one to themselves.
"""
import argparse
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BODY = "x" * 300
UPSTREAM = """
server {{ listen 127.0.0.1:{upstream} ssl; ssl_certificate {dir}/cert.pem; ssl_certificate_key {dir}/key.pem;
  keepalive_requests 100000000; location / {{ default_type application/json; return 200 "{body}"; }} }}
"""
PROXY = """
upstream behind {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 100000000; }}
server {{ listen 127.0.0.1:{nginx}; keepalive_requests 100000000; location / {{ proxy_pass https://behind;
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host 127.0.0.1;
  proxy_ssl_verify on; proxy_ssl_trusted_certificate {dir}/cert.pem; proxy_ssl_name bench.test; }} }}
"""
FRAME = """
daemon off; master_process off; worker_processes 1; pid {dir}/{name}.pid; error_log {dir}/{name}.log;
events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {dir}/t; proxy_temp_path {dir}/t; fastcgi_temp_path {dir}/t;
uwsgi_temp_path {dir}/t; scgi_temp_path {dir}/t; {server} }}
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem", "-days", "2", "-subj", "/CN=bench",
                    "-addext", "subjectAltName=IP:127.0.0.1,DNS:bench.test"], check=True, capture_output=True)


def start(core, *command):
    return subprocess.Popen(["taskset", "-c", str(core), *map(str, command)])


def start_nginx(core, folder, name, server):
    file = pathlib.Path(folder) / f"{name}.conf"
    file.write_text(FRAME.format(dir=folder, name=name, server=server))
    return start(core, "nginx", "-e", f"{folder}/{name}.log", "-c", file)


def wait_for(port):
    for _ in range(100):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(process, port, core, arguments):
    """(requests/s, CPU µs a request) of one round."""
    before = cpu_seconds(process)
    said = subprocess.run(["taskset", "-c", str(core), "wrk", "-t1", f"-c{arguments.connections}",
                           f"-d{arguments.seconds}s", f"http://127.0.0.1:{port}/"],
                          capture_output=True, text=True, check=True).stdout
    spent = cpu_seconds(process) - before
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    count = int(re.search(r"(\d+) requests in", said).group(1))
    return float(re.search(r"Requests/sec:\s*([\d.]+)", said).group(1)), spent / count * 1e6


def rounds(processes, ports, generator, arguments):
    """name -> [(requests/s, µs)], the two in turn."""
    results = {name: [] for name in processes}
    for _ in range(arguments.rounds):
        for name, process in processes.items():
            results[name].append(measure(process, ports[name], generator, arguments))
    return results


def report(results):
    for name, rows in results.items():
        rates, costs = zip(*rows)
        print(f"{name:8} {statistics.median(rates):9,.0f} requests/s ({min(rates):,.0f}-{max(rates):,.0f})"
              f" {statistics.median(costs):6.1f} µs CPU ({min(costs):.1f}-{max(costs):.1f})")
    pairs = list(zip(results["ours"], results["nginx"]))
    rate = statistics.median(ours[0] / nginx[0] for ours, nginx in pairs)
    cost = statistics.median(nginx[1] / ours[1] for ours, nginx in pairs)
    print(f"ratio    requests/s {rate:.2f}, CPU a request {cost:.2f} (1.0 or more: we are the faster)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--proxy", default=ROOT / "build/release/bench/net_proxy")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    arguments = parser.parse_args()
    generator, ours = 0, max(os.sched_getaffinity(0))
    ports = {name: free_port() for name in ("upstream", "nginx", "ours")}
    started = []
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder)
        values = {"dir": folder, "body": BODY, **ports}
        try:
            started.append(start_nginx(generator, folder, "upstream", UPSTREAM.format(**values)))
            started.append(start_nginx(ours, folder, "nginx", PROXY.format(**values)))
            started.append(start(ours, arguments.proxy, ports["ours"], ports["upstream"], f"{folder}/cert.pem"))
            for port in ports.values():
                wait_for(port)
            report(rounds({"ours": started[2], "nginx": started[1]}, ports, generator, arguments))
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait()


if __name__ == "__main__":
    main()
