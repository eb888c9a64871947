"""From the plan and from what really happened to what must stand in the evidence: the expectations compare.py holds it against.

    truth.py OUT        writes OUT/result.json: expectations, records, checks

Sources of truth, none of them cxmeter: the plan (who does what), the phones and callers (facts.json), the manager
interface as the lab's own client heard it (times), and tshark (packets).
"""

import glob
import json
import os
import sys

import manager as managers
import plan as plans
import pseudonym
import truth_alone
import truth_ami
import wire

CDR_SETTLE_S = 62     # a call of the call records is told when no row can come any more
SECOND = 1100        # logs of whole seconds against exact times
LATE_MAX_S = 0.7      # for people of the plan, who wait for seconds
PBX_LATE_MAX_S = 0.3  # for the PBX, whose moments are compared; it answers a new call within some 0.15 s
BEFORE_STOP_S = 3
TIE_S = 0.3           # the caller leaves while the phone has rung for long enough
RING_TIMEOUT_S = 5    # queues.conf
HANDED_S = 5          # docs/sources/cel.md: who speaks for less after a hand-off was lost by it
UNANNOUNCED_PACKETS = 4      # of a stream whose SDP nobody heard, before it is believed to be one
REPORTED_LATER_US = 8 * 10**6
MIRROR_SLACK_US = 100000   # a PBX stamps a message when it handles it, the kernel when it passes
CLOSED = [["QueueContact", "queue_log"], ["AgentSpan", "queue_log"], ["Gap", "queue_log"], ["SelfServiceVisit", "cel"], ["Handoff", "cel"],
          ["Survey", "cel"], ["SurveyOffer", "cel"], ["Callback", "cel"], ["Payment", "cel"], ["ContactFact", "cel"], ["Call", "cel"],
          ["Call", "cdr"], ["Dialog", "capture"], ["MediaStream", "capture"], ["Gap", "capture"], ["Dialog", "hep"], ["MediaStream", "hep"], ["QueueContact", "ami"], ["ContactFact", "ami"],
          ["Payment", "ami"], ["Gauge", "ami"], ["MediaStream", "ami"], ["Posture", "ami"], ["Gap", "ami"], ["Gap", "hep"],
          [truth_alone.CONTACT, "ami"], [truth_alone.CALL, "ami"], *[[kind + truth_alone.MARK, "ami"] for kind in truth_alone.LIKE_CEL]]
EITHER = ("live", "replayed")
STREAM_IDLE_US = 9 * 10**6
CREDENTIALS_US = 33 * 10**6  # so long a request that was refused for want of a password may be tried again: 64 * T1 (RFC 3261 17.1.1.2) and a tick
CENTRE, PHONES = "127.0.0.10", "127.0.0.20"
MINE = {"closed": "5002", "congested": "5003"}
JITTER_ABSURD_US = 10**6  # timestamps that jump when Asterisk changes what it sends: tshark counts the jump, RFC 3550 does not say
NEAR_S = 0.2              # moments so close to a kill or restart that either side is right


def dialog_fields(d, name, centre, slack_us=0):
    """what a Dialog of this dialog (wire.py) must say; slack_us: how exact the clock of who saw it is"""
    slack_ms = 1 + slack_us / 1000
    fields = {"at_us": [d["at"], slack_us], "final_status": [d["final"] or None, None], "customer": [name.of("customer", d["user"]), None],
              "direction": ["outbound" if d["src"] == centre else "inbound", None], "reinvites": [len(d["reinvites"]), None],
              "holds": [d["holds"], None], "refers": [len(d["refers"]), None], "transport": ["udp", None]}
    if d["first"]:
        fields["request_delay_ms"] = [(d["first"] - d["at"]) / 1000, slack_ms]
    if d["answered"]:
        fields["setup_ms"] = [(d["answered"] - d["at"]) / 1000, slack_ms]
        fields["end"] = ["bye" if d["bye"] else "cut", None]
    elif d["final"]:
        fields["end"] = ["cancelled" if d["cancelled"] else "rejected", None]
    if d["bye"] and d["answered"]:
        fields["session_ms"] = [(d["bye"] - d["answered"]) / 1000, slack_ms]
    if d["bye"] and d["bye_answered"]:
        fields["disconnect_delay_ms"] = [(d["bye_answered"] - d["bye"]) / 1000, slack_ms]
    return fields


