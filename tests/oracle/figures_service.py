"""Figures of philosophy, routing, workforce, personalization, interaction and knowledge, by the words of the model. Imported by recompute.py."""

import bisect
import collections
import datetime

from evidence_store import *  # noqa: F403


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
        if r["cancelled"] or (r["due_us"] is None and r["source"] != DROPBOX):
            continue
        if r["due_us"] is not None and r["source"] == 7 and r["seen_us"] is not None and r["due_us"] > r["seen_us"]:
            continue
        a = r["attempt_us"]
        due = r["due_us"]
        flags.append((due is not None, a is not None and due is not None and max(r["from_us"] or 0, r["at_us"]) <= a <= due))
    return said(flags)


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
    tiers = said(
        [(r["tier"] is not None, r["tier"] == 1) for r in s.rows("queue_contact")
         if answered(r) and (r["tier"] is not None or r["source"] == DROPBOX)]
    )
    if tiers.value is not None and tiers.n >= 200:
        return tiers
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
    rows = list(s.rows("shift"))
    published = collections.defaultdict(set)
    for r in rows:
        published[r["agent"], s.day_of(r["at_us"])].add(r["published_us"])
    for r in rows:
        plans = published[r["agent"], s.day_of(r["at_us"])]
        newest = max((p for p in plans if p <= r["at_us"]), default=None)
        if r["duration_ms"] is not None and r["published_us"] == newest:
            last[r["agent"], r["at_us"]] = r
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
    rows = s.settled("queue_contact", settle, "contact_fact") if settle else s.rows("queue_contact")
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
    rows = [
        r["asked_again"] for r in s.rows("contact_fact")
        if r["recognised"] and (r["asked_again"] is not None or (r["source"] == DROPBOX and r["agent"] is not None))
    ]
    if not any(rows) and 2 * rows.count(None) >= len(rows):
        return share([])
    return share(v is None or v for v in rows)


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
            bool(near(cases[r["contact"]], r["at_us"], DAY_US, DAY_US)) for r in s.settled("queue_contact", 1, "case") if answered(r)
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
    # another source counts where the queue log does not say it
    rows = [r for r in s.in_window(s.every("queue_contact")) if answered(r) and None not in (r["talk_ms"], r["hold_ms"])]
    rows = told_once("queue_contact", rows)
    hold = sum(r["hold_ms"] for r in rows)
    both = hold + sum(r["talk_ms"] for r in rows)
    return Result(hold / both if both else None, len(rows))
