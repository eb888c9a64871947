"""What the source `ami` must tell beside a queue_log: hold, callers who were refused, what variables say, muted recordings, and
every five seconds the state of every queue; while it is connected, and a Gap while it is not."""

import plan as plans

SLOT_S = 5
HOUR_S = 3600          # log-ins are counted an hour,
TELL_S = 300           # and told every five minutes while they grow
MOMENT_MS = 60         # one event of Asterisk against another
COMMIT_S = 0.3         # a kill takes what was told in so short a time before it: commit_interval of the agent (200 ms), and a little
WAIT_MS = 560          # who came while nobody listened: Asterisk lists waits in whole seconds, of which the middle is told
SETTLED_S = 0.3        # a state that changed nearer to a slot's beginning may be told either way
WRAP_UP_S = 1.3        # queues.conf: members are not ready at once after a call
RECONNECT_S = 4.0      # product's back-off in this lab is at most 2 s
LOGIN_S = 0.2          # from the connection to the first event
REPORT_US = 100_000    # from a report on the wire to its event
CHECKPOINT_S = 7.0     # what is heard is known to have been when a gauge is told: every slot, and a tick and a commit later
BEFORE_STOP_S = 3      # who left so shortly before a stop may have been stopped: nobody can tell
LATE_US = 2 * 10**6    # from what was done to when the connection ended, or until when it is known to have been heard
EITHER = ("live", "replayed")


