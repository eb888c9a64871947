"""What an agent program must tell that has nothing but the manager interface: every contact and every call, also those that talk while
its connection is cut. It is not killed."""

HOST = "pbx2"
MARK = ", ami alone"   # its records are kinds of their own
CONTACT, CALL = "QueueContact" + MARK, "Call" + MARK
MOMENT_MS = 60         # one event of Asterisk against another
CALL_MS = 400          # from the end of the caller's channel to that of the call
NEAR_S = 0.3           # moments so close to a loss of the connection that either side is right
LIKE_CEL = ("SelfServiceVisit", "Handoff", "Survey", "SurveyOffer", "Callback", "Payment", "ContactFact")
EITHER = ("live", "replayed")


class AloneTruth:
    def __init__(self, truth):
        self.truth, self.happened = truth, truth.happened
        self.cut = self.happened["ami_cuts"][0][0]
        self.back = min(t for t in self.happened["alone_joined"] if t > self.cut)

    def all(self):
        for call in self.truth.plan["calls"]:
            if call["caller"] in self.truth.manager.channels:
                self.call(call)
                self.refused(call)
        for call, entry, fields in self.truth.told:
            self.contact(call, entry, fields)
        self.as_the_log()

    def heard(self, moment):
        """it happened while it was connected, for sure; the restart is another matter"""
        return moment is not None and not self.cut - NEAR_S < moment < self.back + NEAR_S

    def over_the_cut(self, since, until):
        return since < self.cut - NEAR_S and until > self.back + NEAR_S

    def near_restart(self, since, until):
        return since < self.truth.restart + 4 and until > self.truth.restart - 4

    # ---- contacts ----

    def contact(self, call, entry, fields):
        key = {"contact": self.truth.contact(entry.uniqueid), "queue": entry.queue, "source": "ami"}
        over = (entry.over if entry.connected else entry.left) or entry.joined
        sure = self.heard(entry.joined) and self.heard(entry.connected or entry.left) and self.heard(over)
        if self.near_restart(entry.joined, max(over, self.truth.ended(call))) or not sure or self.consulting(call, entry, over):
            self.truth.expect(CONTACT, call, key, {}, EITHER)
            return
        mine = {name: fields[name] for name in ("outcome", "customer", "agent", "connects", "position") if name in fields}
        mine.update(at_us=[int(entry.joined * 1e6), MOMENT_MS * 1000], wait_ms=[fields["wait_ms"][0], MOMENT_MS])
        if entry.connected:
            mine.update(self.talk(entry, over))
        self.truth.expect(CONTACT, call, key, mine)

    def refused(self, call):
        told = call["expect"].get("refused")
        if told:
            uniqueid, began = self.truth.manager.channels[call["caller"]]
            sure = self.heard(began) and self.heard(self.truth.ended(call)) and not self.near_restart(began, self.truth.ended(call))
            self.truth.expect(CONTACT, call, {"contact": self.truth.contact(uniqueid), "queue": told["queue"], "source": "ami"},
                              {"outcome": [told["outcome"], None]} if sure else {}, () if sure else EITHER)

    def consulting(self, call, entry, over):
        """an agent who asks somebody else just then is not in one bridge with the caller; when that begins, nobody says"""
        return call["kind"].startswith("attended") and entry.connected is not None and self.over_the_cut(entry.connected, over)

    def talk(self, entry, over):
        """over the cut with what the agent held, of which nobody knows"""
        spoke = round(1000 * (over - entry.connected))
        if self.over_the_cut(entry.connected, over):
            return {"talk_ms": [spoke, MOMENT_MS], "hold_ms": [None, None]}
        held = sum(h["ended"] - h["began"] for h in self.truth.manager.holds
                   if h["linkedid"] == entry.linkedid and entry.connected < h["began"] < over)
        return {"talk_ms": [spoke - round(1000 * held), 2 * MOMENT_MS], "hold_ms": [round(1000 * held), 2 * MOMENT_MS]}

    # ---- calls ----

    def as_the_log(self):
        """channel events say the same, whichever way they come, but for what they do not say"""
        calls = {self.truth.who(call): call for call in self.truth.plan["calls"] if call["caller"] in self.truth.manager.channels}
        for e in [e for e in self.truth.expected if e["kind"] in LIKE_CEL and e["key"].get("source") == "cel"]:
            call = calls[e["who"]]
            began, ended = self.truth.manager.channels[call["caller"]][1], self.truth.ended(call)
            whole = ended < self.cut - NEAR_S or began > self.back + NEAR_S
            sure = whole and not self.near_restart(began, ended)
            fields = dict(e["fields"])
            if e["kind"] == "Payment" and call["covered"] == "mute":
                fields["covered"] = [True, None]  # no channel event knows of it, but the manager interface does
            self.truth.expect(e["kind"] + MARK, call, dict(e["key"], source="ami"), fields if sure else {}, e["optional"] if sure else EITHER)
            if e["kind"] == "Handoff" and not whole:  # what the agent asked before the cut is told besides, as a consultation
                self.truth.expect(e["kind"] + MARK, call, dict(e["key"], source="ami"), {}, EITHER)

    def call(self, call):
        uniqueid, began = self.truth.manager.channels[call["caller"]]
        ended = self.truth.ended(call)
        key = {"contact": self.truth.contact(uniqueid), "source": "ami"}
        if self.near_restart(began, ended) or not self.heard(began) or not self.heard(ended):
            self.truth.expect(CALL, call, key, {}, EITHER)
            return
        answers = [e.connected for e in self.truth.entries.get(call["caller"], []) if e.connected]
        fields = {"at_us": [int(began * 1e6), MOMENT_MS * 1000], "duration_ms": [round(1000 * (ended - began)), CALL_MS],
                  "customer": [self.truth.customer(call["caller"]), None], "direction": ["inbound", None]}
        if all(self.heard(t) for t in answers):
            fields["agent_answered"] = [bool(answers) or (None if self.over_the_cut(began, ended) else False), None]
        self.truth.expect(CALL, call, key, fields)
