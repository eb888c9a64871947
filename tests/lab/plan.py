"""The plan of a run: every call with what its caller, its agent and so the evidence must do, from one seed.

A call is a dict: id, kind, caller, start (seconds after the beginning), did, keys ([seconds after the first packet of
media, digits]), hang (when the caller hangs up), agent (what the phone that rings does) and expect (what must be told
of it). Nothing here knows Asterisk or cxmeter; what is expected follows from what people do.
"""

import random

AGENTS = {
    "101": "Ana Lima", "102": "Bruno Reis", "103": "Carla Dias", "104": "Davi Rocha",
    "105": "Elisa Nunes", "106": "Fabio Melo", "107": "Gina Prado", "108": "Hugo Vaz",
    "109": "Ines Couto", "110": "Joao Sa", "111": "Karen Luz", "112": "Leo Braga", "113": "Mara Pinto",
}
# how members are named in queues.conf decides what queue_log can know (behind Local/ it misses a phone's own transfers)
QUEUES = {
    "sales": {"members": ["101", "102", "103", "104"], "through": "PJSIP"},
    "support": {"members": ["105", "106", "107", "108"], "through": "PJSIP"},
    "billing": {"members": ["109", "110", "111"], "through": "Local"},
    "desk": {"members": ["113"], "through": "PJSIP"},
}
DYNAMIC = "support"  # its members log in by AMI
OPERATOR = "112"
EXPERTS = ["601", "602"]
MENU = {"sales": "1", "support": "2", "billing": "3", "balance": "4", "callback": "5", "pay": "6", "desk": "8"}
QUEUE_TIMEOUT_S = {"sales": 90, "support": 90, "billing": 12, "desk": 60}

FULL_DURATION_S = 270
RESTART_S = 14      # no call begins from just before a restart until the centre is back
SCENE_S = 16        # a scene at the desk: FULL, EXITEMPTY, JOINEMPTY, one after the other
COUNTS = {
    "agent_hangs": 40, "caller_hangs": 30, "held": 10, "abandons": 14, "leaves_at_once": 4, "times_out": 6,
    "exits_by_key": 6, "balance": 12, "balance_second_try": 4, "balance_refused": 4, "leaves_menu": 8,
    "three_wrong_keys": 4, "silent_then_operator": 3, "operator": 4, "callback": 4, "pays": 5, "blind_by_code": 5,
    "blind_by_refer": 5, "blind_behind_local": 3, "blind_to_queue": 4, "attended_by_code": 5, "first_phone_rings_out": 6,
    "first_phone_busy": 4, "cancels": 5, "closed": 3, "congested": 3, "no_such_number": 3,
}


