"""The agents' phones: one small SIP user agent (RFC 3261, UDP) on which every extension answers as the plan of the caller says.

What really happened (rang, answered, held, over, and by whom) is kept in `attempts`: one side of the truth. It does not
register and repeats nothing: on a loopback nothing is lost but what the lab loses on purpose, and that is media only.
"""

import asyncio
import random
import re
import time

from media import Media

PHONES = ("127.0.0.20", 5060)
CENTRE = ("127.0.0.10", 5060)
FIRST_PORT, PORTS = 14000, 4000
ANSWER_S = 5
EXPERT = {"ring": 1.0, "talk": 6.0, "act": "hang"}      # 601, 602: to whom calls are handed
CUSTOMER = {"ring": 1.5, "talk": 30.0, "act": "wait"}   # one who is called back
CODE_BLIND, CODE_ATTENDED, AFTER_CODE_S = "##", "*2", 1.8  # features.conf


class Message:
    """a request or response; headers keep their order, names are compared in lower case"""

    def __init__(self, data):
        head, _, self.body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        lines = head.split("\r\n")
        self.first = lines[0].split(" ", 2)
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if ":" in line]

    def all(self, name):
        return [v for k, v in self.headers if k.lower() == name]

    def get(self, name):
        values = self.all(name)
        return values[0] if values else ""

    @property
    def is_request(self):
        return self.first[0] != "SIP/2.0"

    @property
    def media_peer(self):
        address, port = re.search(r"^c=IN IP4 (\S+)", self.body, re.M), re.search(r"^m=audio (\d+)", self.body, re.M)
        return (address.group(1), int(port.group(1))) if address and port else None


def user_of(header):
    found = re.search(r"sips?:([^@;>]+)@", header)
    return found.group(1) if found else ""


def sdp(port, direction="sendrecv", version=1):
    return (f"v=0\r\no=phone 1 {version} IN IP4 {PHONES[0]}\r\ns=-\r\nc=IN IP4 {PHONES[0]}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n"
            f"a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na={direction}\r\n")


class Call:
    """one INVITE that rang one phone, to its end"""

    def __init__(self, phones, invite, port):
        self.phones, self.invite, self.port = phones, invite, port
        self.tag = "ph%d" % port
        self.cseq, self.version = 1, 1
        self.answered, self.over = False, asyncio.Event()
        self.replies = {}     # CSeq of ours -> future of its final response
        self.last = None      # our last response to the INVITE, for a repeated one
        self.media = None
        self.route = [f"Route: {v}" for v in invite.all("record-route")]  # RFC 3261 12.1.1: as they came, for who is called
        self.fact = {"extension": user_of(invite.first[1]), "caller": user_of(invite.get("from")), "invited": time.time(),
                     "answered": None, "ended": None, "by": None, "holds": []}

    def respond(self, request, status, reason, body=""):
        lines = [f"SIP/2.0 {status} {reason}"]
        lines += [f"Via: {v}" for v in request.all("via")]
        lines += [f"Record-Route: {v}" for v in request.all("record-route")]
        to = request.get("to")
        to += "" if ";tag=" in to or status == 100 else f";tag={self.tag}"
        lines += [f"From: {request.get('from')}", f"To: {to}", f"Call-ID: {request.get('call-id')}", f"CSeq: {request.get('cseq')}",
                  f"Contact: <sip:{self.fact['extension']}@{PHONES[0]}:{PHONES[1]}>", "User-Agent: LabPhone/1.0"]
        data = self.phones.send(lines, body)
        if request.first[0] == "INVITE":
            self.last = data

    def request(self, method, extra=(), body=""):
        """within the dialog; the roles of From and To are turned round. Gives a future of the final status."""
        self.cseq += 1
        target = re.search(r"<([^>]+)>", self.invite.get("contact"))
        lines = [f"{method} {target.group(1)} SIP/2.0",
                 f"Via: SIP/2.0/UDP {PHONES[0]}:{PHONES[1]};branch=z9hG4bK{self.tag}x{self.cseq}", "Max-Forwards: 70",
                 f"From: {self.invite.get('to')};tag={self.tag}", f"To: {self.invite.get('from')}",
                 f"Call-ID: {self.invite.get('call-id')}", f"CSeq: {self.cseq} {method}",
                 f"Contact: <sip:{self.fact['extension']}@{PHONES[0]}:{PHONES[1]}>", *self.route, *extra]
        self.phones.send(lines, body)
        reply = asyncio.get_running_loop().create_future()
        self.replies[self.cseq] = reply
        return reply

    def acknowledge(self, cseq):
        target = re.search(r"<([^>]+)>", self.invite.get("contact"))
        self.phones.send([f"ACK {target.group(1)} SIP/2.0",
                          f"Via: SIP/2.0/UDP {PHONES[0]}:{PHONES[1]};branch=z9hG4bK{self.tag}a{cseq}", "Max-Forwards: 70",
                          f"From: {self.invite.get('to')};tag={self.tag}", f"To: {self.invite.get('from')}",
                          f"Call-ID: {self.invite.get('call-id')}", f"CSeq: {cseq} ACK", *self.route], "")

    def end(self, by):
        if not self.over.is_set():
            self.fact.update(ended=time.time(), by=by)
            self.over.set()
            if self.media:
                self.media.close()

    # ---- what the person at the phone does ----

    async def live(self, does):
        self.respond(self.invite, 100, "Trying")
        if does.get("act") == "busy":
            self.respond(self.invite, 486, "Busy Here")
            self.end("busy")
            return
        self.respond(self.invite, 180, "Ringing")
        if does.get("act") == "never" or not await self.stays(does["ring"]):
            return
        self.media = Media(PHONES[0], self.port, self.phones.dice)
        self.fact["answered"], self.answered = time.time(), True
        self.respond(self.invite, 200, "OK", sdp(self.port))
        self.media.begin(self.invite.media_peer)
        self.phones.on_answer(self.fact)
        await self.talk(does)

    async def stays(self, seconds):
        """False when the call is over before"""
        try:
            await asyncio.wait_for(self.over.wait(), seconds)
            return False
        except asyncio.TimeoutError:
            return True

    async def talk(self, does):
        if does["act"] == "wait":
            await self.over.wait()
            return
        if not await self.stays(does["talk"]):
            return
        if does["act"] == "hold":
            await self.hold(does["hold"])
        elif does["act"] == "refer":
            self.request("REFER", [f"Refer-To: <sip:{does['to']}@{CENTRE[0]}>", f"Referred-By: <sip:{self.fact['extension']}@{PHONES[0]}>"])
            await self.stays(8)
        elif does["act"] in ("code", "attended"):
            self.media.press(CODE_BLIND if does["act"] == "code" else CODE_ATTENDED)
            await self.stays(AFTER_CODE_S)
            self.media.press(does["to"])
            await self.stays(8 if does["act"] == "code" else 6)
        self.hang()

    async def hold(self, seconds):
        began = time.time()
        await self.offer("sendonly")
        await self.stays(seconds)
        await self.offer("sendrecv")
        self.fact["holds"].append([began, time.time()])
        await self.stays(1)

    async def offer(self, direction):
        if self.over.is_set():
            return
        self.version += 1
        reply = self.request("INVITE", ["Content-Type: application/sdp"], sdp(self.port, direction, self.version))
        try:
            await asyncio.wait_for(reply, ANSWER_S)
        except asyncio.TimeoutError:  # the centre stopped meanwhile
            self.end("silence")

    def hang(self):
        if not self.over.is_set():
            self.request("BYE")
            self.end("phone")


