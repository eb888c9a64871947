"""Every figure once more, straight from the tables of an evidence store, by the words of the model's formulas.

    recompute.py SCORECARD.json EVIDENCE.db

reads the window from a scorecard (cxmeter score --format json), computes numerator, denominator, n and value of
each indicator with nothing but Python's standard library, and prints where the two differ. It shares no code with
the scoring engine. Intervals and scores are not its matter (check.py holds those against R and scipy), nor are
staffing_fit, qa_sample_representativeness and survey_bias, which rest on a simulation.
"""

import bisect
import collections
import datetime
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

    def all(self, kind):
        if kind not in self.cache:
            rows = self.db.execute(f'select * from "{kind}" where site = ? order by at_us', [self.site])
            self.cache[kind] = [dict(r) for r in rows]
        return self.cache[kind]

    def rows(self, kind, back_days=0):
        first = self.starts[0] - back_days * DAY_US
        return [r for r in self.all(kind) if first <= r["at_us"] < self.starts[-1]]

    def settled(self, kind, days):
        """rows of the days that are old enough, seen from the newest day with evidence"""
        return [r for r in self.rows(kind) if r["at_us"] < self.settled_until(days)]

    def settled_until(self, days):
        newest = 0
        for (name,) in self.db.execute("select name from sqlite_master where type = 'table'").fetchall():
            if name in ("meta", "site", "agent", "quarantine", "change", "gap", "forecast", "shift", "target", "attestation"):
                continue
            columns = [c[1] for c in self.db.execute(f'pragma table_info("{name}")')]
            if "at_us" in columns:
                top = self.db.execute(f'select max(at_us) from "{name}" where site = ?', [self.site]).fetchone()[0]
                newest = max(newest, top or 0)
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


# -- CX philosophy


def target_for(s, queue, day, metric=None):
    at = s.starts[day]
    fits = [
        t
        for t in s.all("target")
        if t["at_us"] <= at
        and (t["valid_to_us"] is None or t["valid_to_us"] > at)
        and t["queue"] in ("*", queue)
        and (metric is None or t["metric"] == metric)
    ]
    return max(fits, key=lambda t: (t["queue"] != "*", t["at_us"])) if fits else None


@formula
def service_target_declared(s):
    days = collections.defaultdict(lambda: collections.Counter())
    for r in s.rows("queue_contact"):
        if offered(r):
            days[s.day_of(r["at_us"])][r["queue"]] += 1
    above = below = 0
    for day, queues in days.items():
        with_target = 0
        for q in queues:
            t = target_for(s, q, day)
            with_target += t is not None and t["value"] is not None and bool(t["owner"])
        below += sum(queues.values())
        above += sum(queues.values()) * with_target / len(queues)
    return Result(above / below, below, above, below) if below else Result(None, 0)


@formula
def service_target_attainment(s):
    cells = collections.defaultdict(list)
    for r in s.rows("queue_contact"):
        if offered(r):
            cells[(*s.slot_of(r["at_us"]), r["queue"])].append(r)
    above = below = 0
    for (day, _, queue), rows in cells.items():
        t = target_for(s, queue, day, "service_level")
        if t is None or not t["value"] or not t["threshold_ms"]:
            continue
        goal = t["value"] / 100 if t["value"] > 1 else t["value"]
        met = sum(is_within(r, t["threshold_ms"]) for r in rows) / len(rows) >= goal - 1e-9
        below += len(rows)
        above += len(rows) if met else 0
    return Result(above / below if below else None, below, above, below)


@formula
def worst_interval_service_level(s):
    cells = collections.defaultdict(list)
    for r in s.rows("queue_contact"):
        if offered(r):
            cells[(*s.slot_of(r["at_us"]), r["queue"])].append(is_within(r, 20000))
    cells = sorted((sum(c) / len(c), len(c)) for c in cells.values() if len(c) >= 5)
    total, run = sum(n for _, n in cells), 0
    for level, n in cells:
        run += n
        if run >= 0.1 * total:
            return Result(level, len(cells))
    return Result(None, 0)


@formula
def callback_promise_kept(s):
    flags = []
    for r in s.rows("callback"):
        if r["cancelled"]:
            continue
        if r["due_us"] is not None and r["source"] == 7 and r["seen_us"] is not None and r["due_us"] > r["seen_us"]:
            continue
        a = r["attempt_us"]
        flags.append(
            a is not None and r["due_us"] is not None and max(r["from_us"] or 0, r["at_us"]) <= a <= r["due_us"]
        )
    return share(flags)


# -- routing


@formula
def service_level(s):
    return share(is_within(r, 20000) for r in s.rows("queue_contact") if offered(r))


@formula
def abandonment_rate(s):
    return share(r["outcome"] == ABANDONED for r in s.rows("queue_contact") if offered(r))


