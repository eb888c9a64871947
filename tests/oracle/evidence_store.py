"""An evidence store as Python sees it: rows of a site and window, days, quantiles; shared by the figures of recompute.py."""

import bisect
import collections
import datetime
import functools
import json
import sqlite3
import sys
import zoneinfo

DAY_US = 86400 * 10**6
MIN_US = 60 * 10**6
WORK = set("work shift available ready phone calls voice chat email queue inbound outbound open arbeit telefonie dienst".split())
ANSWERED, ABANDONED, TIMED_OUT, EXIT_KEY, EXIT_EMPTY, FULL, UNKNOWN_END, PBX_STOPPED = range(1, 9)


class Result:
    """value, and where the formula is a fraction both its parts"""

    def __init__(self, value, n, above=None, below=None):
        self.value, self.n, self.above, self.below = value, n, above, below


def share(flags):
    flags = list(flags)
    good = sum(1 for f in flags if f)
    return Result(good / len(flags) if flags else None, len(flags), good, len(flags))


def said(pairs):
    """share of (known, good); where none is good and half or more are not known there is no figure"""
    good = sum(1 for _, g in pairs if g)
    return share([] if good == 0 and 2 * sum(1 for k, _ in pairs if not k) >= len(pairs) else [g for _, g in pairs])


def quantile(values, at):
    """smallest value with at least `at` of all at or below it"""
    values = sorted(values)
    if not values:
        return None
    need = at * len(values)
    for i, v in enumerate(values):
        if i + 1 >= need - 1e-9:
            return v
    return values[-1]


def kaplan_meier(pairs, at):
    """first time at which survival falls to 1 - at; events before censorings"""
    pairs = sorted(pairs, key=lambda p: (p[0], not p[1]))
    left, survive = len(pairs), 1.0
    i = 0
    while i < len(pairs):
        t = pairs[i][0]
        events = gone = 0
        while i < len(pairs) and pairs[i][0] == t:
            events += bool(pairs[i][1])
            gone += 1
            i += 1
        survive *= 1 - events / left
        left -= gone
        if survive <= 1 - at + 1e-12:
            return t
    return None


QUEUE_LOG, CEL, AMI, CAPTURE, HEP, ESL, DROPBOX, CDR = 1, 2, 3, 4, 5, 6, 7, 11
SECOND_US, HOUR_US = 10**6, 3600 * 10**6
LOGS_US = SECOND_US + 100_000
MUTED_LATE_US = 2 * SECOND_US
CHANNELS = (CEL, AMI, ESL, CDR, DROPBOX)
TOOLS = (DROPBOX, CEL, AMI, ESL, QUEUE_LOG)

# docs/reconcile.md, "Who counts": fields that agree, how far apart, sources with the one that counts first
WHO_COUNTS = {
    "queue_contact": (("contact", "queue"), LOGS_US, (QUEUE_LOG, AMI, ESL, CDR, CAPTURE, HEP, DROPBOX)),
    "call": (("contact",), LOGS_US, CHANNELS),
    "handoff": (("contact", "kind"), LOGS_US, (CEL, AMI, ESL, QUEUE_LOG, CAPTURE, DROPBOX)),
    "self_service_visit": (("contact", "flow"), LOGS_US, CHANNELS),
    "agent_span": (("agent", "queue", "state"), LOGS_US, (QUEUE_LOG, AMI, ESL, DROPBOX)),
    "dialog": (("contact", "from_tag_id"), 10 * SECOND_US, (CAPTURE, HEP)),
    "media_stream": (
        ("ssrc", "src_addr", "src_port", "dst_addr", "dst_port", "measured_by"), 2 * SECOND_US, (CAPTURE, HEP, AMI, ESL, CDR),
    ),
    "call_leg": (("contact", "dialog"), HOUR_US, CHANNELS),
    "payment": (("contact",), LOGS_US, (AMI, CEL, DROPBOX)),
    "survey": (("contact", "kind"), HOUR_US, TOOLS),
    "survey_offer": (("contact",), HOUR_US, TOOLS),
    "contact_fact": (("contact",), HOUR_US, TOOLS),
    "callback": (("contact",), HOUR_US, TOOLS),
    "gauge": (("host", "queue"), 0, (AMI, ESL, DROPBOX)),
}
LASTS = {"payment": ("duration_ms", 60_000), "gauge": ("slot_ms", 1)}
SEEN_AGAIN = ("dialog", "media_stream")


def overlap_of(kind, a, b, apart_us):
    """do two stretches that begin within an hour overlap, or lie less than so far apart?"""
    name, otherwise = LASTS[kind]

    def end(r):
        return r["at_us"] + (otherwise if r[name] is None else r[name]) * 1000

    return abs(a["at_us"] - b["at_us"]) <= HOUR_US and a["at_us"] < end(b) + apart_us and b["at_us"] < end(a) + apart_us


