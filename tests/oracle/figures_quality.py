"""Figures of quality, feedback, reporting, security, self-service and collaboration, and those of context. Imported by recompute.py."""

import bisect
import collections
import datetime

from evidence_store import *  # noqa: F403


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
        for r in s.settled("evaluation", 14, "coaching")
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
    rows = s.settled("survey_offer", 7, "survey")
    if any(r["contact"] is not None for r in s.all("survey")) and len(rows) >= 200:
        return share(bool(near(answers[r["contact"]], r["at_us"], 0, 7 * DAY_US)) for r in rows)
    return share(r["accepted"] for r in s.rows("survey_offer"))


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
        if not which or f["value"] is None:
            continue
        if f["to_us"] is None or not 0 < f["to_us"] - f["at_us"] <= 35 * DAY_US:
            flags.append(None)
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
    return share(flags) if any(f is not None for f in flags) else share([])


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
    return said(
        [(r["transport"] is not None, r["transport"] in (3, 5)) for r in s.rows("dialog")
         if (r["transport"] is not None or r["source"] == DROPBOX) and not r["loopback"]]
    )


@formula
def media_srtp_share(s):
    return said(
        [(r["encrypted"] is not None, bool(r["encrypted"])) for r in s.rows("media_stream")
         if r["encrypted"] is not None or r["source"] == DROPBOX]
    )


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
        for r in s.settled("self_service_visit", 1, "queue_contact")
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