@formula
def speed_of_answer_mean(s):
    w = [r["wait_ms"] for r in s.rows("queue_contact") if answered(r) and r["wait_ms"] is not None]
    return Result(sum(w) / len(w) / 1000 if w else None, len(w))


@formula
def transfer_rate(s):
    return share(r["transfer"] is not None for r in s.rows("queue_contact") if answered(r))


@formula
def ring_no_answer_rate(s):
    above = below = 0
    for r in s.rows("queue_contact"):
        if r["outcome"] in (UNKNOWN_END, PBX_STOPPED, None) or None in (
            r["ring_no_answers"],
            r["ring_no_answers_over_3s"],
            r["connects"],
        ):
            continue
        above += r["ring_no_answers_over_3s"]
        below += r["ring_no_answers"] + r["connects"]
    return Result(above / below if below else None, below, above, below)


@formula
def skill_match_rate(s):
    calls = by([r for r in s.all("queue_contact") if answered(r)], "contact")
    tiers = [r["tier"] == 1 for r in s.rows("queue_contact") if answered(r) and r["tier"] is not None]
    if len(tiers) >= 200:
        return share(tiers)
    return share(
        r["skill_given"] == r["skill_wanted"]
        for r in s.rows("contact_fact")
        if r["skill_wanted"] is not None and near(calls[r["contact"]], r["at_us"], DAY_US, DAY_US)
    )


@formula
def session_effectiveness(s):
    return share(
        r["final_status"] in (480, 486, 600, 603) or (r["final_status"] or 0) == 200
        for r in s.rows("dialog")
        if r["final_status"] is None or not 300 <= r["final_status"] < 400
    )


# -- workforce


@formula
def forecast_wape_daily(s):
    actual = collections.Counter()
    for r in s.rows("queue_contact"):
        if offered(r):
            actual[(s.day_of(r["at_us"]), r["queue"])] += 1
    newest = {}
    for r in s.rows("forecast"):
        day = s.day_of(r["at_us"])
        if r["volume"] is not None and r["published_us"] <= s.starts[day] - DAY_US:
            key = (r["queue"], r["at_us"])
            if key not in newest or newest[key]["published_us"] <= r["published_us"]:
                newest[key] = r
    planned = collections.Counter()
    for (queue, at), r in newest.items():
        planned[(s.day_of(at), queue)] += r["volume"]
    above = sum(abs(actual[k] - planned[k]) for k in planned)
    below = sum(actual[k] for k in planned)
    return Result(above / below if below else None, len(planned), above, below)


def union(stretches):
    merged = []
    for a, b in sorted(stretches):
        if merged and a <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], b)
        else:
            merged.append([a, b])
    return merged


def minus(stretches, holes):
    left = []
    for a, b in stretches:
        for c, d in holes:
            if d <= a or c >= b:
                continue
            if c > a:
                left.append([a, c])
            a = max(a, d)
        if a < b:
            left.append([a, b])
    return left


def ready(s):
    logged, paused = collections.defaultdict(list), collections.defaultdict(list)
    for r in s.rows("agent_span", 7):
        if r["duration_ms"]:
            (paused if r["state"] == 6 else logged)[r["agent"]].append(
                (r["at_us"], r["at_us"] + r["duration_ms"] * 1000)
            )
    return {a: minus(union(v), union(paused[a])) for a, v in logged.items()}


def overlap(stretches, a, b):
    return sum(max(0, min(b, d) - max(a, c)) for c, d in stretches)


@formula
def schedule_adherence(s):
    spans = ready(s)
    last = {}
    for r in s.rows("shift"):
        if r["duration_ms"] is None or r["published_us"] > r["at_us"]:
            continue
        key = (r["agent"], r["at_us"])
        if key not in last or last[key]["published_us"] < r["published_us"]:
            last[key] = r
    above = below = 0
    days = set()
    for (agent, at), r in last.items():
        if r["absence_approved"] and r["published_us"] <= at - DAY_US:
            continue
        end = at + r["duration_ms"] * 1000
        there = overlap(spans.get(agent, []), at, end)
        below += (end - at) / 1000
        above += (there if r["activity"].lower() in WORK else end - at - there) / 1000
        days.add((agent, s.day_of(at)))
    return Result(above / below if below else None, len(days), above, below)


def spread(s, into, a, b):
    """one stretch over the half hours of the window"""
    a, b = max(a, s.starts[0]), min(b, s.starts[-1])
    while a < b:
        local = datetime.datetime.fromtimestamp(a / 1e6, s.zone)
        end = min(b, a - (local.minute % 30 * 60 + local.second) * 10**6 - a % 10**6 + 30 * MIN_US)
        into[s.slot_of(a)] += end - a
        a = end