class Plan:
    def __init__(self, seed, scale):
        self.dice = random.Random(seed)
        self.seed = seed
        self.duration = max(60, round(FULL_DURATION_S * scale))
        self.scale = scale
        self.calls = []
        d = self.duration
        # what happens to the centre and to the agent program, in seconds
        self.events = {"rotate": round(d * 0.22), "restart": round(d * 0.45), "kill": round(d * 0.8), "ami_cut": round(d * 0.92),
                       "guess": 4, "guess_again": round(d * 0.86)}
        self.scenes = self.choose_scenes()
        self.pauses = self.choose_pauses()
        self.scanners = [round(self.dice.uniform(5, d), 1) for _ in range(max(2, round(12 * scale)))]

    def choose_scenes(self):
        """times at which the desk is played; it is the only use of that queue, so its end is known"""
        first = [3] if self.duration < 120 else [10, 60, self.events["restart"] + RESTART_S + 20]
        return [t for t in first if t + SCENE_S < self.duration and not self.events["restart"] - SCENE_S < t < self.events["restart"] + RESTART_S]

    def choose_pauses(self):
        out = []
        for i in range(max(2, self.duration // 30)):
            queue = self.dice.choice(["sales", "support"])
            agent = self.dice.choice(QUEUES[queue]["members"][1:])  # one is always there
            at = self.quiet_time(self.duration - 14)
            if not any(p["agent"] == agent and abs(p["at"] - at) < 20 for p in out):
                until = at + round(self.dice.uniform(4, 9), 1)
                if self.near_restart(until):  # nobody is there to be told; who is paused stays so over the restart
                    until = self.events["restart"] + RESTART_S + 1.0
                out.append({"queue": queue, "agent": agent, "at": at, "until": until, "reason": self.dice.choice(["lunch", "coffee", "acw", ""])})
        return out

    def near_restart(self, at):
        return self.events["restart"] - 0.5 < at < self.events["restart"] + RESTART_S

    def quiet_time(self, until):
        while True:
            at = round(self.dice.uniform(1, until), 2)
            if not self.near_restart(at):
                return at

    def add(self, kind, **more):
        call = {"kind": kind, "start": self.quiet_time(self.duration), "did": "5000", "keys": [], "hang": None,
                "agent": None, "known": self.dice.random() < 0.8, "expect": {"status": 200}}
        call.update(more)
        self.calls.append(call)
        return call

    def press(self, call, option):
        at = round(self.dice.uniform(0.8, 2.2), 2)
        call["keys"].append([at, MENU[option]])
        return at

    def queued(self, kind, queue, agent, contact, hang=None):
        """a call that goes through the menu into a queue"""
        call = self.add(kind, agent=agent, hang=hang)
        self.press(call, queue)
        call["expect"]["contacts"] = [dict(queue=queue, **contact)]
        call["expect"]["visit"] = {"outcome": "queued", "path": "main"}
        return call

    def some_queue(self):
        return self.dice.choices(["sales", "support", "billing"], [40, 40, 20])[0]

    def talk(self):
        return round(self.dice.uniform(2, 7), 1)

    def ring(self):
        return round(self.dice.uniform(0.5, 2.2), 1)

    def answers(self, act="hang", **more):
        return dict(ring=self.ring(), talk=self.talk(), act=act, **more)

    # ---- kinds of calls ----

    def agent_hangs(self):
        call = self.queued("agent_hangs", self.some_queue(), self.answers(), {"outcome": "answered", "ended_by": "agent"})
        call["survey"] = self.dice.choice(["", "2", "3", "4", "5", "5"])
        call["expect"]["survey"] = call["survey"]

    def caller_hangs(self):
        self.queued("caller_hangs", self.some_queue(), self.answers("wait"), {"outcome": "answered", "ended_by": "caller"},
                    {"after": "answer", "s": self.talk()})

    def held(self):
        hold = round(self.dice.uniform(1, 4), 1)
        call = self.queued("held", self.dice.choice(["sales", "support"]), self.answers("hold", hold=hold),
                           {"outcome": "answered", "ended_by": "agent"})
        call["expect"]["hold_s"] = hold

    def abandons(self):
        self.queued("abandons", self.dice.choice(["sales", "support"]), {"act": "never"}, {"outcome": "abandoned", "ended_by": "caller"},
                    {"after": "join", "s": round(self.dice.uniform(3, 12), 1)})

    def leaves_at_once(self):
        self.queued("leaves_at_once", self.dice.choice(["sales", "support"]), {"act": "never"},
                    {"outcome": "abandoned", "ended_by": "caller"}, {"after": "join", "s": 0.4})

    def times_out(self):
        call = self.queued("times_out", "billing", {"act": "never"}, {"outcome": "timed_out", "ended_by": "system"})
        call["expect"]["callback"] = True

    def exits_by_key(self):
        call = self.queued("exits_by_key", self.dice.choice(["sales", "support"]), {"act": "never"},
                           {"outcome": "exit_key", "ended_by": "caller"}, {"after": "join", "s": round(self.dice.uniform(2, 6), 1), "key": "9"})
        call["expect"]["callback"] = True

    def with_pin(self, kind, tries):
        pin = "%04d" % self.dice.randrange(10000)
        wrong = "%04d" % ((int(pin) + 1) % 10000)
        call = self.add(kind, pin=pin)
        at = self.press(call, "balance")
        for i, good in enumerate(tries):
            call["keys"].append([at + 1.2 + 6.8 * i, pin if good else wrong])
        return call

    def balance(self):
        call = self.with_pin("balance", [True])
        call["expect"]["visit"] = {"outcome": "contained", "path": "main>balance", "identified": True}

    def balance_second_try(self):
        call = self.with_pin("balance_second_try", [False, True])
        call["expect"]["visit"] = {"outcome": "contained", "path": "main>balance", "identified": True}

    def balance_refused(self):
        call = self.with_pin("balance_refused", [False, False])
        call["agent"] = self.answers()
        call["expect"]["visit"] = {"outcome": "queued", "path": "main>balance", "identified": False}
        call["expect"]["contacts"] = [{"queue": "support", "outcome": "answered", "ended_by": "agent"}]

    def leaves_menu(self):
        call = self.add("leaves_menu", hang={"after": "start", "s": round(self.dice.uniform(1.5, 4.5), 1)})
        call["expect"]["visit"] = {"outcome": "abandoned", "path": "main"}

    def three_wrong_keys(self):
        call = self.add("three_wrong_keys", keys=[[1.2, "7"], [6.4, "9"], [11.6, "7"]])
        call["expect"]["visit"] = {"outcome": "disconnected", "path": "main", "invalid_inputs": 3}

    def silent_then_operator(self):
        call = self.add("silent_then_operator", keys=[[9.5, "0"]], agent=self.answers())
        call["expect"]["visit"] = {"outcome": "operator", "path": "main", "timeout_inputs": 1, "zero_out": True}

    def operator(self):
        call = self.add("operator", keys=[[1.5, "0"]], agent=self.answers())
        call["expect"]["visit"] = {"outcome": "operator", "path": "main", "zero_out": True, "first_menu_only": True}

    def callback(self):
        call = self.add("callback")
        self.press(call, "callback")
        call["expect"]["visit"] = {"outcome": "call_back", "path": "main"}
        call["expect"]["callback"] = True

    def pays(self):
        call = self.add("pays", covered=self.dice.choice(["stop", "mute", ""]))
        at = self.press(call, "pay")
        call["keys"].append([at + 2.0, "4929"])
        call["expect"]["payment"] = {"covered": call["covered"] == "stop"}  # channel events do not know of a mute

    def transferred(self, kind, queue, act, to, transfer):
        told = {"outcome": "answered", "ended_by": "transfer", "transfer": transfer}
        if QUEUES[queue]["through"] == "Local":
            told = {"outcome": "answered"}  # queue_log has COMPLETEAGENT for it: only the channel events know
        call = self.queued(kind, queue, self.answers(act, to=to), told)
        call["expect"]["handoff"] = {"kind": transfer, "from_queue": queue}
        return call

    def blind_by_code(self):
        self.transferred("blind_by_code", self.dice.choice(["support", "billing"]), "code", "601", "blind")

    def blind_by_refer(self):
        self.transferred("blind_by_refer", self.dice.choice(["sales", "support"]), "refer", "602", "blind")

    def blind_behind_local(self):
        self.transferred("blind_behind_local", "billing", "refer", "602", "blind")

    def blind_to_queue(self):
        call = self.transferred("blind_to_queue", "support", "refer", "8001", "blind")
        call["agent"]["again"] = {"ring": 1.0, "talk": 3.0, "act": "hang"}
        call["expect"]["handoff"]["to_queue"] = "sales"
        call["expect"]["contacts"].append({"queue": "sales", "outcome": "answered", "ended_by": "agent"})

    def attended_by_code(self):
        self.transferred("attended_by_code", "support", "attended", "602", "attended")

    def first_phone_rings_out(self):
        call = self.queued("first_phone_rings_out", "sales", self.answers(misses=1), {"outcome": "answered", "ended_by": "agent"})
        call["expect"]["contacts"][0]["ring_no_answers"] = 1

    def first_phone_busy(self):
        self.queued("first_phone_busy", "support", self.answers(busy=1), {"outcome": "answered", "ended_by": "agent"})

    def cancels(self):
        self.add("cancels", did="5001", expect={"status": 487})

    def closed(self):
        self.add("closed", did="5002", expect={"status": 486})

    def congested(self):
        self.add("congested", did="5003", expect={"status": 503})

    def no_such_number(self):
        self.add("no_such_number", did="5999", expect={"status": 404})

    def desk_scene(self, at):
        """one waits and sees the last agent go; the next finds the queue full, the third finds nobody there"""
        stages = [("sees_agents_go", 0, "exit_empty"), ("finds_it_full", 3, "full"), ("finds_nobody", 8.5, "exit_empty")]
        for kind, after, outcome in stages:
            call = self.add(kind, start=at + after, agent={"act": "never"})
            call["keys"].append([0.8, MENU["desk"]])
            call["expect"]["visit"] = {"outcome": "queued", "path": "main"}
            told = {"queue": "desk", "outcome": outcome, "ended_by": "system"}
            if kind == "sees_agents_go":
                call["expect"]["contacts"] = [told]
            else:
                call["expect"]["refused"] = told  # queue_log has no line for it
        self.pauses.append({"queue": "desk", "agent": "113", "at": at + 7.5, "until": at + 14.5, "reason": "meeting"})

    def make(self):
        for kind, count in COUNTS.items():
            for _ in range(max(1, round(count * self.scale))):
                getattr(self, kind)()
        for at in self.scenes:
            self.desk_scene(at)
        self.calls.sort(key=lambda c: c["start"])
        for i, call in enumerate(self.calls):
            call["id"] = i + 1
            call["caller"] = str(5550001 + i)
        return {"seed": self.seed, "scale": self.scale, "duration": self.duration, "events": self.events,
                "pauses": self.pauses, "scanners": self.scanners, "calls": self.calls}


def make(seed, scale):
    return Plan(seed, scale).make()
