"""The callers: SIPp does the signalling of each call, media.py its sound and keys; and scanners, who guess passwords."""

import asyncio
import os
import random
import socket
import time

from media import Media

HERE = os.path.dirname(os.path.abspath(__file__))
ADDRESS, SCANNER = "127.0.0.40", "127.0.0.66"
CENTRE = "127.0.0.10:5060"
CONTROL = ("127.0.0.99", 9999)  # the lab's own word to SIPp; no capture looks at this port
FIRST_SIP, FIRST_RTP, UNUSED_RTP = 6000, 20000, 40000
SCENARIOS = {"cancels": "cancel", "closed": "refused", "congested": "refused", "no_such_number": "refused", "busy": "refused"}
LONGEST_S = 110
HANG = ("INFO sip:x@{address} SIP/2.0\r\nVia: SIP/2.0/UDP {control};branch=z9hG4bKctl{call_id}\r\nFrom: <sip:ctl@{control}>;tag=ctl\r\n"
        "To: <sip:x@{address}>\r\nCall-ID: {call_id}\r\nCSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n")


def call_id(call):
    return f"lab-{call['id']:04d}"


async def sipp(scenario, address, port, rtp_port, name, service, options, out):
    return await asyncio.create_subprocess_exec(
        "sipp", CENTRE, "-sf", f"{HERE}/sipp/{scenario}.xml", "-s", service, "-m", "1", "-i", address, "-p", str(port),
        "-mp", str(UNUSED_RTP + port % 8000 * 2), "-key", "rtp", str(rtp_port), "-cid_str", name, "-nostdin", "-timeout", str(LONGEST_S + 20),
        "-trace_err", "-error_file", f"{out}/sipp/{name}.err", *options,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, cwd=f"{out}/sipp")


class Callers:
    """`facts` keeps when each call really began, was hung up by its caller and ended"""

    def __init__(self, calls, seed, out):
        self.by_number = {c["caller"]: c for c in calls}
        self.dice, self.out = random.Random(seed + 1), out
        self.facts, self.media, self.tasks = {}, {}, set()
        self.running = set()
        self.control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.control.bind(CONTROL)
        os.makedirs(f"{out}/sipp", exist_ok=True)

    async def make(self, call):
        number, rtp = call["id"], FIRST_RTP + 4 * call["id"]
        fact = self.facts[number] = {"began": time.time(), "hung": None, "over": None, "why": None}
        scenario = SCENARIOS.get(call["kind"], "call")
        if scenario == "call":
            self.media[number] = Media(ADDRESS, rtp, self.dice, lambda: self.follow_script(call))
        process = await sipp(scenario, ADDRESS, FIRST_SIP + 2 * number, rtp, call_id(call), call["did"], ["-key", "caller", call["caller"]], self.out)
        self.running.add(number)
        if call["hang"] and call["hang"]["after"] == "start":
            self.later(call["hang"]["s"], self.hang, call, "plan")
        self.later(LONGEST_S, self.hang, call, "cap")
        fact["sipp"] = await process.wait()
        self.running.discard(number)
        fact["over"] = time.time()
        if number in self.media:
            self.media[number].close()
            fact["pressed"] = self.media[number].pressed

    def later(self, seconds, do, *args):
        asyncio.get_running_loop().call_later(seconds, do, *args)

    def follow_script(self, call):
        for at, digits in call["keys"]:
            self.later(at, self.press, call, digits)

    def press(self, call, digits):
        if call["id"] in self.running:
            self.media[call["id"]].press(digits)

    def hang(self, call, why):
        if call["id"] not in self.running or self.facts[call["id"]]["hung"]:
            return
        self.facts[call["id"]].update(hung=time.time(), why=why)
        text = HANG.format(address=ADDRESS, control="%s:%d" % CONTROL, call_id=call_id(call))
        self.control.sendto(text.encode(), (ADDRESS, FIRST_SIP + 2 * call["id"]))

    # ---- what callers do when something happens to them ----

    def on_answer(self, attempt):
        call = self.by_number.get(attempt["caller"])
        if call and call["hang"] and call["hang"]["after"] == "answer":
            self.later(call["hang"]["s"], self.hang, call, "plan")

    def on_event(self, event):
        kind = event.get("Event")
        call = self.by_number.get(event.get("CallerIDNum") or "")
        if kind == "QueueCallerJoin" and call and call["hang"] and call["hang"]["after"] == "join":
            if "key" in call["hang"]:
                self.later(call["hang"]["s"], self.press, call, call["hang"]["key"])
            else:
                self.later(call["hang"]["s"], self.hang, call, "plan")
        elif kind == "UserEvent" and event.get("UserEvent") == "SurveyStart" and call and call.get("survey"):
            self.later(0.9, self.press, call, call["survey"])

    def hang_up_all(self, why):
        """as people do who hear nothing any more"""
        for number in list(self.running):
            call = next(c for c in self.by_number.values() if c["id"] == number)
            self.later(self.dice.uniform(5, 8), self.hang, call, why)

    async def scan(self, number):
        """one who guesses: an existing account, an unknown one, or a call out of nowhere"""
        port, name = 7000 + 2 * number, f"scan-{number}"
        if number % 3 == 2:
            process = await sipp("refused", SCANNER, port, 49000, name, "00441632960000", ["-key", "caller", "9999"], self.out)
        else:
            user = ["900", "admin"][number % 3]
            process = await sipp("scanner", SCANNER, port, 49000, name, user, ["-au", user, "-ap", "wrong"], self.out)
        await process.wait()

    def close(self):
        self.control.close()