@formula
def occupancy_over_85_share(s):
    busy, staffed = collections.Counter(), collections.Counter()
    for r in s.rows("queue_contact", 1):
        if answered(r) and r["talk_ms"] is not None:
            a = r["at_us"] + (r["wait_ms"] or 0) * 1000
            spread(s, busy, a, a + sum(r[k] or 0 for k in ("talk_ms", "hold_ms", "wrap_ms")) * 1000)
    for stretches in ready(s).values():
        for a, b in stretches:
            spread(s, staffed, a, b)
    above = below = n = 0
    for k, v in staffed.items():
        if v > 0:
            all_us = max(v, busy[k])
            below += all_us / 1000
            above += all_us / 1000 if busy[k] > 0.85 * all_us else 0
            n += 1
    return Result(above / below if below else None, n, above, below)


@formula
def schedule_lead_time(s):
    days = {}
    for r in s.rows("shift"):
        key = (r["agent"], s.day_of(r["at_us"]))
        start, published = days.get(key, (r["at_us"], r["published_us"]))
        days[key] = (min(start, r["at_us"]), max(published, r["published_us"]))
    leads = [max(0, a - p) / DAY_US for a, p in days.values()]
    return Result(quantile(leads, 0.1), len(leads))


@formula
def agent_attrition(s):
    rows = [r for r in s.rows("head_count", 365 - (len(s.starts) - 1)) if None not in (r["staff"], r["leavers"])]
    groups = by(rows, "group")
    staff = sum(sum(r["staff"] for r in g) / len(g) for g in groups.values())
    dates = sorted({datetime.datetime.fromtimestamp(r["at_us"] / 1e6, s.zone).date() for r in rows})
    if len(dates) < 2:
        return Result(None, 0)
    covered = min((dates[-1] - dates[0]).days * len(dates) / (len(dates) - 1), 365)
    left = sum(r["leavers"] for r in rows)
    return Result(left / (staff * covered / 365), staff, left, staff * covered / 365)


# -- personalization


def with_fact(s, which, test, settle=0):
    facts = by([r for r in s.all("contact_fact") if test(r)], "contact")
    rows = s.settled("queue_contact", settle) if settle else s.rows("queue_contact")
    return share(bool(near(facts[r["contact"]], r["at_us"], DAY_US, DAY_US)) for r in rows if which(r))


@formula
def caller_recognition_rate(s):
    return with_fact(s, offered, lambda f: f["recognised"])


@formula
def context_delivery_rate(s):
    return with_fact(
        s, answered, lambda f: f["context_ms"] is not None and f["context_ms"] <= 2000 and (f["context_bytes"] or 0) > 0
    )


@formula
def reidentification_rate(s):
    return share(r["asked_again"] for r in s.rows("contact_fact") if r["recognised"] and r["asked_again"] is not None)


@formula
def language_match_rate(s):
    for kind in ("queue_contact", "contact_fact"):
        rows = [r for r in s.rows(kind) if r["language_wanted"] is not None and (kind != "queue_contact" or answered(r))]
        if len(rows) >= 100:
            break
    return share(r["language_wanted"] == r["language_given"] for r in rows)


@formula
def last_agent_affinity(s):
    logged = collections.defaultdict(list)
    for r in s.all("agent_span"):
        if r["state"] == 1 and r["duration_ms"]:
            logged[r["agent"]].append((r["at_us"], r["at_us"] + r["duration_ms"] * 1000))
    cases = by(s.all("case"), "customer")
    flags = []
    for customer, rows in by([r for r in s.rows("queue_contact", 7) if answered(r) and r["agent"]], "customer").items():
        rows.sort(key=lambda r: r["at_us"])
        for i, r in enumerate(rows):
            before = [o for o in rows[:i] if o["contact"] != r["contact"]]
            if not before or r["at_us"] < s.starts[0] or r["at_us"] - before[-1]["at_us"] > 7 * DAY_US:
                continue
            if any(o["contact"] == r["contact"] for o in rows[:i]):
                continue  # the second queue of one call
            own = [c for c in cases.get(customer, []) if c["at_us"] <= r["at_us"]]
            if own and not any(c["closed_us"] is None or c["closed_us"] > r["at_us"] for c in own):
                continue
            if any(a <= r["at_us"] < b for a, b in logged[before[-1]["agent"]]):
                flags.append(r["agent"] == before[-1]["agent"])
    return share(flags)


# -- interaction


@formula
def first_contact_resolution(s):
    answers = [r["value"] == 1 for r in s.rows("survey") if r["kind"] == 4 and r["value"] is not None]
    if len(answers) >= 200:
        return share(answers)
    customers = by(s.all("queue_contact"), "customer")
    return share(
        not any(
            o["contact"] != r["contact"] and 0 < o["at_us"] - r["at_us"] <= 7 * DAY_US for o in customers[r["customer"]]
        )
        for r in s.settled("queue_contact", 7)
        if answered(r) and r["customer"] is not None and r["disposition"] != "wrong_number"
    )


