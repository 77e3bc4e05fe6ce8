"""What every benchmark shares: two programs in turn on the same core, medians, and a row of the table."""
import dataclasses
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = ROOT / "build/release/kakehashi"
PROGRAMS = ROOT / "build/release/bench"
TOOLS = ROOT / "build/tools"
CORES = sorted(os.sched_getaffinity(0))
MEASURED, GENERATOR = CORES[-1], CORES[0]  # the program under test has a core to itself where there are two


@dataclasses.dataclass
class Row:
    """One comparison. `better`: how many times we are better, a round each; its median stands against `target`."""

    subject: str
    ours: str
    peer: str
    better: list
    target: float | None = None

    def ratio(self):
        return statistics.median(self.better)

    def cells(self):
        low, high = min(self.better), max(self.better)
        wanted = "" if self.target is None else f"≥ {self.target:g}"
        met = "" if self.target is None else "yes" if self.ratio() >= self.target else "**no**"
        return [self.subject, self.ours, self.peer, f"{self.ratio():.3g} ({low:.3g}–{high:.3g})", wanted, met]


@dataclasses.dataclass
class Figure:
    """A figure without a peer: `value` against `target`; `at_most` where less is better."""

    subject: str
    value: float
    unit: str
    target: float | None = None
    at_most: bool = False

    def cells(self):
        if self.target is None:
            return [self.subject, f"{self.value:,.4g} {self.unit}", "", "", "", ""]
        met = self.value <= self.target if self.at_most else self.value >= self.target
        wanted = f"{'≤' if self.at_most else '≥'} {self.target:,g}"
        return [self.subject, f"{self.value:,.4g} {self.unit}", "", "", wanted, "yes" if met else "**no**"]


def spread(values, unit="", digits=4):
    shown = [f"{value:,.{digits}g}" for value in (statistics.median(values), min(values), max(values))]
    return f"{shown[0]}{unit} ({shown[1]}–{shown[2]})"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(port):
    for _ in range(200):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")


def start(core, *command, **options):
    return subprocess.Popen(["taskset", "-c", str(core), *map(str, command)], **options)


def stop(processes):
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        process.wait()


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kilobytes(process):
    return int(re.search(r"VmRSS:\s*(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text()).group(1))


@dataclasses.dataclass
class Load:
    requests: int
    per_second: float
    cpu_microseconds: float  # of the program under test, a request


def wrk(process, url, seconds, connections, script=None):
    """Load on one program from the other core. Every answer must be a good one."""
    before = cpu_seconds(process)
    said = subprocess.run(
        ["taskset", "-c", str(GENERATOR), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *(["-s", script] if script else []), url],
        capture_output=True, text=True, check=True).stdout
    spent = cpu_seconds(process) - before
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{url}\n{said}")
    requests = int(re.search(r"(\d+) requests in", said).group(1))
    rate = float(re.search(r"Requests/sec:\s*([\d.]+)", said).group(1))
    return Load(requests, rate, spent / requests * 1e6)


def machine():
    model = re.search(r"model name\s*:\s*(.+)", pathlib.Path("/proc/cpuinfo").read_text()).group(1)
    load = os.getloadavg()[0]
    return f"{model}, {len(CORES)} cores, Linux {os.uname().release}, load before the run {load:.1f}"
