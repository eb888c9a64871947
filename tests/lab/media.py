"""RTP and RTCP of one end of a call: sends 50 packets a second and key presses, counts what comes (RFC 3550, RFC 4733)."""

import asyncio
import socket
import struct
import time

PACKET_S = 0.02
SAMPLES = 160
PCMU, TELEPHONE_EVENT = 0, 101
KEYS = {c: i for i, c in enumerate("0123456789*#")}
PRESS_PACKETS, LAST_PACKETS, PAUSE_PACKETS = 6, 3, 5
REPORT_S = 2.0
NTP_EPOCH = 2208988800  # seconds from 1900 to 1970
TONE = bytes([0xFF, 0xE0, 0xD5, 0xE0, 0xFF, 0x60, 0x55, 0x60] * (SAMPLES // 8))  # 1 kHz, mu-law


class Received:
    """what RFC 3550 A.1, A.3 and A.8 keep of one stream that comes in"""

    def __init__(self, ssrc, seq):
        self.ssrc, self.base, self.highest, self.cycles, self.packets = ssrc, seq, seq, 0, 0
        self.jitter, self.transit = 0.0, None
        self.expected_before = self.packets_before = 0

    def add(self, seq, stamp, now):
        if 0 < (seq - self.highest) & 0xFFFF < 0x8000:
            self.cycles += 0x10000 if seq < self.highest else 0
            self.highest = seq
        self.packets += 1
        transit = now * 8000 - stamp
        if self.transit is not None:
            self.jitter += (min(abs(transit - self.transit), 8000) - self.jitter) / 16
        self.transit = transit

    def report(self, heard_sr):
        """a report block, RFC 3550 6.4.1"""
        highest = self.cycles + self.highest
        expected = highest - self.base + 1
        new, got = expected - self.expected_before, self.packets - self.packets_before
        self.expected_before, self.packets_before = expected, self.packets
        fraction = max(0, (new - got) * 256 // new) if new > 0 else 0
        lost = max(0, expected - self.packets)
        since = int((time.time() - heard_sr[1]) * 65536) if heard_sr else 0
        return struct.pack("!IIIIII", self.ssrc, min(fraction, 255) << 24 | lost, highest & 0xFFFFFFFF, int(self.jitter),
                           heard_sr[0] if heard_sr else 0, since)


class Media:
    """one end; on_first is called when the first packet arrives, which is when sending begins unless begin() did"""

    def __init__(self, address, port, dice, on_first=None):
        self.rtp, self.rtcp = self.open(address, port), self.open(address, port + 1)
        self.ssrc, self.seq, self.stamp = dice.getrandbits(32), dice.randrange(1000, 30000), dice.getrandbits(30)
        self.peer, self.on_first, self.heard, self.heard_sr = None, on_first, None, None
        self.sent = self.octets = 0
        self.presses = []
        self.task = None
        self.pressed = ""

    def open(self, address, port):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((address, port))
        s.setblocking(False)
        asyncio.get_running_loop().add_reader(s.fileno(), self.read, s)
        return s

    def begin(self, peer):
        self.peer = peer
        if self.task is None:
            self.task = asyncio.get_running_loop().create_task(self.send_all())

    def press(self, digits):
        self.presses += list(digits)

    def close(self):
        if self.task:
            self.task.cancel()
        for s in (self.rtp, self.rtcp):
            asyncio.get_running_loop().remove_reader(s.fileno())
            s.close()

    def read(self, s):
        try:
            data, peer = s.recvfrom(2048)
        except OSError:  # nothing there after all, or an ICMP error about something sent before
            return
        now = time.time()
        if s is self.rtcp:
            if len(data) >= 28 and data[1] == 200:
                self.heard_sr = (struct.unpack("!I", data[10:14])[0], now)
            return
        if len(data) < 12:
            return
        _, _, seq, stamp, ssrc = struct.unpack("!BBHII", data[:12])
        if self.heard is None or self.heard.ssrc != ssrc:
            self.heard = Received(ssrc, seq)
        self.heard.add(seq, stamp, now)
        if self.peer is None:
            self.begin(peer)
            if self.on_first:
                self.on_first()

    def packet(self, payload_type, marker, stamp, payload):
        head = struct.pack("!BBHII", 0x80, payload_type | (0x80 if marker else 0), self.seq & 0xFFFF, stamp & 0xFFFFFFFF, self.ssrc)
        self.seq += 1
        self.sent += 1
        self.octets += len(payload)
        self.emit(self.rtp, head + payload, self.peer)

    @staticmethod
    def emit(s, data, peer):
        try:
            s.sendto(data, peer)
        except OSError:  # the other end is gone; it will hang up
            pass

    def slots(self):
        """one packet every 20 ms, for ever: speech, or a key that is pressed"""
        first = True
        while True:
            if not self.presses:
                yield PCMU, first, self.stamp, TONE
                first = False
                continue
            key = self.presses.pop(0)
            began = self.stamp
            for i in range(PRESS_PACKETS + LAST_PACKETS):
                end = 0x80 if i >= PRESS_PACKETS else 0
                yield TELEPHONE_EVENT, i == 0, began, struct.pack("!BBH", KEYS[key], end | 10, min(i + 1, PRESS_PACKETS) * SAMPLES)
            self.pressed += key
            for _ in range(PAUSE_PACKETS):
                yield PCMU, False, self.stamp, TONE

    async def send_all(self):
        due = time.monotonic()
        next_report = due + 1
        for payload_type, marker, stamp, payload in self.slots():
            self.packet(payload_type, marker, stamp, payload)
            self.stamp += SAMPLES
            due += PACKET_S
            if due >= next_report:
                self.report()
                next_report += REPORT_S
            await asyncio.sleep(max(0, due - time.monotonic()))

    def report(self):
        now = time.time()
        block = self.heard.report(self.heard_sr) if self.heard else b""
        sr = struct.pack("!BBHIIIIII", 0x80 | (1 if block else 0), 200, 6 + len(block) // 4, self.ssrc, int(now) + NTP_EPOCH,
                         int(now % 1 * 2**32), self.stamp & 0xFFFFFFFF, self.sent, self.octets)
        name = b"lab"
        item = struct.pack("!IBB", self.ssrc, 1, len(name)) + name + b"\0"
        item += b"\0" * (-len(item) % 4)
        sdes = struct.pack("!BBH", 0x81, 202, len(item) // 4)
        self.emit(self.rtcp, sr + block + sdes + item, (self.peer[0], self.peer[1] + 1))