@formula
def crm_link_rate(s):
    cases = by(s.all("case"), "contact")
    if cases:
        return share(
            bool(near(cases[r["contact"]], r["at_us"], DAY_US, DAY_US)) for r in s.settled("queue_contact", 1) if answered(r)
        )
    return with_fact(s, answered, lambda f: f["case_id"] is not None, 1)


@formula
def disposition_capture_rate(s):
    none = ("", "other", "misc", "sonstiges", "sonstige", "andere", "n/a", "none", "unknown")
    return with_fact(s, answered, lambda f: f["disposition"] is not None and f["disposition"].lower() not in none)


@formula
def cross_channel_continuity(s):
    touches = {}
    loose = []
    for kind in ("case", "contact_fact", "queue_contact"):
        for r in s.rows(kind, 7):
            channel = r["channel"] or (1 if kind == "queue_contact" else None)
            if r["customer"] is None or channel is None:
                continue
            t = {"at_us": r["at_us"], "customer": r["customer"], "channel": channel, "case_id": r.get("case_id")}
            if not r.get("contact"):
                loose.append(t)
                continue
            have = touches.setdefault((r["customer"], r["contact"]), t)
            if t["at_us"] < have["at_us"]:
                have["at_us"], have["channel"] = t["at_us"], t["channel"]
            have["case_id"] = have["case_id"] or t["case_id"]
    good = {}
    for customer, rows in by(list(touches.values()) + loose, "customer").items():
        for r in rows:
            if r["at_us"] < s.starts[0]:
                continue
            week = [o for o in rows if 0 <= r["at_us"] - o["at_us"] <= 7 * DAY_US]
            if len({o["channel"] for o in week}) > 1:
                one = r["case_id"] is not None and len({o["case_id"] for o in week}) == 1
                good[customer] = good.get(customer, True) and one
    return share(good.values())


@formula
def resolution_within_target(s):
    flags = []
    for r in s.rows("case"):
        if r["target_ms"] is None:
            continue
        limit = r["at_us"] + r["target_ms"] * 1000
        if r["closed_us"] is None:
            if r["seen_us"] is not None and r["seen_us"] > limit:
                flags.append(False)
            continue
        again = r["reopened"] if r["reopened_us"] is None else r["closed_us"] < r["reopened_us"] <= r["closed_us"] + 7 * DAY_US
        flags.append(r["at_us"] <= r["closed_us"] <= limit and not again)
    return share(flags)


@formula
def interaction_record_completeness(s):
    def chain(r):
        if r["outcome"] == FULL:
            return True
        if r["wait_ms"] is None or r["outcome"] in (None, UNKNOWN_END, PBX_STOPPED):
            return False
        return r["outcome"] != ANSWERED or r["talk_ms"] is not None

    return share(
        chain(r)
        for r in s.rows("queue_contact")
        if not (r["outcome"] == ABANDONED and r["wait_ms"] is not None and r["wait_ms"] < 5000)
    )


# -- knowledge


@formula
def kb_link_rate(s):
    return share(
        (r["articles"] or 0) >= 1 for r in s.rows("case") if r["closed_us"] is not None and not r["excluded"]
    )


@formula
def kb_reuse_ratio(s):
    rows = s.rows("knowledge_use")
    links = sum(
        1
        for r in rows
        if r["kind"] == 3 and r["article_created_us"] is not None and r["at_us"] - r["article_created_us"] > 7 * DAY_US
    )
    made = sum(1 for r in rows if r["kind"] == 4)
    return Result(links / made if made else None, sum(1 for r in rows if r["kind"] in (3, 4)), links, made)


@formula
def kb_search_success(s):
    asked = by([r for r in s.all("knowledge_use") if r["kind"] == 1], "session_id", "query_id")
    flags = []
    for r in s.rows("knowledge_use"):
        if r["kind"] != 1:
            continue
        same = asked[(r["session_id"], r["query_id"])]
        if any(0 < r["at_us"] - o["at_us"] <= 60 * 10**6 for o in same):
            continue
        flags.append((r["hits"] or 0) >= 1)
    return share(flags)


@formula
def kb_freshness(s):
    def fresh(r, name):
        return r[name] is not None and 0 <= r["at_us"] - r[name] <= 180 * DAY_US

    return share(
        fresh(r, "article_reviewed_us") or fresh(r, "article_created_us") for r in s.rows("knowledge_use") if r["kind"] == 2
    )


@formula
def kb_publish_latency(s):
    made = by([r for r in s.all("knowledge_use") if r["kind"] == 4], "case_id")
    ages = []
    for r in s.rows("case"):
        if r["closed_us"] is not None and made.get(r["case_id"]):
            gaps = [o["at_us"] - r["closed_us"] for o in made[r["case_id"]]]
            gaps = [g for g in gaps if -30 * DAY_US <= g <= 90 * DAY_US]
            if gaps:
                ages.append(min(gaps) / DAY_US)
    return Result(quantile(ages, 0.5), len(ages))


