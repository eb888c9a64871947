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
DROPBOX = 7
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


DROPBOX = 7


def told_once(contacts):
    """a dropped contact is left out behind one of another source: same contact and queue, at most a second apart"""
    seen = collections.defaultdict(list)
    for r in contacts:
        if r["source"] != DROPBOX:
            seen[r["contact"], r["queue"]].append(r)
    return [r for r in contacts if r["source"] != DROPBOX or not near(seen[r["contact"], r["queue"]], r["at_us"], 10**6, 10**6)]


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
            rows = self.every(kind)
            self.cache[kind] = told_once(rows) if kind == "queue_contact" else rows
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
