"""What tshark says about the packets of a run: SIP dialogs and RTP streams, independent of everything that is measured."""

import re
import subprocess

SIP_FIELDS = ["frame.time_epoch", "ip.src", "ip.dst", "sip.Call-ID", "sip.Method", "sip.Status-Code", "sip.CSeq.method", "sip.CSeq.seq",
              "sip.from.user", "sip.to.tag", "sdp.media_attr", "sip.from.tag"]
STREAM_LINE = re.compile(r"\s*(?P<begin>[\d.]+)\s+(?P<end>[\d.]+)\s+(?P<src>[\d.]+)\s+(?P<sport>\d+)\s+(?P<dst>[\d.]+)\s+(?P<dport>\d+)\s+"
                         r"0x(?P<ssrc>[0-9A-Fa-f]+)\s+\S.*?\s+(?P<packets>\d+)\s+(?P<lost>-?\d+)\s+\(-?[\d.]+%\)\s+(?P<rest>.*)")
HOLD = ("sendonly", "inactive")
DUPLICATE_WINDOW = 64


def tshark(pcap, *options):
    done = subprocess.run(["tshark", "-n", "-r", pcap, *options], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"tshark {' '.join(options)}: {done.stderr.strip()}")
    return done.stdout


def messages(pcap):
    fields = [f for name in SIP_FIELDS for f in ("-e", name)]
    for line in tshark(pcap, "-Y", "sip and not icmp", "-T", "fields", *fields).splitlines():
        time, src, dst, call_id, method, status, cseq_method, cseq, user, to_tag, media, from_tag = line.split("\t")
        yield {"t": float(time), "us": time_us(time), "src": src, "dst": dst, "call_id": call_id, "method": method, "status": int(status or 0),
               "cseq_method": cseq_method, "cseq": cseq, "user": user, "to_tag": to_tag, "media": media.split(","), "from_tag": from_tag}


def time_us(text):
    """1795366249.362524000 -> 1795366249362524, without a detour through a float"""
    seconds, _, fraction = text.partition(".")
    return int(seconds) * 10**6 + int((fraction + "000000")[:6])


def dialogs(pcap):
    """one dict per Call-ID that an INVITE began; times in microseconds since 1970"""
    out = {}
    for m in messages(pcap):
        d = out.get(m["call_id"])
        if d is None and m["method"] == "INVITE" and not m["to_tag"]:
            d = out[m["call_id"]] = {"call_id": m["call_id"], "at": m["us"], "src": m["src"], "dst": m["dst"], "user": m["user"], "cseq": m["cseq"],
                                     "from_tag": m["from_tag"], "final": 0, "first": 0, "answered": 0, "bye": 0, "bye_path": None, "bye_answered": 0,
                                     "cancelled": False, "reinvites": [], "holds": 0, "refers": set(), "last": 0}
        if d is not None:
            follow(d, m)
    return list(out.values())


def follow(d, m):
    """one more message of a dialog; where a proxy passes messages on, the hop on which a request was seen first counts"""
    d["last"] = m["us"]
    path = (m["src"], m["dst"])
    if m["method"] == "INVITE" and m["to_tag"]:
        if m["cseq"] not in d["reinvites"]:
            d["reinvites"].append(m["cseq"])
            d["holds"] += any(a in HOLD for a in m["media"])
    elif m["method"] == "REFER":
        d["refers"].add(m["cseq"])
    elif m["method"] == "CANCEL":
        d["cancelled"] = True
    elif m["method"] == "BYE":
        d["bye"] = d["bye"] or m["us"]
        d["bye_path"] = d["bye_path"] or path
    elif m["status"] > 100 and m["cseq_method"] == "INVITE" and m["cseq"] == d["cseq"] and path == (d["dst"], d["src"]) and not d["answered"]:
        d["first"] = d["first"] or m["us"]
        if m["status"] >= 200:
            d["final"] = m["status"]
            d["answered"] = m["us"] if m["status"] < 300 else 0
    elif m["status"] >= 200 and m["cseq_method"] == "BYE" and d["bye_path"] == path[::-1]:
        d["bye_answered"] = d["bye_answered"] or m["us"]


def streams(pcap):
    """one dict per stream of `-z rtp,streams`: tshark knows them by SDP alone, as we ask it to; jitter in microseconds"""
    zero = time_us(tshark(pcap, "-c", "1", "-T", "fields", "-e", "frame.time_epoch").strip())
    for line in tshark(pcap, "-q", "-z", "rtp,streams").splitlines():
        found = STREAM_LINE.match(line)
        if not found:
            continue
        s = found.groupdict()
        numbers = [float(x) for x in s["rest"].split() if re.fullmatch(r"-?[\d.]+", x)]
        yield {"begin": zero + time_us(s["begin"]), "end": zero + time_us(s["end"]), "src": s["src"], "src_port": int(s["sport"]), "dst": s["dst"],
               "dst_port": int(s["dport"]), "ssrc": int(s["ssrc"], 16), "packets": int(s["packets"]), "lost": int(s["lost"]),
               "jitter_us": numbers[4] * 1000, "jitter_max_us": numbers[5] * 1000}


def packets(pcap):
    """(ssrc, ports) -> [(time in us, sequence number)] of every stream, in order of arrival"""
    out = {}
    fields = ["frame.time_epoch", "rtp.ssrc", "udp.srcport", "udp.dstport", "rtp.seq"]
    for line in tshark(pcap, "-Y", "rtp and not icmp", "-T", "fields", *[f for name in fields for f in ("-e", name)]).splitlines():
        time, ssrc, src_port, dst_port, seq = line.split("\t")
        out.setdefault((int(ssrc, 16), int(src_port), int(dst_port)), []).append((time_us(time), int(seq)))
    return out


def reports(pcap):
    """(ssrc, its port, the port it is sent to) -> [(time in us, cumulative loss)]: what the receiver of a stream says of it in RTCP"""
    out = {}
    fields = ["frame.time_epoch", "udp.srcport", "udp.dstport", "rtcp.ssrc.identifier", "rtcp.ssrc.cum_nr"]
    for line in tshark(pcap, "-Y", "rtcp.ssrc.cum_nr and not icmp", "-T", "fields", *[f for name in fields for f in ("-e", name)]).splitlines():
        time, src_port, dst_port, ssrcs, lost = line.split("\t")
        key = (int(ssrcs.split(",")[0], 16), int(dst_port) - 1, int(src_port) - 1)
        out.setdefault(key, []).append((time_us(time), int(lost.split(",")[0])))
    return out


def duplicates(arrivals):
    """packets whose number came before; tshark counts them as packets, and so as less lost"""
    recent, found = [], 0
    for _, seq in arrivals:
        found += seq in recent
        recent = recent[-DUPLICATE_WINDOW:] + [seq]
    return found


def counted(arrivals):
    """packets and lost of a stretch of a stream, RFC 3550 A.3, up to the last packet that arrived; duplicates not counted"""
    expected = ((arrivals[-1][1] - arrivals[0][1]) & 0xFFFF) + 1
    received = len(arrivals) - duplicates(arrivals)
    return received, expected - received