@formula
def hold_share(s):
    rows = [r for r in s.rows("queue_contact") if answered(r) and None not in (r["talk_ms"], r["hold_ms"])]
    hold = sum(r["hold_ms"] for r in rows)
    both = hold + sum(r["talk_ms"] for r in rows)
    return Result(hold / both if both else None, len(rows))


# -- quality


@formula
def qa_coverage_agents(s):
    taken = collections.Counter(r["agent"] for r in s.rows("queue_contact") if answered(r) and r["agent"] is not None)
    seen = collections.Counter(r["agent"] for r in s.rows("evaluation") if r["agent"] is not None)
    return share(seen[a] >= 4 for a, n in taken.items() if n >= 50)


@formula
def customer_critical_accuracy(s):
    return share(r["customer_critical_errors"] == 0 for r in s.rows("evaluation"))


@formula
def compliance_critical_accuracy(s):
    return share(r["compliance_critical_errors"] == 0 for r in s.rows("evaluation"))


@formula
def evaluator_agreement(s):
    """Fleiss' kappa with varying numbers of raters; Cohen's for two"""
    items = collections.defaultdict(dict)
    for r in s.rows("calibration"):
        if r["critical"] and r["value"] is not None:
            items[(r["contact"], r["item"])][r["evaluator"]] = r["value"]
    items = [v for v in items.values() if len(v) >= 2]
    raters = {e for v in items for e in v}
    if not items:
        return Result(None, 0)
    if len(raters) == 2:
        a, b = sorted(raters)
        agree = sum(v[a] == v[b] for v in items) / len(items)
        values = {x for v in items for x in v.values()}
        chance = sum(
            sum(v[a] == x for v in items) * sum(v[b] == x for v in items) / len(items) ** 2 for x in values
        )
    else:
        agree = 0
        counts = collections.Counter()
        for v in items:
            c = collections.Counter(v.values())
            n = len(v)
            agree += sum(k * (k - 1) for k in c.values()) / (n * (n - 1))
            counts.update(c)
        agree /= len(items)
        total = sum(counts.values())
        chance = sum((k / total) ** 2 for k in counts.values())
    return Result((agree - chance) / (1 - chance), len(items))


@formula
def coaching_closure(s):
    done = by(s.all("coaching"), "evaluation_id")
    return share(
        bool(near(done[r["evaluation_id"]], r["at_us"], 0, 14 * DAY_US))
        for r in s.settled("evaluation", 14)
        if None not in (r["score"], r["pass_mark"]) and r["score"] < r["pass_mark"]
    )


@formula
def voice_quality_share_r80(s):
    return share(
        r["r"] >= 80 for r in s.rows("media_stream") if (r["duration_ms"] or 0) >= 10000 and r["r"] is not None
    )


# -- feedback


@formula
def survey_offer_rate(s):
    offers = by(s.all("survey_offer"), "contact")
    people = by(s.all("survey_offer"), "customer")
    flags = []
    for r in s.rows("queue_contact"):
        if not answered(r):
            continue
        if any(
            o["contact"] != r["contact"] and 0 < r["at_us"] - o["at_us"] <= 30 * DAY_US for o in people[r["customer"]]
        ):
            continue
        flags.append(bool(near(offers[r["contact"]], r["at_us"], 3600 * 10**6, 7 * DAY_US)))
    return share(flags)


@formula
def survey_response_rate(s):
    answers = by(s.all("survey"), "contact")
    return share(bool(near(answers[r["contact"]], r["at_us"], 0, 7 * DAY_US)) for r in s.settled("survey_offer", 7))


def answers(s, kind, low, high):
    return [
        r["value"]
        for r in s.rows("survey")
        if r["kind"] == kind and (r["scale_min"], r["scale_max"]) == (low, high) and r["value"] is not None and low <= r["value"] <= high
    ]


@formula
def csat_top2(s):
    return share(v >= 4 for v in answers(s, 1, 1, 5))


@formula
def nps(s):
    v = answers(s, 2, 0, 10)
    return Result(100 * (sum(x >= 9 for x in v) - sum(x <= 6 for x in v)) / len(v) if v else None, len(v))


@formula
def ces_mean(s):
    v = answers(s, 3, 1, 5)
    return Result(sum(v) / len(v) if v else None, len(v))


@formula
def closed_loop_48h(s):
    flags = []
    for r in s.settled("survey", 2):
        low = {2: (0, 10, 0, 6), 1: (1, 5, 1, 2)}.get(r["kind"])
        if low is None or r["value"] is None or r["reachable"] == 0:
            continue
        if (r["scale_min"], r["scale_max"]) != low[:2] or not low[2] <= r["value"] <= low[3]:
            continue
        f = r["followed_up_us"]
        real = bool(r["follow_up_written"]) or (r["follow_up_ring_ms"] or 0) >= 15000
        flags.append(f is not None and 0 <= f - r["at_us"] <= 2 * DAY_US and real)
    return share(flags)


