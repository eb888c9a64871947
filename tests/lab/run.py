"""Plays a plan: the centre, its phones and callers, the agent program beside them, and what happens to all of them.

    run.py OUT ROOT BIN SEED SCALE       in a network namespace of its own; lab.sh makes it

Leaves in OUT what compare.py needs: facts.json (what really happened), the records of the agent program, what tshark
captured, the manager's events, and Asterisk's logs.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time

import ami
import callers
import centre as centres
import phones
import plan as plans
import product as products

KINDS = ["QueueContact", "SelfServiceVisit", "Handoff", "AgentSpan", "Dialog", "MediaStream", "Survey", "SurveyOffer", "Callback",
         "Payment", "ContactFact", "Call", "Gauge", "Gap", "Posture", "Alert"]
SOURCES = {
    "queue_log": "  queue_log:\n    - file: {queue_log}\n",
    "cel": "  cel:\n    - file: {cel}\n",
    "cdr": "  cdr:\n    - file: {cdr}\n      gmt: true\n",
    "capture": "  capture:\n    - interface: lo\n      local: [127.0.0.10]\n      filter: not port 9999 and not tcp\n      stream_idle: 8s\n",
    "ami": "  ami:\n    - port: 5039\n      user: cxmeter\n      secret_file: {out}/ami.secret\n      asterisk: {etc}\n      slot: 5s\n"
           "      variables: CRM_ID=customer LAB_LANGUAGE=language_wanted\n      payment_pause: true\n      reconnect_max: 2s\n",
    "hep": "  hep:\n    - listen: 127.0.0.1:9060\n",
}
# a second agent program that has nothing but the manager interface: what it tells of contacts and calls without any log
ALONE = ("  ami:\n    - port: 5040\n      user: cxmeter\n      secret_file: {out}/ami.secret\n      asterisk: {etc}\n      calls: true\n"
         "      reconnect_max: 2s\n")
MEDIA_PORTS = "10000-39999"
CALLERS_MEDIA = "16384 0xc000"  # port and mask: 16384 to 32767
LOSS_OF_1000 = 15
WATCH_S = 0.05
TAIL_S = 45  # the last calls end in this time, or are hung up
SECRET = "lab-agent-secret"


def say(text):
    print(text, file=sys.stderr, flush=True)


def tool(*command):
    return subprocess.run(command, capture_output=True, text=True)


def all_of(commands):
    return all(tool(*command).returncode == 0 for command in commands)


class Run:
    def __init__(self, out, root, binaries, plan):
        self.out, self.plan = out, plan
        hep = tool(f"{binaries}/cxmeter-agent", "keys").stdout.find("`sources.hep[]`") >= 0
        self.centre = centres.Centre(root, out, SECRET, hep)
        sources = {name: text.format(out=out, etc=f"{self.centre.base}/etc", **self.centre.logs) for name, text in SOURCES.items()}
        self.product = products.Product(out, binaries, sources, ALONE.format(out=out, etc=f"{self.centre.base}/etc"))
        self.callers = callers.Callers(plan["calls"], plan["seed"], out)
        self.phones = phones.Phones({c["caller"]: c["agent"] for c in plan["calls"] if c["agent"]}, plan["seed"], self.callers.on_answer)
        self.manager = ami.Client(f"{out}/manager.ami", self.on_event)
        self.relay = ami.Relay(f"{out}/agent.ami", 5039)
        self.relay_alone = ami.Relay(f"{out}/alone.ami", 5040)
        self.happened = {"pauses": [], "booted": [], "late_s": 0}
        self.booted = asyncio.Event()

    def on_event(self, event):
        if event.get("Event") == "FullyBooted":
            self.happened["booted"].append(time.time())
        elif event.get("UserEvent") == "Payment" and event.get("How") == "mute":
            self.manager.act("MixMonitorMute", Channel=event["Channel"], Direction="both", State="1" if event["State"] == "start" else "0")
        self.callers.on_event(event)

    # ---- before ----

    def trouble_media(self):
        """nftables drops a share of the RTP packets before any capture sees them; netem, where the kernel has it, delays those
        to callers unevenly. SIP is left alone: who is called repeats nothing (phones.py)."""
        drop = f"udp dport {MEDIA_PORTS} udp dport & 1 == 0 numgen random mod 1000 < {LOSS_OF_1000} counter drop"
        lossy = all_of([["nft", "add table netdev lab"], ["nft", "add chain netdev lab out { type filter hook egress device lo priority 0; }"],
                        ["nft", f"add rule netdev lab out {drop}"]])
        uneven = all_of([["tc", *"qdisc add dev lo root handle 1: prio bands 4 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0".split()],
                         ["tc", *"qdisc add dev lo parent 1:4 handle 40: netem delay 8ms 4ms".split()],
                         ["tc", *f"filter add dev lo parent 1: protocol ip prio 1 u32 match ip protocol 17 0xff match ip dport {CALLERS_MEDIA} flowid 1:4".split()]])
        self.happened["loss"] = f"{LOSS_OF_1000 / 10} % of RTP packets by nftables" if lossy else "no loss: nftables cannot drop here"
        self.happened["jitter"] = "8 +- 4 ms by netem" if uneven else "jitter is the machine's own: the kernel has no netem"

    def capture(self):
        self.dump = subprocess.Popen(["dumpcap", "-q", "-P", "-i", "lo", "-B", "64", "-f", "not port 9999 and not tcp", "-w", f"{self.out}/all.pcap"],
                                     stdout=subprocess.DEVNULL, stderr=open(f"{self.out}/dumpcap.err", "w"))

    async def bring_up(self):
        tool("ip", "link", "set", "lo", "up")
        self.trouble_media()
        self.centre.write(self.plan["calls"])
        self.capture()
        self.centre.start()
        self.centre.wait_until_up()
        self.product.prepare(SECRET)
        self.product.start_collector()
        await self.phones.open()
        await self.relay.open()
        await self.relay_alone.open()
        self.manager.open()
        self.product.start_agent()
        self.product.start_alone()
        await asyncio.sleep(2)
        for number in plans.QUEUES[plans.DYNAMIC]["members"]:
            self.manager.act("QueueAdd", Queue=plans.DYNAMIC, Interface=f"PJSIP/{number}", MemberName=plans.AGENTS[number],
                             StateInterface=f"PJSIP/{number}")

    # ---- what happens ----

    async def watch_delays(self):
        """people who are kept from moving by other work on this machine do not what the plan says"""
        while True:
            due = time.monotonic() + WATCH_S
            await asyncio.sleep(WATCH_S)
            self.happened["late_s"] = max(self.happened["late_s"], time.monotonic() - due)

    async def at(self, second, do, *args):
        await asyncio.sleep(max(0, self.zero + second - time.time()))
        result = do(*args)
        if asyncio.iscoroutine(result):
            await result

    def pause(self, p, paused):
        number = p["agent"]
        self.manager.act("QueuePause", Queue=p["queue"], Interface=centres.interface(p["queue"], number), Paused="true" if paused else "false",
                         Reason=p["reason"])
        if paused:
            self.happened["pauses"].append({"queue": p["queue"], "name": plans.AGENTS[number], "reason": p["reason"], "at": time.time(), "until": None})
        else:
            mine = [q for q in self.happened["pauses"] if q["name"] == plans.AGENTS[number] and q["until"] is None]
            mine[-1]["until"] = time.time()

    async def rotate(self):
        self.happened["rotated"] = time.time()
        await asyncio.to_thread(self.centre.rotate)

    async def restart(self):
        self.happened["restart"] = time.time()
        say("  Asterisk restarts, %d calls in flight" % len(self.callers.running))
        await asyncio.to_thread(self.centre.say, "core restart now")
        self.callers.hang_up_all("dead air")
        for call in self.phones.calls.values():
            call.end("restart")

    async def kill(self):
        say("  kill -9 of the agent")
        self.product.kill_agent()
        await asyncio.sleep(2)
        self.product.start_agent()

    async def play(self):
        self.zero = time.time() + 1
        self.happened["zero"] = self.zero
        events = self.plan["events"]
        tasks = [self.at(c["start"], self.callers.make, c) for c in self.plan["calls"]]
        tasks += [self.at(p["at"], self.pause, p, True) for p in self.plan["pauses"]]
        tasks += [self.at(p["until"], self.pause, p, False) for p in self.plan["pauses"]]
        tasks += [self.at(t, self.callers.scan, i) for i, t in enumerate(self.plan["scanners"])]
        tasks += [self.at(events["rotate"], self.rotate), self.at(events["restart"], self.restart),
                  self.at(events["guess"], self.manager.guess), self.at(events["guess_again"], self.manager.guess),
                  self.at(events["ami_cut"], self.relay.cut, 3), self.at(events["ami_cut"], self.relay_alone.cut, 3), self.at(events["kill"], self.kill)]
        watch = asyncio.ensure_future(self.watch_delays())
        done, left = await asyncio.wait([asyncio.ensure_future(t) for t in tasks], timeout=self.plan["duration"] + TAIL_S)
        watch.cancel()
        self.happened["failed"] = [repr(t.exception()) for t in done if t.exception()]
        self.happened["unfinished"] = len(left)

    # ---- after ----

    async def wind_down(self):
        """people go home; their lines let the agent program see that nothing comes behind the last contact"""
        await asyncio.sleep(3)
        for number in plans.QUEUES[plans.DYNAMIC]["members"]:
            self.manager.act("QueueRemove", Queue=plans.DYNAMIC, Interface=f"PJSIP/{number}")
        await asyncio.sleep(14)  # the streams of the last calls fall silent
        self.happened["channels_left"] = self.centre.say("core show channels concise")
        self.manager.close()
        self.happened["stopped"] = time.time()
        self.happened["agent_exit"] = self.product.stop_agent()
        self.happened["alone_exit"] = self.product.stop_alone()
        self.relay.close()
        self.relay_alone.close()
        self.centre.stop()
        self.dump.send_signal(signal.SIGINT)
        self.dump.wait(10)
        self.keep_records("live")
        self.happened["replay_exit"] = self.product.replay(self.centre.parts())
        self.keep_records("replayed")
        self.happened["collector_exit"] = self.product.stop_collector()

    def keep_records(self, when):
        os.makedirs(f"{self.out}/{when}", exist_ok=True)
        for kind in KINDS:
            with open(f"{self.out}/{when}/{kind}.json", "w") as f:
                json.dump(self.product.records(kind), f, indent=0)

    def keep_facts(self):
        self.happened.update(calls=self.callers.facts, attempts=self.phones.attempts, ami_cuts=self.relay.cuts, ami_joined=self.relay.joined,
                             alone_joined=self.relay_alone.joined, alone=self.product.alone_text is not None,
                             kills=self.product.kills, starts=self.product.starts, sources=list(self.product.sources))
        with open(f"{self.out}/facts.json", "w") as f:
            json.dump({"plan": self.plan, "happened": self.happened}, f, indent=1)

    async def all(self):
        await self.bring_up()
        say("  up; sources: %s; %s; %s" % (", ".join(self.product.sources), self.happened["loss"], self.happened["jitter"]))
        await self.play()
        await self.wind_down()
        self.keep_facts()


def main():
    out, root, binaries, seed, scale = sys.argv[1:6]
    plan = plans.make(int(seed), float(scale))
    say("lab: %d calls in %d s, seed %s" % (len(plan["calls"]), plan["duration"], seed))
    asyncio.run(Run(out, root, binaries, plan).all())


main()
