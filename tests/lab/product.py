"""cxmeter as it runs in production, on the lab's loopback: collector and agent, certificates, configuration, and exports."""

import csv
import io
import os
import signal
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SITE = "lab"
COLLECTOR = """listen: 127.0.0.1:0
port_file: {out}/port
ca: {out}/pki/ca.pem
certificate: {out}/pki/collector.pem
key: {out}/pki/collector.key
store: sqlite:{out}/evidence.db
log_level: info
"""
AGENT = """site: lab
agent: {name}
host: {name}
timezone: UTC
site_key: {out}/site.key
log_level: info
collector:
  address: 127.0.0.1:{port}
  ca: {out}/pki/ca.pem
  certificate: {out}/pki/{name}.pem
  key: {out}/pki/{name}.key
  reconnect_max: 2s
spool:
  directory: {out}/spool.{name}
sources:
"""


class Product:
    """`sources` gives the configuration of each: name -> lines of YAML; `alone` those of a second agent program, with the source ami"""

    def __init__(self, out, binaries, sources, alone=None):
        self.out, self.bin = out, binaries
        self.store = f"sqlite:{out}/evidence.db"
        self.sources = {name: text for name, text in sources.items() if self.knows(name)}
        self.alone_text = alone if self.knows("ami") else None
        self.agent = self.alone = self.collector = None
        self.kills, self.starts = [], []

    def program(self, name):
        return f"{self.bin}/{name}"

    def knows(self, source):
        """an agent program without this source is measured without it; the run says so"""
        keys = subprocess.run([self.program("cxmeter-agent"), "keys"], capture_output=True, text=True).stdout
        return f"`sources.{source}[]`" in keys

    def prepare(self, secret):
        pki = [f"{TOP}/tools/pki.sh"]
        for arguments in (["ca", f"{self.out}/pki"], ["collector", f"{self.out}/pki", "127.0.0.1"], ["agent", f"{self.out}/pki", SITE, "pbx1"],
                          ["agent", f"{self.out}/pki", SITE, "pbx2"]):
            subprocess.run(pki + arguments, check=True, capture_output=True)
        subprocess.run([self.program("cxmeter-agent"), "keygen", f"{self.out}/site.key"], check=True, capture_output=True)
        self.write("ami.secret", secret + "\n")
        self.write("collector.yaml", COLLECTOR.format(out=self.out))

    def write(self, name, text):
        with open(f"{self.out}/{name}", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as f:
            f.write(text)

    def start_collector(self):
        log = open(f"{self.out}/collector.log", "a")
        self.collector = subprocess.Popen([self.program("cxmeter-collector"), "run", "-c", f"{self.out}/collector.yaml"], stderr=log)
        until = time.time() + 10
        while not (os.path.exists(f"{self.out}/port") and os.path.getsize(f"{self.out}/port")):
            if time.time() > until or self.collector.poll() is not None:
                raise RuntimeError(f"the collector did not start; see {self.out}/collector.log")
            time.sleep(0.05)
        with open(f"{self.out}/port") as f:
            port = f.read().strip()
        self.write("agent.yaml", AGENT.format(out=self.out, port=port, name="pbx1") + "".join(self.sources.values()))
        if self.alone_text:
            self.write("alone.yaml", AGENT.format(out=self.out, port=port, name="pbx2") + self.alone_text)

    def check(self):
        return subprocess.run([self.program("cxmeter-agent"), "check", "-c", f"{self.out}/agent.yaml"], capture_output=True, text=True)

    def start_agent(self):
        log = open(f"{self.out}/agent.log", "a")
        self.starts.append(time.time())
        self.agent = subprocess.Popen([self.program("cxmeter-agent"), "run", "-c", f"{self.out}/agent.yaml"], stderr=log)

    def start_alone(self):
        if self.alone_text:
            log = open(f"{self.out}/alone.log", "a")
            self.alone = subprocess.Popen([self.program("cxmeter-agent"), "run", "-c", f"{self.out}/alone.yaml"], stderr=log)

    def kill_agent(self):
        """as a crash would end it: nothing is finished, nothing said"""
        self.kills.append(time.time())
        self.agent.kill()
        self.agent.wait()

    def stop_agent(self):
        self.agent.send_signal(signal.SIGTERM)
        return self.agent.wait(30)

    def stop_alone(self):
        if self.alone is None:
            return 0
        self.alone.send_signal(signal.SIGTERM)
        return self.alone.wait(30)

    def replay(self, logs):
        """the same logs once more, whole: what was told live must not be told twice, and what could not be told yet is"""
        options = [word for source, paths in logs.items() for path in paths for word in (f"--{source.replace('_', '-')}", path)]
        done = subprocess.run([self.program("cxmeter-agent"), "replay", "-c", f"{self.out}/agent.yaml", *options], capture_output=True, text=True)
        return done.returncode

    def stop_collector(self):
        self.collector.send_signal(signal.SIGTERM)
        return self.collector.wait(30)

    def records(self, kind):
        """all records of a kind, each a dict of texts; none where there was none"""
        done = subprocess.run([self.program("cxmeter"), "export", "--store", self.store, "--site", SITE, "--record", kind, "--format", "csv"],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"cxmeter export --record {kind}: {done.stderr.strip()}")
        return list(csv.DictReader(io.StringIO(done.stdout)))