@formula
def feedback_to_action_share(s):
    ranks = set()
    rows = [r for r in s.rows("register_entry", 92 - len(s.starts) + 1) if r["rank"] and 1 <= r["rank"] <= 5 and r["theme"]]
    for r in rows:
        if r["owner"] and (r["due_us"] or r["closed_us"]) and r["indicator"] and None not in (r["before"], r["after"]):
            ranks.add(r["rank"])
    return Result(len(ranks) / 5, len(rows), len(ranks), 5) if rows else Result(None, 0)


# -- reporting


@formula
def telemetry_completeness(s):
    hosts = by([r for r in s.rows("gauge") if r["queue"] == "" and r["slot_ms"]], "host")
    newest = max((r["at_us"] for g in hosts.values() for r in g), default=0)
    end = s.starts[-1]
    if newest >= s.starts[-2]:
        end = max(r["at_us"] + r["slot_ms"] * 1000 for g in hosts.values() for r in g)
    above = below = 0
    for g in hosts.values():
        slots = {r["at_us"]: r for r in g}
        good = sum(abs(r["clock_offset_ms"] or 0) <= 2000 for r in slots.values())
        first = min(slots)
        above += good
        below += max(good, round((end - first) / (slots[first]["slot_ms"] * 1000)))
    return Result(above / below if below else None, below, above, below)


@formula
def report_latency_p95(s):
    v = [
        (r["published_us"] - r["to_us"]) / 1e6
        for r in s.rows("reported_figure")
        if None not in (r["published_us"], r["to_us"]) and r["published_us"] >= r["to_us"]
    ]
    return Result(quantile(v, 0.95), len(v))


@formula
def metric_reproducibility(s):
    names = {
        "sl": ("service_level", "sl", "servicelevel"),
        "ab": ("abandonment_rate", "abandonment", "abandon_rate"),
        "asa": ("asa", "speed_of_answer", "speed_of_answer_mean"),
        "aht": ("aht", "handle_time", "average_handle_time"),
        "fcr": ("fcr", "first_contact_resolution"),
    }
    flags = []
    for f in s.rows("reported_figure"):
        which = [k for k, v in names.items() if f["metric"].lower() in v]
        if not which or f["value"] is None or f["to_us"] is None or f["to_us"] - f["at_us"] > 35 * DAY_US:
            continue
        kind = "survey" if which[0] == "fcr" else "queue_contact"
        rows = [
            r for r in s.all(kind) if f["at_us"] <= r["at_us"] < f["to_us"] and f["queue"] in ("", "*", r["queue"])
        ]
        ours = {
            "sl": lambda: share(is_within(r, 20000) for r in rows if offered(r)).value,
            "ab": lambda: share(r["outcome"] == ABANDONED for r in rows if offered(r)).value,
            "asa": lambda: mean([r["wait_ms"] / 1000 for r in rows if answered(r) and r["wait_ms"] is not None]),
            "aht": lambda: mean(
                [
                    sum(r[k] or 0 for k in ("talk_ms", "hold_ms", "wrap_ms")) / 1000
                    for r in rows
                    if answered(r) and r["talk_ms"] is not None
                ]
            ),
            "fcr": lambda: share(r["value"] == 1 for r in rows if r["kind"] == 4).value,
        }[which[0]]()
        said = f["value"]
        points = which[0] in ("sl", "ab", "fcr")
        said = said / 100 if points and said > 1 else said
        flags.append(
            ours is not None and ((points and abs(ours - said) <= 0.02 + 1e-9) or abs(ours - said) <= 0.02 * abs(ours) + 1e-9)
        )
    return share(flags)


def mean(v):
    return sum(v) / len(v) if v else None


@formula
def reconciliation_gap(s):
    queue, calls, dialogs = (collections.defaultdict(set) for _ in range(3))
    for r in s.rows("queue_contact"):
        if answered(r):
            queue[s.day_of(r["at_us"])].add(r["contact"])
    for r in s.rows("call"):
        if r["agent_answered"]:
            calls[s.day_of(r["at_us"])].add(r["contact"])
    for r in s.rows("dialog"):
        if r["direction"] == 2 and 200 <= (r["final_status"] or 0) < 300:
            dialogs[s.day_of(r["at_us"])].add(r["contact"])
    other = calls or dialogs
    gaps = [
        abs(len(queue[d]) - len(other[d])) / max(len(queue[d]), len(other[d])) for d in set(queue) | set(other) if other
    ]
    return Result(quantile(gaps, 0.5), len(gaps))


@formula
def alert_ack_15min(s):
    return share(
        r["by_person"] and r["acknowledged_us"] is not None and 0 <= r["acknowledged_us"] - r["at_us"] <= 15 * MIN_US
        for r in s.rows("alert")
        if r["in_hours"] != 0
    )


# -- security


@formula
def signalling_tls_share(s):
    return share(r["transport"] in (3, 5) for r in s.rows("dialog") if r["transport"] is not None and not r["loopback"])