class Phones(asyncio.DatagramProtocol):
    """all extensions; `plans` gives what the phone does for a caller: see plan.py, key `agent`"""

    def __init__(self, plans, seed, on_answer):
        self.plans, self.dice, self.on_answer = plans, random.Random(seed), on_answer
        self.calls, self.attempts, self.tasks = {}, [], set()
        self.heard_of = {}   # caller -> how many phones rang for it, and how many answered
        self.ports = 0

    async def open(self):
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=PHONES)

    def send(self, lines, body):
        if body and not any(line.startswith("Content-Type") for line in lines):
            lines = [*lines, "Content-Type: application/sdp"]
        data = ("\r\n".join([*lines, f"Content-Length: {len(body)}"]) + "\r\n\r\n" + body).encode()
        self.transport.sendto(data, CENTRE)
        return data

    def behaviour(self, extension, caller):
        if extension in ("601", "602"):
            return EXPERT
        if extension.startswith("5"):
            return CUSTOMER
        plan = self.plans.get(caller) or {"ring": 1.0, "talk": 3.0, "act": "hang"}
        rang, answered = self.heard_of.get(caller, (0, 0))
        self.heard_of[caller] = (rang + 1, answered)
        if answered:
            plan = plan.get("again", {"ring": 1.0, "talk": 3.0, "act": "hang"})
        if rang < plan.get("busy", 0):
            return {"act": "busy"}
        if rang < plan.get("misses", 0):
            return {"act": "never"}
        if plan["act"] != "never":
            self.heard_of[caller] = (rang + 1, answered + 1)
        return plan

    def datagram_received(self, data, peer):
        message = Message(data)
        call = self.calls.get(message.get("call-id"))
        if not message.is_request:
            self.take_response(call, message)
        elif message.first[0] == "INVITE":
            self.take_invite(call, message)
        elif call:
            self.take_request(call, message)

    def take_invite(self, call, message):
        if call and ";tag=" in message.get("to"):
            call.respond(message, 200, "OK", sdp(call.port, version=call.version))
        elif call:
            self.transport.sendto(call.last, CENTRE)
        else:
            self.ports = (self.ports + 4) % PORTS
            call = Call(self, message, FIRST_PORT + self.ports)
            self.calls[message.get("call-id")] = call
            self.attempts.append(call.fact)
            task = asyncio.get_running_loop().create_task(call.live(self.behaviour(call.fact["extension"], call.fact["caller"])))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def take_request(self, call, message):
        method = message.first[0]
        if method == "ACK":
            return
        call.respond(message, 200, "OK")
        if method == "BYE":
            call.end("centre")
        elif method == "CANCEL" and not call.answered:
            call.respond(call.invite, 487, "Request Terminated")
            call.end("cancel")
        elif method == "NOTIFY" and "SIP/2.0 200" in message.body:
            call.hang()

    def take_response(self, call, message):
        number, method = message.get("cseq").split()
        if call is None or int(message.first[1]) < 200:
            return
        if method == "INVITE":
            call.acknowledge(int(number))
        reply = call.replies.pop(int(number), None)
        if reply and not reply.done():
            reply.set_result(int(message.first[1]))