def claims_too_much(kind, r, group):
    """a muting that is shorter than the payment that another source saw uncovered: docs/reconcile.md"""
    if kind != "payment" or r["source"] != AMI or not r["covered"]:
        return False
    end = r["at_us"] + (60_000 if r["duration_ms"] is None else r["duration_ms"]) * 1000
    return any(
        o["covered"] == 0
        and o["source"] in (CEL, DROPBOX)
        and o["at_us"] // DAY_US == r["at_us"] // DAY_US
        and overlap_of(kind, r, o, LOGS_US)
        and (o["at_us"] + MUTED_LATE_US < r["at_us"] or o["at_us"] + (o["duration_ms"] or 0) * 1000 - MUTED_LATE_US > end)
        for o in group
    )


def stands_back(kind, r, o, short):
    """is `o` the same observation as `r`, told by a source that counts before that of `r`?"""
    _, apart_us, order = WHO_COUNTS[kind]
    if r["source"] not in order or o["source"] not in order or r["at_us"] // DAY_US != o["at_us"] // DAY_US:
        return False
    if kind in LASTS:
        if not overlap_of(kind, r, o, apart_us):
            return False
    elif abs(r["at_us"] - o["at_us"]) > apart_us:
        return False
    if order.index(o["source"]) != order.index(r["source"]):
        return (id(o) in short, order.index(o["source"])) < (id(r) in short, order.index(r["source"]))
    if kind not in SEEN_AGAIN or (o["at_us"], o["host"]) >= (r["at_us"], r["host"]):
        return False
    return o["host"] != r["host"] or (o["seen_us"] is not None and o["seen_us"] >= r["at_us"])


def told_once(kind, rows):
    """of rows that all count for what is asked those whose observation no better row tells"""
    if kind not in WHO_COUNTS:
        return rows
    same = collections.defaultdict(list)
    for r in rows:
        key = tuple(r[name] for name in WHO_COUNTS[kind][0])
        if None not in key:
            same[key].append(r)
    left_out = set()
    for group in (g for g in same.values() if len(g) > 1):
        short = {id(r) for r in group if claims_too_much(kind, r, group)}
        left_out |= {id(r) for r in group if any(stands_back(kind, r, o, short) for o in group)}
    return [r for r in rows if id(r) not in left_out]


class Site:
    def __init__(self, card, db):
        self.card = card
        self.db = sqlite3.connect(f"file:{db}?mode=ro", uri=True)
        self.db.row_factory = sqlite3.Row
        self.site = self.db.execute("select id from site where name = ?", [card["site"]]).fetchone()[0]
        zone = zoneinfo.ZoneInfo(card["window"]["timezone"])
        day = datetime.date.fromisoformat(card["window"]["from"])
        last = datetime.date.fromisoformat(card["window"]["to"])
        self.starts = []
        while day <= last + datetime.timedelta(days=1):
            self.starts.append(int(datetime.datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * 10**6)
            day += datetime.timedelta(days=1)
        self.zone = zone
        self.cache = {}

    def every(self, kind):
        rows = self.db.execute(f'select * from "{kind}" where site = ? order by at_us', [self.site])
        return [dict(r) for r in rows]

    def all(self, kind):
        if kind not in self.cache:
            self.cache[kind] = told_once(kind, self.every(kind))
        return self.cache[kind]

    def in_window(self, rows, back_days=0):
        first = self.starts[0] - back_days * DAY_US
        return [r for r in rows if first <= r["at_us"] < self.starts[-1]]

    def rows(self, kind, back_days=0):
        return self.in_window(self.all(kind), back_days)

    def settled(self, kind, days, *beside):
        """rows of the days that are old enough, seen from the newest day of the kinds that the figure reads"""
        return [r for r in self.rows(kind) if r["at_us"] < self.settled_until(days, kind, *beside)]

    @functools.lru_cache(None)
    def settled_until(self, days, *kinds):
        newest = max((r["at_us"] for k in kinds for r in self.all(k)), default=0)
        newest = max(newest, self.starts[-1] - 1)
        until = datetime.datetime.fromtimestamp(newest / 1e6, self.zone).date() - datetime.timedelta(days=days - 1)
        return int(datetime.datetime(until.year, until.month, until.day, tzinfo=self.zone).timestamp()) * 10**6

    def day_of(self, at_us):
        return bisect.bisect_right(self.starts, at_us) - 1

    def slot_of(self, at_us):
        """half hours of the local day"""
        day = self.day_of(at_us)
        local = datetime.datetime.fromtimestamp(at_us / 1e6, self.zone)
        return day, local.hour * 2 + local.minute // 30


def offered(r):
    if r["outcome"] in (ANSWERED, TIMED_OUT, EXIT_KEY, EXIT_EMPTY, FULL):
        return True
    return r["outcome"] == ABANDONED and (r["wait_ms"] is None or r["wait_ms"] >= 5000)


def answered(r):
    return r["outcome"] == ANSWERED


def by(rows, *names):
    found = collections.defaultdict(list)
    for r in rows:
        key = tuple(r[n] for n in names)
        if None not in key:
            found[key if len(names) > 1 else key[0]].append(r)
    return found


def near(rows, at_us, before_us, after_us):
    return [o for o in rows if -before_us <= o["at_us"] - at_us <= after_us]


FORMULAS = {}


def formula(f):
    FORMULAS[f.__name__] = f
    return f


def is_within(r, ms):
    return answered(r) and r["wait_ms"] is not None and r["wait_ms"] <= ms