@formula
def media_srtp_share(s):
    return share(r["encrypted"] for r in s.rows("media_stream") if r["encrypted"] is not None)


def newest(s, check):
    found = {}
    for r in s.rows("posture"):
        if r["check"] == check:
            found[(r["host"], r["subject"])] = r
    return list(found.values())


@formula
def tls_floor_level(s):
    v = [r["figure"] for r in newest(s, "tls_floor") if r["figure"] is not None]
    return Result(min(v) if v else None, len(v))


@formula
def patch_age_critical(s):
    v = [r["figure"] for r in newest(s, "patch_age") if r["figure"] is not None]
    return Result(max(v) if v else None, len(v))


def part_of(s, check):
    rows = [r for r in newest(s, check) if None not in (r["part"], r["whole"])]
    whole = sum(r["whole"] for r in rows)
    part = sum(r["part"] for r in rows)
    return Result(part / whole if whole else None, None, part, whole)


@formula
def recording_storage_protection(s):
    return part_of(s, "recording_storage")


@formula
def retention_overrun(s):
    return part_of(s, "recording_retention")


@formula
def payment_recording_pause(s):
    return share(r["covered"] == 1 or r["recorded"] == 0 for r in s.rows("payment"))


# -- self-service


@formula
def true_containment(s):
    calls = by([r for r in s.all("queue_contact") if answered(r)], "customer")
    agents = {r["contact"] for r in s.all("queue_contact") if answered(r)}
    return share(
        bool(r["task_completed"])
        and r["outcome"] != 3
        and r["contact"] not in agents
        and not near(calls[r["customer"]], r["at_us"], 0, DAY_US)
        for r in s.settled("self_service_visit", 1)
        if r["task_started"] and r["customer"] is not None
    )


@formula
def ivr_abandon_rate(s):
    return share(
        r["outcome"] == 4 and not r["task_completed"]
        for r in s.rows("self_service_visit")
        if r["outcome"] not in (7, None) and (r["duration_ms"] is None or r["duration_ms"] >= 5000)
    )


@formula
def zero_out_rate(s):
    return share(
        r["zero_out"] and r["first_menu_only"] != 0 for r in s.rows("self_service_visit") if r["zero_out"] is not None
    )


@formula
def escalation_context_rate(s):
    calls = by([r for r in s.all("queue_contact") if answered(r)], "contact")
    facts = by([r for r in s.all("contact_fact") if (r["context_bytes"] or 0) > 0], "contact")
    return share(
        bool(near(facts[r["contact"]], r["at_us"], DAY_US, DAY_US))
        for r in s.rows("self_service_visit")
        if r["outcome"] in (2, 3) and near(calls[r["contact"]], r["at_us"], 0, DAY_US)
    )


@formula
def time_to_first_value(s):
    v = [r["first_value_ms"] / 1000 for r in s.rows("self_service_visit") if r["first_value_ms"] is not None]
    return Result(quantile(v, 0.5), len(v))


@formula
def misroute_after_ivr(s):
    wrong = by(
        [
            r
            for r in s.all("handoff")
            if r["kind"] in (1, 2)
            and r["to_queue"] is not None
            and r["to_queue"] != r["from_queue"]
            and r["talk_ms"] is not None
            and r["talk_ms"] <= 120000
        ],
        "contact",
    )
    return share(
        bool(near(wrong[r["contact"]], r["at_us"], 0, 4 * 3600 * 10**6))
        for r in s.rows("self_service_visit")
        if r["outcome"] == 2
    )


# -- collaboration


@formula
def warm_transfer_share(s):
    return share(
        r["kind"] == 2
        for r in s.rows("handoff")
        if r["kind"] in (1, 2) and r["to_role"] not in ("ivr", "announcement", "voicemail")
    )


@formula
def handoff_loss_rate(s):
    return share(r["lost"] for r in s.rows("handoff") if r["kind"] in (1, 2) and r["lost"] is not None)


@formula
def consult_answer_time(s):
    pairs = [
        (r["ring_ms"] / 1000, r["answered"])
        for r in s.rows("handoff")
        if r["kind"] in (2, 3) and None not in (r["answered"], r["ring_ms"])
    ]
    return Result(kaplan_meier(pairs, 0.5), len(pairs))


@formula
def expert_reach_share(s):
    flags = []
    for rows in by(s.rows("presence"), "department").values():
        there = sum(r["available_ms"] or 0 for r in rows if (r["endpoints"] or 0) >= 1)
        open_ms = sum(r["open_ms"] or 0 for r in rows)
        flags.append(open_ms > 0 and there / open_ms >= 0.5)
    return share(flags)