class AmiTruth:
    def __init__(self, truth):
        self.truth, self.happened, self.manager = truth, truth.happened, truth.manager
        ends = [cut[0] for cut in self.happened["ami_cuts"]] + self.happened["kills"] + [truth.restart, self.happened["stopped"]]
        self.connections = [(began, min(end for end in ends if end > began)) for began in self.happened["ami_joined"]]
        self.windows = [(began + 1.0, ended - (COMMIT_S if ended in self.happened["kills"] else 0)) for began, ended in self.connections]
        self.cut = self.happened["ami_cuts"][0]
        self.back = min(began for began in self.happened["ami_joined"] if began > self.cut[0])

    def whole(self, since, until):
        """was it connected all the time?"""
        return any(began < since and until < ended for began, ended in self.windows)

    def heard(self, moment):
        return any(began < moment < ended for began, ended in self.connections)

    def process(self, moment):
        """which run of the agent program, as its beginning and its end"""
        starts, ends = self.happened["starts"], self.happened["kills"] + [self.happened["stopped"]]
        return [(began, ended) for began, ended in zip(starts, ends) if began < moment][-1]

    def all(self):
        for step in (self.contacts, self.refused, self.facts, self.payments, self.gauges, self.gaps, self.restart, self.reports, self.logins):
            step()

    def contacts(self):
        for call, entry, fields in self.truth.told:
            key = {"contact": self.truth.contact(entry.linkedid), "queue": entry.queue, "source": "ami"}
            until = self.truth.ended(call)
            if not entry.connected or not self.whole(entry.joined, until):
                self.truth.expect("QueueContact", call, key, {}, EITHER)
                continue
            mine = dict(fields, at_us=[int(entry.joined * 1e6), MOMENT_MS * 1000], hold_ms=[self.held_ms(entry), 2 * MOMENT_MS])
            mine["wait_ms"] = [fields["wait_ms"][0], MOMENT_MS]
            mine["talk_ms"] = [fields["talk_ms"][0] - mine["hold_ms"][0], 2 * MOMENT_MS]  # without hold, as nobody else can tell it
            self.truth.expect("QueueContact", call, key, mine)

    def held_ms(self, entry):
        phone = [h for a in self.truth.rung_for(entry) for h in a["holds"]]
        if phone:
            return round(1000 * sum(ended - began for began, ended in phone))
        return round(1000 * sum(h["ended"] - h["began"] for h in self.manager.holds
                                if h["linkedid"] == entry.linkedid and entry.connected < h["began"] < (entry.over or h["ended"])))

    def refused(self):
        for call in self.truth.plan["calls"]:
            told = call["expect"].get("refused")
            if not told or call["caller"] not in self.manager.channels:
                continue
            uniqueid, began = self.manager.channels[call["caller"]]
            fields = {"outcome": [told["outcome"], None], "ended_by": [told["ended_by"], None], "customer": [self.truth.customer(call["caller"]), None]}
            whole = self.whole(began, self.truth.ended(call))
            self.truth.expect("QueueContact", call, {"contact": self.truth.contact(uniqueid), "queue": told["queue"], "source": "ami"}, fields,
                              () if whole else EITHER)

    def facts(self):
        for call in self.truth.plan["calls"]:
            uniqueid, began = self.manager.channels.get(call["caller"], (None, 0))
            if uniqueid is None or call["did"] != "5000":
                continue
            whole = self.whole(began, self.truth.ended(call)) or self.known_before_the_cut(began)
            fields = {"language_wanted": ["de", None]} if whole else {}
            if whole and call["known"]:
                fields.update(customer=[self.truth.customer("C%05d" % call["id"]), None], recognised=[True, None])
            self.truth.expect("ContactFact", call, {"contact": self.truth.contact(uniqueid), "source": "ami"}, fields, () if whole else EITHER)

    def known_before_the_cut(self, began):
        """the dialplan says all of it at once; the call goes on over the cut, or is told when that is over"""
        return began < self.cut[0] - 1 and self.whole(began, self.cut[0] - 1)

    def payments(self):
        for call in self.truth.plan["calls"]:
            if call.get("covered") == "mute" and call["caller"] in self.manager.channels:
                uniqueid, began = self.manager.channels[call["caller"]]
                whole = self.whole(began, self.truth.ended(call))
                self.truth.expect("Payment", call, {"contact": self.truth.contact(uniqueid), "source": "ami"},
                                  {"recorded": [True, None], "covered": [True, None]} if whole else {}, () if whole else EITHER)

    # ---- the state of queues ----

    def gauges(self):
        first = int(self.windows[0][0]) // SLOT_S * SLOT_S
        for slot in range(first, int(self.happened["stopped"]) + SLOT_S, SLOT_S):
            for queue in plans.QUEUES:
                self.gauge(slot, queue, () if self.whole(slot - 1, slot + 1) else EITHER)

    def gauge(self, at, queue, optional):
        fields = {} if optional else {**self.waiting(at, queue), **self.agents(at, queue)}
        self.truth.expect("Gauge", f"{queue} at {at}", {"at_us": at * 10**6, "queue": queue, "source": "ami"}, fields, optional)

    def waiting(self, at, queue):
        stays = [(e.joined, e.connected or e.left or self.truth.restart) for e in self.manager.entries if e.queue == queue]
        if any(abs(at - moment) < SETTLED_S for stay in stays for moment in stay):
            return {}
        here = [joined for joined, left in stays if joined < at < left]
        longest = round(1000 * (at - min(here))) if here else 0
        exact = all(self.whole(joined, joined) and self.process(joined) == self.process(at) for joined in here)
        return {"waiting": [len(here), None], "longest_wait_ms": [longest, MOMENT_MS if exact else WAIT_MS]}

    def agents(self, at, queue):
        """ready, busy, paused members; none where one of them changes just then"""
        states = [self.member(at, number, queue) for number in plans.QUEUES[queue]["members"]]
        if None in states:
            return {}
        return {f"agents_{state}": [states.count(state), None] for state in ("ready", "busy", "paused")}

    def member(self, at, number, queue):
        if queue == plans.DYNAMIC and not self.logged_in(at):
            return None
        moments, state = [], "ready"
        for a in self.happened["attempts"]:
            if a["extension"] == number:
                ended = a["ended"] or at + 60
                moments += [a["invited"], ended]
                if any(t["by"] == number and a["invited"] < t["t"] < ended and t["t"] - SETTLED_S < at < ended + WRAP_UP_S for t in self.manager.transfers):
                    return None  # who passed a call on is free for the queue at once, and hangs up when the phone is told
                state = None if state and ended < at < ended + WRAP_UP_S else "busy" if a["invited"] < at < ended else state
        for p in self.happened["pauses"]:
            if p["name"] == plans.AGENTS[number]:
                until = self.paused_until(p)
                moments += [p["at"], until]
                state = "paused" if p["at"] < at < until else state
        return None if any(abs(at - m) < SETTLED_S for m in moments) else state

    def paused_until(self, p):
        """app_queue keeps over a restart only members who logged in (dump_queue_members): one of queues.conf is ready again"""
        stays = p["queue"] == plans.DYNAMIC or not self.truth.in_flight(p["at"], p["until"])
        return p["until"] if stays else self.truth.restart

    def logged_in(self, at):
        return self.happened["zero"] - 0.5 < at < self.happened["stopped"] - 16

    # ---- what receivers say, who logs in ----

    def reports(self):
        """loss between the first report and the last that was heard of a stream; which those were, the record says"""
        for record in self.truth.records["MediaStream"]:
            if record["source"] == "ami":
                flow = (int(record["ssrc"]), int(record["src_port"]) & ~1, int(record["dst_port"]) & ~1)
                near = [lost for t, lost in self.truth.reports.get(flow, []) if int(record["at_us"]) - REPORT_US < t < int(record["seen_us"]) + REPORT_US]
                fields = {"lost": [near[-1] - near[0] if len(near) > 1 else None, None], "measured_by": ["endpoint", None], **self.over_the_cut(flow[0])}
                self.truth.expect("MediaStream", f"reports on {flow[0]:08x} by ami", {"ssrc": flow[0], "src_port": record["src_port"], "source": "ami"}, fields)

    def over_the_cut(self, ssrc):
        """a stream whose channel tells of it before and after the cut is told as one"""
        said = self.manager.reported.get(ssrc, [])
        before = [(t, who) for t, who in said if self.heard(t) and t < self.cut[0] and self.process(t) == self.process(self.back)]
        after = [t for t, who in said if before and who == before[-1][1] and t > self.back + LOGIN_S]
        if not after:
            return {}
        return {"at_us": [int(before[0][0] * 1e6), REPORT_US], "seen_us": [int(after[-1] * 1e6), REPORT_US]}

    def logins(self):
        """an hour and a service, by each run of the agent program; a kill takes what was not told yet"""
        for began, ended in zip(self.happened["starts"], self.happened["kills"] + [None]):
            heard = [login for login in self.manager.logins if self.heard(login["t"]) and began < login["t"] < (ended or login["t"] + 1)]
            for hour in sorted({int(login["t"] // HOUR_S) for login in heard}):
                self.logins_of([login for login in heard if login["t"] // HOUR_S == hour], (hour + 1) * HOUR_S, ended)

    def early(self, heard):
        """log-ins of the agents before the lab's own client was back after the restart: who came first may have heard of the other"""
        back = min([login["t"] for login in self.manager.logins if login["t"] > self.truth.restart], default=0)
        came = sum(self.truth.restart < t < back for t in self.happened["ami_joined"] + self.happened["alone_joined"])
        return came if heard[0]["t"] < self.truth.restart < heard[-1]["t"] else 0

    def logins_of(self, heard, hour_ends, killed):
        first = heard[0]["t"]
        told = int((killed - first) // TELL_S) * TELL_S + first if killed and killed < hour_ends else None
        for service in sorted({login["service"] for login in heard}):
            mine = [login for login in heard if login["service"] == service]
            failed = [login["failed"] for login in mine if told is None or login["t"] < told]
            edge = self.early(heard) if service == "AMI" else 0
            if failed:
                self.truth.expect("Posture", f"log-ins by {service}", {"check": "auth_failures", "subject": service, "source": "ami"},
                                  {"at_us": [int(mine[0]["t"] * 1e6), MOMENT_MS * 1000], "part": [sum(failed), None], "whole": [len(failed) + edge / 2, edge / 2] if edge else [len(failed), None]})

    # ---- not connected ----

    def gaps(self):
        """the restart, the kill and the cut: in their order, for a Gap is found by its reason"""
        down = [(self.truth.restart, [t for t in self.happened["booted"] if t > self.truth.restart][0], "restart of Asterisk"),
                (self.happened["kills"][0], self.happened["starts"][1], "agent that was killed"),
                (*self.happened["ami_cuts"][0], "manager connection that was cut")]
        for began, ended, why in sorted(down):
            known = [began - CHECKPOINT_S / 2, CHECKPOINT_S / 2] if why.startswith("agent") else [began, LATE_US / 1e6]
            self.truth.expect("Gap", f"the {why}", {"reason": "source_down", "source": "ami", "part": "ami"},
                              {"at_us": [int(1e6 * t) for t in known], "to_us": [int(ended * 1e6), RECONNECT_S * 1e6]})

    def restart(self):
        """who was in a queue then has no end: docs/sources/queue_log.md"""
        booted = [t for t in self.happened["booted"] if t > self.truth.restart][0]
        waited = [e for e in self.manager.entries if self.truth.in_flight(e.joined, e.connected or e.left)]
        either = [e for e in self.manager.entries if e.left and not e.connected and 0 < self.truth.restart - e.left <= BEFORE_STOP_S]
        lost = [len(waited) + len(either) / 2, len(either) / 2]
        self.truth.expect("Gap", "the restart of Asterisk", {"reason": "pbx_restart", "source": "ami", "part": "ami"},
                          {"at_us": [int(self.truth.restart * 1e6), LATE_US], "to_us": [int(booted * 1e6), LATE_US], "lost": lost})
