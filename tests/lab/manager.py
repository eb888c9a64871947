"""What the manager interface told the lab's own client, with microseconds: who came, waited, was connected and left."""

import ami


def stamp(event):
    return float(event.get("Timestamp", 0))


class Entry:
    """one caller in one queue"""

    def __init__(self, event):
        self.uniqueid, self.linkedid, self.queue = event["Uniqueid"], event["Linkedid"], event["Queue"]
        self.caller, self.position, self.joined = event["CallerIDNum"], int(event["Position"]), stamp(event)
        self.connected = self.left = self.over = self.member = self.abandoned = self.phone = None


class Manager:
    def __init__(self, path):
        self.entries, self.channels, self.surveys, self.transfers, self.hangups, self.menus, self.asked = [], {}, {}, [], {}, {}, {}
        self.shutdown, self.booted, self.holds, self.parked, self.logins = None, [], [], {}, []
        self.open, self.reported = {}, {}
        with open(path, "rb") as f:
            for event in ami.events(f.read()):
                take = getattr(self, "on_" + event.get("Event", "none"), None)
                if take:
                    self.take(take, event)

    @staticmethod
    def take(take, event):
        try:
            take(event)
        except KeyError:  # the restart ends the connection in the middle of an event
            pass

    def on_QueueCallerJoin(self, event):
        entry = Entry(event)
        self.entries.append(entry)
        self.open[(entry.uniqueid, entry.queue)] = entry

    def entry(self, event):
        return self.open.get((event["Uniqueid"], event["Queue"]))

    def on_AgentConnect(self, event):
        entry = self.entry(event)
        if entry:
            entry.connected, entry.member, entry.phone = stamp(event), event["MemberName"], event.get("DestUniqueid")

    def on_QueueCallerLeave(self, event):
        entry = self.entry(event)
        if entry:
            entry.left = entry.left or stamp(event)

    def on_AgentComplete(self, event):
        if "Uniqueid" in event:
            entry = self.entry(event)
        elif "DestUniqueid" in event:  # the caller's channel is gone already: only the agent's is named
            entry = next((e for e in self.open.values() if e.phone and e.phone == event["DestUniqueid"]), None)
        else:  # so is the agent's, who had one caller at a time
            talked = [e for e in self.open.values() if e.connected and e.member == event["MemberName"] and e.queue == event["Queue"]]
            entry = max(talked, key=lambda e: e.connected, default=None)
        if entry:
            entry.over = entry.over or stamp(event)
        for uniqueid in [u for u, (_, linkedid) in self.parked.items() if linkedid == event.get("Linkedid", event.get("DestLinkedid"))]:
            self.end_hold(uniqueid, stamp(event))  # a consultation that became the transfer

    def on_Newchannel(self, event):
        """the first channel of a caller is the call"""
        if event["Channel"].startswith("PJSIP/carrier-"):
            self.channels.setdefault(event["CallerIDNum"], (event["Uniqueid"], stamp(event)))

    def on_Hangup(self, event):
        self.hangups.setdefault(event["Uniqueid"], stamp(event))

    def on_Newexten(self, event):
        if event["Context"].startswith("ivr-"):
            self.menus.setdefault(event["Uniqueid"], stamp(event))
        if event["Extension"] == "0" or event["Context"] == "queue-keys":
            self.asked.setdefault(event["Uniqueid"], stamp(event))

    def on_UserEvent(self, event):
        if event["UserEvent"] == "SurveyStart":
            self.surveys[event["Uniqueid"]] = stamp(event)

    def on_BlindTransfer(self, event):
        self.transfers.append({"t": stamp(event), "kind": "blind", "linkedid": event["TransfereeLinkedid"], "by": event["TransfererCallerIDNum"]})

    def on_AttendedTransfer(self, event):
        self.transfers.append({"t": stamp(event), "kind": "attended", "linkedid": event["OrigTransfererLinkedid"], "by": event["OrigTransfererCallerIDNum"]})

    def on_Hold(self, event):
        self.parked[event["Uniqueid"]] = (stamp(event), event["Linkedid"])

    def on_Unhold(self, event):
        self.end_hold(event["Uniqueid"], stamp(event))

    def end_hold(self, uniqueid, ended):
        began, linkedid = self.parked.pop(uniqueid, (None, None))
        if began:
            self.holds.append({"linkedid": linkedid, "began": began, "ended": ended})

    def login(self, event):
        self.logins.append({"t": stamp(event), "service": event["Service"], "failed": event["Event"] != "SuccessfulAuth"})

    on_SuccessfulAuth = on_InvalidPassword = on_InvalidAccountID = on_ChallengeResponseFailed = login

    def report(self, event):
        """who told of a stream; a report without a channel is of one that is gone"""
        if event["ReportCount"] != "0":
            self.reported.setdefault(int(event["Report0SourceSSRC"], 16), []).append((stamp(event), event["Uniqueid"]))

    on_RTCPReceived = on_RTCPSent = report

    def on_Shutdown(self, event):
        self.shutdown = self.shutdown or stamp(event)

    def on_FullyBooted(self, event):
        self.booted.append(stamp(event))
