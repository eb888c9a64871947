"""A real Kamailio between callers and phones, mirroring every message as HEP3: the dialogs of the source `hep` must be
those of the capture, and both those of tshark.

    kamailio.py OUT KAMAILIO MODULES BIN SEED SCALE      in a network namespace of its own; kamailio.sh makes it
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time

import callers
import phones
import product as products
import pseudonym
import truth
import wire

HERE = os.path.dirname(os.path.abspath(__file__))
PROXY = "127.0.0.10"
CALLS = 60
DURATION_S = 45
MIRROR_SLACK_US = 100000  # the proxy stamps a message when it reads or sends it, the kernel when it passes
SOURCES = {
    "capture": "  capture:\n    - interface: lo\n      local: [127.0.0.10]\n      filter: not port 9999 and not tcp\n      stream_idle: 8s\n",
    "hep": "  hep:\n    - listen: 127.0.0.1:9060\n      local: [127.0.0.10]\n",
}
KINDS = {"agent_hangs": 3, "caller_hangs": 3, "held": 2, "busy": 1, "cancels": 1, "no_such_number": 1}


def make_plan(seed, scale):
    dice = random.Random(seed)
    calls = []
    for i in range(max(12, round(CALLS * scale))):
        kind = dice.choices(list(KINDS), list(KINDS.values()))[0] if i >= len(KINDS) else list(KINDS)[i]
        acts = {"caller_hangs": "wait", "held": "hold", "busy": "busy", "cancels": "never"}
        agent = {"ring": round(dice.uniform(0.3, 1.5), 1), "talk": round(dice.uniform(1, 5), 1), "act": acts.get(kind, "hang"), "hold": 1.5}
        calls.append({"id": i + 1, "kind": kind, "caller": str(5550001 + i), "start": round(dice.uniform(0, max(12, DURATION_S * scale)), 2),
                      "did": "999" if kind == "no_such_number" else str(dice.randrange(101, 113)), "keys": [], "agent": agent,
                      "hang": {"after": "answer", "s": 2.0} if kind == "caller_hangs" else None})
    return calls


class Run:
    def __init__(self, out, kamailio, modules, binaries, calls, seed):
        self.out, self.kamailio, self.modules, self.calls = out, kamailio, modules, calls
        self.product = products.Product(out, binaries, SOURCES)
        self.callers = callers.Callers(calls, seed, out)
        self.phones = phones.Phones({c["caller"]: c["agent"] for c in calls}, seed, self.callers.on_answer)

    def start_proxy(self):
        with open(f"{HERE}/kamailio.cfg") as f, open(f"{self.out}/kamailio.cfg", "w") as out:
            out.write(f.read().replace("@MODULES@", self.modules))
        self.proxy = subprocess.Popen([self.kamailio, "-DD", "-E", "-f", f"{self.out}/kamailio.cfg", "-m", "64", "-M", "8",
                                       "-Y", self.out, "-w", self.out], stdout=subprocess.DEVNULL, stderr=open(f"{self.out}/kamailio.log", "w"))

    def capture(self, name, filter):
        return subprocess.Popen(["dumpcap", "-q", "-P", "-i", "lo", "-f", filter, "-w", f"{self.out}/{name}.pcap"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def all(self):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        self.dumps = [self.capture("all", "not port 9999 and not port 9060 and not tcp"), self.capture("hep", "udp port 9060")]
        self.product.prepare("")
        self.product.start_collector()
        self.product.start_agent()
        self.start_proxy()
        await self.phones.open()
        await asyncio.sleep(3)
        zero = time.time()
        await asyncio.gather(*(self.call_at(zero, c) for c in self.calls))
        await asyncio.sleep(2)
        self.stopped = self.product.stop_agent()
        self.proxy.terminate()
        for dump in self.dumps:
            dump.send_signal(signal.SIGINT)
            dump.wait(10)
        self.proxy.wait(10)
        self.records = {"Dialog": self.product.records("Dialog")}
        self.product.stop_collector()

    async def call_at(self, zero, call):
        await asyncio.sleep(max(0, zero + call["start"] - time.time()))
        await self.callers.make(call)

    def result(self):
        name = pseudonym.Pseudonyms(f"{self.out}/site.key")
        expected = []
        for d in wire.dialogs(f"{self.out}/all.pcap"):
            for source, slack_us in (("capture", 0), ("hep", MIRROR_SLACK_US)):
                expected.append({"kind": "Dialog", "who": f"Call-ID {d['call_id']} by {source}", "optional": [], "faults": [],
                                 "key": {"contact": name.of("contact", d["call_id"]), "source": source},
                                 "fields": truth.dialog_fields(d, name, PROXY, slack_us)})
        wrong = [f"the agent ended with {self.stopped}"] if self.stopped else []
        wrong += [] if len(expected) == 2 * len(self.calls) else [f"{len(expected)} dialogs expected of {len(self.calls)} calls seen twice"]
        return {"expected": expected, "closed": [["Dialog", "capture"], ["Dialog", "hep"]], "faults": [], "checks": {"the run": wrong}, "rounds": {"live": self.records}}


def main():
    out, kamailio, modules, binaries, seed, scale = sys.argv[1:7]
    calls = make_plan(int(seed), float(scale))
    print("lab: %d calls through Kamailio, seed %s" % (len(calls), seed), file=sys.stderr, flush=True)
    run = Run(out, kamailio, modules, binaries, calls, int(seed))
    asyncio.run(run.all())
    with open(f"{out}/result.json", "w") as f:
        json.dump(run.result(), f, indent=0)


main()