@formula
def cross_department_ola(s):
    flags = []
    for r in s.rows("case"):
        if (r["departments"] or 0) < 2 or r["ola_ms"] is None:
            continue
        limit = r["at_us"] + r["ola_ms"] * 1000
        if r["closed_us"] is not None:
            flags.append(r["at_us"] <= r["closed_us"] <= limit)
        elif r["seen_us"] is not None and r["seen_us"] > limit:
            flags.append(False)
    return share(flags)


# -- signed statements


def statements(s, indicator):
    end = s.starts[-1] - 1
    return [
        r
        for r in s.all("attestation")
        if r["indicator"] == indicator
        and r["signed"] == 1
        and r["document_sha256"]
        and r["signer_role"]
        and r["at_us"] <= end
        and r["expires_us"] is not None
        and end < r["expires_us"] <= r["at_us"] + 365 * DAY_US
    ]


@formula
def cx_charter_attested(s):
    rows = [r for r in statements(s, "cx_charter_attested") if r["value"] is not None and not r["not_applicable"]]
    return Result(rows[-1]["value"], 1) if rows else Result(None, 0)


@formula
def joint_review_attested(s):
    rows = [
        r
        for r in statements(s, "joint_review_attested")
        if (r["functions"] or 0) >= 3 and (r["decisions"] or 0) >= 1 and not r["not_applicable"]
    ]
    return Result(len(rows), len(rows)) if rows else Result(None, 0)


# -- context


def business(s, metric):
    return sum(r["value"] or 0 for r in s.rows("business_figure") if r["metric"] == metric)


@formula
def customer_churn_rate(s):
    below = business(s, "customers_at_start")
    return Result(business(s, "customers_lost") / below if below else None, None)


@formula
def cost_per_contact(s):
    below = sum(answered(r) for r in s.rows("queue_contact"))
    cost = business(s, "cost")
    return Result(cost / below if below and cost else None, None, cost, below)


@formula
def aht(s):
    return Result(
        mean(
            [
                sum(r[k] or 0 for k in ("talk_ms", "hold_ms", "wrap_ms")) / 1000
                for r in s.rows("queue_contact")
                if answered(r) and r["talk_ms"] is not None
            ]
        ),
        None,
    )


@formula
def wait_p90(s):
    pairs = [
        (r["wait_ms"] / 1000, answered(r))
        for r in s.rows("queue_contact")
        if r["wait_ms"] is not None
        and r["outcome"] not in (None, UNKNOWN_END, PBX_STOPPED)
        and not (r["outcome"] == ABANDONED and r["wait_ms"] < 5000)
    ]
    return Result(kaplan_meier(pairs, 0.9), len(pairs))


@formula
def contact_rate(s):
    below = business(s, "customers_active")
    return Result(sum(offered(r) for r in s.rows("queue_contact")) / below if below else None, None)


@formula
def blocked_attempts(s):
    return share(r["final_status"] in (480, 486, 503) for r in s.rows("dialog"))


@formula
def short_talk_share(s):
    return share(r["talk_ms"] < 10000 for r in s.rows("queue_contact") if answered(r) and r["talk_ms"] is not None)


@formula
def repeat_30min(s):
    customers = by(s.all("queue_contact"), "customer")
    return share(
        any(
            o["contact"] != r["contact"] and 0 < o["at_us"] - r["at_us"] <= 30 * MIN_US for o in customers[r["customer"]]
        )
        for r in s.rows("queue_contact")
        if r["customer"] is not None and r["outcome"] not in (None, UNKNOWN_END, PBX_STOPPED)
    )


@formula
def delay_one_way_p95(s):
    v = [r["rtt_us"] / 2000 for r in s.rows("media_stream") if r["rtt_us"] is not None]
    return Result(quantile(v, 0.95), len(v))


def differs(a, b):
    if a is None or b is None:
        return (a is None) != (b is None)
    return abs(a - b) > 1e-6 * max(1, abs(a), abs(b))


def main():
    card = json.load(open(sys.argv[1]))
    site = Site(card, sys.argv[2])
    shown = [i for a in card["areas"] for i in a["indicators"]] + card["context"]
    bad = same = 0
    for i in shown:
        if i["id"] not in FORMULAS:
            print(f"skipped  {i['id']}: {i['value']}")
            continue
        r = FORMULAS[i["id"]](site)
        if i["status"] != "assessed" and i["value"] is None and not r.n:
            same += 1
            continue
        parts = [("value", r.value, i["value"]), ("n", r.n, i["n"])]
        parts += [("numerator", r.above, i["numerator"]), ("denominator", r.below, i["denominator"])]
        parts = [p for p in parts if p[0] == "value" or (p[1] is not None and p[2] is not None)]
        wrong = [f"{name} {ours} here, {theirs} there" for name, ours, theirs in parts if differs(ours, theirs)]
        bad += bool(wrong)
        same += not wrong
        if wrong:
            print(f"DIFFERS  {i['id']} ({i['status']}, {i['reason']}): " + "; ".join(wrong))
    print(f"{card['site']}: {same} the same, {bad} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