class Truth:
    def __init__(self, out):
        self.out = out
        with open(f"{out}/facts.json") as f:
            facts = json.load(f)
        self.plan, self.happened = facts["plan"], facts["happened"]
        self.name = pseudonym.Pseudonyms(f"{out}/site.key")
        self.manager = managers.Manager(f"{out}/manager.ami")
        self.by_caller = {c["caller"]: c for c in self.plan["calls"]}
        self.entries = {}
        for e in self.manager.entries:
            self.entries.setdefault(e.caller, []).append(e)
        self.restart = self.happened["restart"]
        self.faults = {"f01_rotation_in_mid_call": self.happened["rotated"], "f11_asterisk_restart": self.restart,
                       "capture_killed": self.happened["kills"][0]}
        if "ami" in self.happened["sources"]:
            self.faults["f13_ami_disconnect"] = self.happened["ami_cuts"][0][0]
        self.expected = []
        self.told = []  # contacts that queue_log tells: call, entry, fields

    # ---- helpers ----

    def expect(self, kind, of, key, fields, optional=()):
        """`of`: the call it is of, or words; `optional`: rounds in which the record may be absent, but must be right if it is there"""
        is_call = isinstance(of, dict)
        self.expected.append({"kind": kind, "who": self.who(of) if is_call else of, "faults": self.faults_of(of) if is_call else [],
                              "key": key, "fields": fields, "optional": list(optional)})

    def faults_of(self, call):
        """what happened while the call lasted; the names are those of docs/lab.md"""
        fact = self.happened["calls"][str(call["id"])]
        return [name for name, at in self.faults.items() if fact["began"] < at < (fact["over"] or at + 1)]

    def contact(self, uniqueid):
        return self.name.of("contact", uniqueid)

    def customer(self, number):
        return self.name.of("customer", number)

    @staticmethod
    def who(call):
        return f"call {call['id']} ({call['kind']})"

    def attempts(self, caller):
        return [a for a in self.happened["attempts"] if a["caller"] == caller]

    def late_s(self):
        """how much longer than in the middle this machine took at worst to let the people of the plan, and the PBX, do their next step"""
        took = sorted(self.manager.channels[call["caller"]][1] - self.happened["calls"][str(call["id"])]["began"]
                      for call in self.plan["calls"] if call["caller"] in self.manager.channels)
        return self.happened["late_s"], took[-1] - took[len(took) // 2]

    def rung_for(self, entry):
        """a phone may have its INVITE before the manager interface tells that the caller has joined"""
        return [a for a in self.attempts(entry.caller) if a["invited"] > entry.joined - TIE_S]

    def ended(self, call):
        """when the caller's call was over for the centre"""
        uniqueid = self.manager.channels[call["caller"]][0]
        return self.manager.hangups.get(uniqueid) or self.happened["calls"][str(call["id"])]["over"]

    def in_flight(self, since, until):
        """whoever comes between the order to stop and the stop meets it as well"""
        return since < max(self.restart, self.manager.shutdown or 0) and (until is None or until > self.restart)

    # ---- contacts in queues ----

    def contacts(self):
        for call in self.plan["calls"]:
            entries = self.entries.get(call["caller"], [])
            planned = call["expect"].get("contacts", [])
            for i, entry in enumerate(entries):
                self.one_contact(call, entry, planned[i] if i < len(planned) else {})

    def one_contact(self, call, entry, planned):
        fields = {"at_us": [int(entry.joined * 1e6), SECOND * 1000], "customer": [self.customer(entry.caller), None],
                  "position": [entry.position, None], "ring_no_answers": [self.unanswered(entry), None]}
        if fields["ring_no_answers"][0] is None:
            del fields["ring_no_answers"]
        fields["wait_ms"] = [round(1000 * ((entry.connected or entry.left or self.restart) - entry.joined)), SECOND]
        for name in ("outcome", "ended_by", "transfer"):
            if name in planned:
                fields[name] = [planned[name], None]
        if not entry.left and not entry.connected or self.in_flight(entry.joined, entry.connected or entry.left):
            fields.update(outcome=["pbx_stopped", None], ended_by=["system", None])
            for name in ("transfer", "ring_no_answers"):  # whose phone rang in the moment of the stop is Asterisk's guess
                fields.pop(name, None)
        elif fields.get("outcome") == ["abandoned", None] and 0 <= int(self.restart) - int(entry.left) <= BEFORE_STOP_S:
            for name in ("outcome", "ended_by"):  # docs/sources/queue_log.md, Restarts: so shortly before a stop nobody can tell
                fields.pop(name)
        elif self.cut_in_talk(call, entry):
            for name in ("ended_by", "transfer"):
                fields.pop(name, None)
            fields["outcome"] = ["answered", None]
        if entry.connected:
            self.answered_fields(entry, fields)
        self.expect("QueueContact", call, {"contact": self.contact(entry.uniqueid), "queue": entry.queue, "source": "queue_log"}, fields)
        self.told.append((call, entry, fields))

    def cut_in_talk(self, call, entry):
        return entry.connected and self.in_flight(entry.connected, entry.over)

    def answered_fields(self, entry, fields):
        took = [a for a in self.attempts(entry.caller) if a["answered"] and abs(a["answered"] - entry.connected) < 1.0]
        fields["connects"] = [1, None]
        fields["agent"] = [self.name.of("staff", entry.member), None]
        if took:
            fields["ring_ms"] = [round(1000 * (took[0]["answered"] - took[0]["invited"])), SECOND]
        fields["talk_ms"] = [round(1000 * ((entry.over or self.restart) - entry.connected)), SECOND]

    def unanswered(self, entry):
        """phones that rang for this entry and gave up, or were busy, while the caller waited on; None where both ended at once"""
        until = entry.connected or entry.left or self.restart
        left = min(until, self.restart if entry.joined < self.restart else until)
        rang = [a for a in self.rung_for(entry) if not a["answered"] and a["invited"] < left]
        if any(abs((a["ended"] or left) - left) < TIE_S and (a["ended"] or left) - a["invited"] > RING_TIMEOUT_S - TIE_S for a in rang):
            return None
        return sum(1 for a in rang if (a["ended"] or left) < left - TIE_S)

    # ---- calls ----

    def calls(self):
        for call in self.plan["calls"]:
            if call["caller"] not in self.manager.channels:
                continue
            uniqueid, began = self.manager.channels[call["caller"]]
            entries = self.entries.get(call["caller"], [])
            duration = round(1000 * (self.ended(call) - began))
            fields = {"customer": [self.customer(call["caller"]), None], "direction": ["inbound", None],
                      "agent_answered": [any(e.connected for e in entries), None]}
            key = {"contact": self.contact(uniqueid)}
            cel = dict(fields, at_us=[int(began * 1e6), 50000], duration_ms=[duration, 400])
            cdr = dict(fields, at_us=[int(began * 1e6), SECOND * 1000], duration_ms=[duration, 2 * SECOND])
            self.expect("Call", call, dict(key, source="cel"), cel)
            settled = self.ended(call) + CDR_SETTLE_S < self.happened["stopped"]
            self.expect("Call", call, dict(key, source="cdr"), cdr, () if settled else ("live",))

    # ---- self-service ----

    def visits(self):
        for call in self.plan["calls"]:
            uniqueid, _ = self.manager.channels.get(call["caller"], (None, 0))
            began = self.manager.menus.get(uniqueid)
            if began is None:
                continue
            entries = self.entries.get(call["caller"], [])
            until = entries[0].joined if entries else self.manager.asked.get(uniqueid) or self.ended(call)
            fields = {name: [value, None] for name, value in call["expect"].get("visit", {}).items()}
            fields["at_us"] = [int(began * 1e6), 50000]
            if self.in_flight(began, until):
                fields = {"at_us": fields["at_us"]}
            if "refused" not in call["expect"]:
                fields["duration_ms"] = [round(1000 * (until - began)), 400]
            self.expect("SelfServiceVisit", call, {"contact": self.contact(uniqueid), "source": "cel"}, fields)

    # ---- hand-offs ----

    def handoffs(self):
        for t in self.manager.transfers:
            entries = [e for e in self.manager.entries if e.linkedid == t["linkedid"] and e.connected and e.connected < t["t"]]
            entry = entries[-1]
            call = self.by_caller[entry.caller]
            planned = call["expect"].get("handoff", {})
            fields = {"at_us": [int(t["t"] * 1e6), 50000], "kind": [t["kind"], None], "from_queue": [entry.queue, None],
                      "from_agent": [self.staff(t["by"], entry), None]}
            took = [a for a in self.happened["attempts"] if a["caller"] == entry.caller and a["answered"] and a["answered"] > entry.connected + 0.5]
            done = bool(took) or t["kind"] == "attended"
            fields["to_role"] = ["queue" if "to_queue" in planned else "person", None]
            if "to_queue" in planned:
                fields["to_queue"] = [planned["to_queue"], None]
            if self.in_flight(t["t"] - 2, t["t"] + 2):  # a stop may itself make the transfer that was being asked about
                fields = {k: fields[k] for k in ("at_us", "kind", "from_queue", "from_agent")}
            else:
                fields["answered"] = [done, None]
                spoke_until = max([t["t"]] + [a["answered"] for a in took]) + HANDED_S  # if the restart does not end it before
                if not self.in_flight(t["t"], spoke_until) or self.restart < spoke_until - NEAR_S:
                    fields["lost"] = [not done or self.in_flight(t["t"], spoke_until), None]
            self.expect("Handoff", call, {"contact": self.contact(t["linkedid"]), "source": "cel"}, fields)

    def staff(self, extension, entry):
        return self.name.of("staff", plans.AGENTS.get(extension, extension))

    # ---- after the call ----

    def surveys(self):
        for call in self.plan["calls"]:
            uniqueid, began = self.manager.channels.get(call["caller"], (None, 0))
            key = {"contact": self.contact(uniqueid), "source": "cel"} if uniqueid else None
            if uniqueid not in self.manager.surveys:
                if uniqueid and self.in_flight(began, self.ended(call)):  # the stop ended the talk, and the dialplan went on for a moment
                    self.expect("SurveyOffer", call, key, {}, EITHER)
                continue
            pressed = call.get("survey", "")  # a digit, "" for none
            asked = self.manager.surveys[uniqueid]
            stopped = self.in_flight(asked, asked + 4)  # before the answer or behind it
            queue = self.entries[call["caller"]][-1].queue
            fields = {"customer": [self.customer(call["caller"]), None]}
            if not stopped:
                fields["accepted"] = [bool(pressed), None]
            self.expect("SurveyOffer", call, key, fields)
            if pressed:
                self.expect("Survey", call, key, {"value": [pressed, None], "kind": ["csat", None], "queue": [queue, None]}, EITHER if stopped else ())

    def callbacks(self):
        for call in self.plan["calls"]:
            promised = call["expect"].get("callback")
            if promised and call["caller"] in self.manager.channels:
                uniqueid, began = self.manager.channels[call["caller"]]
                self.expect("Callback", call, {"customer": self.customer(call["caller"]), "source": "cel"}, {"contact": [self.contact(uniqueid), None]},
                            EITHER if self.in_flight(began, self.ended(call)) else ())

    def payments(self):
        for call in self.plan["calls"]:
            paid = call["expect"].get("payment")
            if paid and call["caller"] in self.manager.channels and not self.in_flight(self.manager.channels[call["caller"]][1], self.ended(call)):
                self.expect("Payment", call, {"contact": self.contact(self.manager.channels[call["caller"]][0]), "source": "cel"},
                            {"recorded": [True, None], "covered": [paid["covered"], None]})

    def recognised(self):
        for call in self.plan["calls"]:
            if call["known"] and call["did"] in ("5000", "5001") and call["caller"] in self.manager.channels and call["kind"] != "cancels":
                self.expect("ContactFact", call, {"contact": self.contact(self.manager.channels[call["caller"]][0]), "source": "cel"},
                            {"recognised": [True, None]})

    # ---- agents ----

    def spans(self):
        for p in self.happened["pauses"]:
            cut = self.in_flight(p["at"], p["until"])
            end = self.restart if cut else p["until"]
            self.expect("AgentSpan", f"pause of {p['name']}", {"agent": self.name.of("staff", p["name"]), "queue": p["queue"], "state": "paused", "source": "queue_log"},
                        {"at_us": [int(p["at"] * 1e6), SECOND * 1000], "duration_ms": [round(1000 * (end - p["at"])), SECOND],
                         "reason": [p["reason"], None], "cut": [cut, None]})
        for number in plans.QUEUES[plans.DYNAMIC]["members"]:
            self.expect("AgentSpan", f"log-in of {number}", {"agent": self.name.of("staff", f"PJSIP/{number}"), "queue": plans.DYNAMIC, "state": "logged_in", "source": "queue_log"},
                        {"cut": [True, None]})

    def gaps(self):
        stopped = [r for r in self.records["QueueContact"] if r["outcome"] == "pbx_stopped"]
        self.expect("Gap", "the restart of Asterisk", {"reason": "pbx_restart", "source": "queue_log"},
                    {"at_us": [int(self.restart * 1e6), 2 * SECOND * 1000], "lost": [len(stopped), None]})
        for killed, started in zip(self.happened["kills"], self.happened["starts"][1:]):
            for source in [s for s in ("capture", "hep") if s in self.happened["sources"]]:
                self.expect("Gap", f"the {source} that was killed", {"reason": "source_down", "source": source},
                            {"at_us": [int(killed * 1e6), 2000000], "to_us": [int(started * 1e6), 1500000]})

    # ---- the wire ----

    def capture_windows(self):
        """stretches in which a capture listened, in microseconds"""
        kills = [int(k * 1e6) for k in self.happened["kills"]]
        starts = [int(s * 1e6) for s in self.happened["starts"]]
        return list(zip(starts, kills + [2**62]))

    def heard_whole(self, first, last, idle_us=STREAM_IDLE_US):
        """True: within one listening; None: near its end, where what is finished may not be out yet; False: across one"""
        for began, ended in self.capture_windows():
            if began + 500_000 < first and last < ended - idle_us:
                return True
            if began < first and last < ended:
                return None
        return False

    def dialogs(self):
        for d in wire.dialogs(f"{self.out}/all.pcap"):
            whole = self.heard_whole(d["at"], d["last"], CREDENTIALS_US if d["final"] in (401, 407) else STREAM_IDLE_US)
            if whole is False:
                continue
            fields = dialog_fields(d, self.name, CENTRE)
            without_end = d["answered"] and not d["bye"] and d["at"] < self.happened["kills"][0] * 1e6  # of the restart; open when the agent was killed
            optional = EITHER if whole is None or without_end else ()
            self.expect("Dialog", f"Call-ID {d['call_id']}", {"contact": self.contact(d["call_id"]), "source": "capture"}, fields, optional)
            if "hep" in self.happened["sources"]:
                self.expect("Dialog", f"Call-ID {d['call_id']}, mirrored", {"contact": self.contact(d["call_id"]), "source": "hep"},
                            dialog_fields(d, self.name, CENTRE, MIRROR_SLACK_US), optional)

    def streams(self):
        arrivals = wire.packets(f"{self.out}/all.pcap")
        self.reports = wire.reports(f"{self.out}/all.pcap")
        self.mirrored_reports()
        for s in wire.streams(f"{self.out}/all.pcap"):
            mine = arrivals.get((s["ssrc"], s["src_port"], s["dst_port"]), [])
            key = {"ssrc": s["ssrc"], "src_port": s["src_port"], "dst_port": s["dst_port"], "source": "capture"}
            whole = self.heard_whole(s["begin"], s["end"])
            if whole is False:
                self.later_half(key, s, mine)
            else:
                unproven = s["packets"] < UNANNOUNCED_PACKETS and s["begin"] > self.happened["kills"][0] * 1e6
                self.whole_stream(key, s, wire.duplicates(mine), EITHER if whole is None or unproven else ())

    def whole_stream(self, key, s, duplicates, optional):
        fields = {"at_us": [s["begin"], 1], "seen_us": [s["end"], 1], "packets": [s["packets"] - duplicates, None], "lost": [s["lost"] + duplicates, None],
                  "duplicated": [duplicates, None], "src_addr": [self.name.of("address", s["src"]), None],
                  "dst_addr": [self.name.of("address", s["dst"]), None]}
        if s["jitter_max_us"] < JITTER_ABSURD_US and s["packets"] > 2:
            fields["jitter_mean_us"] = [s["jitter_us"], max(1.1, 0.01 * s["jitter_us"])]
        said = [lost for t, lost in self.reports.get((s["ssrc"], s["src_port"], s["dst_port"]), []) if s["begin"] < t < s["end"] + REPORTED_LATER_US]
        if said and not optional:
            fields["remote_lost"] = [said[-1], None]
        self.expect("MediaStream", f"stream {s['ssrc']:08x}:{s['src_port']}", key, fields, optional)

    def mirrored_reports(self):
        """what the PBX mirrors of RTCP: each record has the loss of the last report that was mirrored. Asterisk stops
        mirroring when a channel is handed over, so the record says which report was the last."""
        for record in self.records["MediaStream"]:
            if record["source"] == "hep":
                flow = (int(record["ssrc"]), int(record["src_port"]), int(record["dst_port"]))
                said = [lost for t, lost in self.reports.get(flow, []) if abs(t - int(record["seen_us"])) < MIRROR_SLACK_US]
                self.expect("MediaStream", f"reports on {flow[0]:08x}", {"ssrc": flow[0], "src_port": flow[1], "source": "hep"},
                            {"remote_lost": [said[-1] if said else "a report", None], "measured_by": ["endpoint", None]})

    def later_half(self, key, s, arrivals):
        """a stream that a killed capture had begun: the next one has the rest of it, and counts that right"""
        same = {name: str(key[name]) for name in ("ssrc", "src_port", "dst_port")}
        for record in self.records["MediaStream"]:
            if all(record[name] == value for name, value in same.items()) and record["source"] == "capture":
                half = [a for a in arrivals if int(record["at_us"]) <= a[0] <= int(record["seen_us"])]
                packets, lost = wire.counted(half)
                self.expect("MediaStream", f"the rest of stream {s['ssrc']:08x}", key,
                            {"at_us": [half[0][0], 1], "packets": [packets, None], "lost": [lost, None]})

    # ---- what must never be seen, and what must be seen of the run itself ----

    def checks(self):
        return {"raw identities": self.identities(), "the run": self.run_faults()}

    def identities(self):
        raw = [c["caller"] for c in self.plan["calls"]] + list(plans.AGENTS.values()) + ["lab-0001", "127.0.0.40"]
        raw += [e.uniqueid for e in self.manager.entries[:5]]
        wrong = []
        for path in sorted(glob.glob(f"{self.out}/evidence.db*") + glob.glob(f"{self.out}/*.log") + glob.glob(f"{self.out}/spool*/*")):
            with open(path, "rb") as f:
                data = f.read()
            wrong += [f"{os.path.basename(path)} holds {text}" for text in raw if text.encode() in data]
        return wrong

    def run_faults(self):
        h = self.happened
        wrong = [f"the lab itself: {text}" for text in h["failed"]]
        wrong += [f"the lab itself: {self.who(c)} never came to the centre" for c in self.plan["calls"]
                  if c["kind"] != "no_such_number" and c["caller"] not in self.manager.channels]
        wrong += [f"{h['unfinished']} calls never ended"] if h["unfinished"] else []
        wrong += [f"the agent ended with {h['agent_exit']}"] if h["agent_exit"] else []
        wrong += [f"the agent with ami alone ended with {h['alone_exit']}"] if h.get("alone_exit") else []
        wrong += [f"the replay ended with {h['replay_exit']}"] if h["replay_exit"] else []
        wrong += [f"the collector ended with {h['collector_exit']}"] if h["collector_exit"] else []
        return wrong

    # ---- all ----

    def load_records(self, when):
        out = {}
        for path in glob.glob(f"{self.out}/{when}/*.json"):
            with open(path) as f:
                records = json.load(f)
            kind = os.path.basename(path)[:-5]
            out[kind] = [r for r in records if r["host"] != truth_alone.HOST]
            out[kind + truth_alone.MARK] = [r for r in records if r["host"] == truth_alone.HOST]
        return out

    def result(self):
        self.records = self.load_records("live")
        for step in (self.contacts, self.calls, self.visits, self.handoffs, self.surveys, self.callbacks, self.payments, self.recognised, self.spans,
                     self.gaps, self.dialogs, self.streams):
            step()
        if "ami" in self.happened["sources"]:
            truth_ami.AmiTruth(self).all()
        if self.happened.get("alone"):
            truth_alone.AloneTruth(self).all()
        return {"expected": self.expected, "faults": list(self.faults), "closed": [c for c in CLOSED if c[1] in self.happened["sources"]], "checks": self.checks(),
                "rounds": {"live": self.records, "replayed": self.load_records("replayed")}}


def main():
    out = sys.argv[1]
    truth = Truth(out)
    people, pbx = truth.late_s()
    if people > LATE_MAX_S or pbx > PBX_LATE_MAX_S:  # they did other things than the plan says, or at other times: nothing is known
        print(f"lab: INVALID: other work kept the people of the plan from going on for {people:.1f} s, the PBX for {pbx:.1f} s; run it again when it is quiet")
        sys.exit(3)
    print(f"  this machine kept the people of the plan waiting for {people:.2f} s at the longest, the PBX for {pbx:.2f} s")
    result = truth.result()
    with open(f"{out}/result.json", "w") as f:
        json.dump(result, f, indent=0)


if __name__ == "__main__":
    main()
