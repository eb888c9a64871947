"""Reckons again what oracle.c printed, with scipy and statsmodels; TAP, one test a function.

    oracle ROUNDS SEED | python3 check.py

Nothing here is taken from the C code: distributions, intervals, kappa and the adjustment of p are the libraries' own;
Erlang is a Markov chain solved as such, its waits integrated by QUADPACK.
"""
import collections
import math
import sys

import numpy
from scipy import integrate, special, stats
from statsmodels.stats import inter_rater, multitest, proportion

Z = 1.959963984540054
NAN = float("nan")


def wilson(k, n):
    return proportion.proportion_confint(k, n, 0.05, "wilson")


def newcombe(k, n, j, m):
    low, high = proportion.confint_proportions_2indep(k, n, j, m, method="newcomb", compare="diff", alpha=0.05)
    return k / n - j / m, low, high


def poisson_interval(count):
    return (stats.chi2.ppf(0.025, 2 * count) / 2 if count > 0 else 0), stats.chi2.ppf(0.975, 2 * count + 2) / 2


def wape_floor(lam):
    """Mean |X - lambda| / lambda, summed as it stands."""
    reach = 14 * math.sqrt(lam) + 40
    x = numpy.arange(max(0, math.floor(lam - reach)), math.ceil(lam + reach) + 1)
    return (numpy.sum(numpy.abs(x - lam) * stats.poisson.pmf(x, lam)) / lam,)


def erlang_b(load, n):
    return (stats.poisson.pmf(n, load) / stats.poisson.cdf(n, load),)


def erlang_c(arrival, service, patience, n, within):
    load = arrival / service
    (b,) = erlang_b(load, n)
    c = b / (1 - load / n * (1 - b))
    spare = n * service - arrival
    level = 1 - c * math.exp(-spare * within)
    return c, 0, c / spare, load / n, level, level


def erlang_a(arrival, service, patience, n, within):
    """The chain's balance in logarithms; the wait of a caller of endless patience by QUADPACK."""
    n = int(n)
    states = n + int(arrival / patience + 60 * math.sqrt(arrival / patience) + 400)
    j = numpy.arange(1, states + 1)
    deaths = numpy.minimum(j, n) * service + numpy.maximum(0, j - n) * patience
    logs = numpy.concatenate([[0], numpy.cumsum(numpy.log(arrival / deaths))])
    p = numpy.exp(logs - special.logsumexp(logs))
    k = numpy.arange(states + 1)
    waits = p[n:].sum()
    mean_wait = (numpy.maximum(0, k - n) * p).sum() / arrival
    # with j before him the endlessly patient waits for j - n + 1 departures
    f = lambda x: arrival * p[n - 1] * math.exp(arrival * -math.expm1(-patience * x) / patience - n * service * x)
    steps = [within * i / 8 for i in range(9)]
    until = sum(integrate.quad(f, a, b, epsabs=1e-13, epsrel=1e-12)[0] for a, b in zip(steps, steps[1:]))
    served = sum(integrate.quad(lambda x: f(x) * math.exp(-patience * x), a, b, epsabs=1e-13, epsrel=1e-12)[0]
                 for a, b in zip(steps, steps[1:]))
    return (waits, patience * mean_wait, mean_wait, (numpy.minimum(k, n) * p).sum() / n, p[:n].sum() + served,
            1 - math.exp(-patience * within) * (waits - until))


def servers(arrival, service, patience, target, within):
    n = max(1, int(0.4 * arrival / service))
    while n > 1 and erlang_a(arrival, service, patience, n, within)[4] >= target:
        n //= 2
    while erlang_a(arrival, service, patience, n, within)[4] < target:
        n += 1
    return (n,)


def cohen(*pairs):
    table = numpy.zeros((4, 4))
    for a, b in zip(pairs[::2], pairs[1::2]):
        table[int(a), int(b)] += 1
    return (inter_rater.cohens_kappa(table).kappa,)


def fleiss(categories, *counts):
    return (inter_rater.fleiss_kappa(numpy.array(counts).reshape(-1, int(categories))),)


def km(q, *pairs):
    """The product of Kaplan and Meier, and binomial tails with its effective size; check.R has the first again."""
    times, events = numpy.array(pairs[::2]), numpy.array(pairs[1::2])
    survival, green, size = 1.0, 0.0, float(len(times))
    at = low = high = NAN
    unbounded = stats.beta.sf(q, 1, size) > 0.025  # none ended yet: P(Bin(size, q) <= 0)
    for t in numpy.unique(times[events > 0]):
        risk, died = float((times >= t).sum()), float(events[times == t].sum())
        survival *= 1 - died / risk
        if risk > died:
            green += died / (risk * (risk - died))
            size = (1 - survival) / (survival * green)
        ended = size * (1 - survival)
        if math.isnan(at) and survival <= 1 - q + 1e-12:
            at = t
        # few: P(Bin <= ended); many: P(Bin >= ended)
        few = stats.beta.sf(q, ended + 1, size - ended) if size - ended > 1e-12 else 1
        many = stats.beta.cdf(q, ended, size - ended + 1)
        if not unbounded and math.isnan(low) and few > 0.025 * (1 + 1e-9):
            low = t
        if math.isnan(high) and many <= 0.025 * (1 + 1e-9):
            high = t
    return at, low, high


def ranks(n, q):
    low = stats.binom.ppf(0.025, n, q)
    # largest r with P(Bin <= r - 1) <= 2.5 %, smallest s with P(Bin >= s) <= 2.5 %
    while low > 0 and stats.binom.cdf(low - 1, n, q) > 0.025:
        low -= 1
    while stats.binom.cdf(low, n, q) <= 0.025:
        low += 1
    high = stats.binom.isf(0.025, n, q)
    while high > 0 and stats.binom.sf(high - 2, n, q) <= 0.025:
        high -= 1
    while stats.binom.sf(high - 1, n, q) > 0.025:
        high += 1
    return low, (high if high <= n else 0)


def benjamini_hochberg(*p):
    return tuple(multitest.multipletests(p, method="fdr_bh")[1])


def variation(*numbers):
    cells, size = [int(c) for c in numbers[:-1]], int(numbers[-1])
    total = sum(cells)
    mean = 0
    for cell in cells:
        x = numpy.arange(0, min(cell, size) + 1)
        mean += numpy.sum(numpy.abs(x / size - cell / total) * stats.hypergeom.pmf(x, total, cell, size))
    return (mean / 2,)


def bootstrap(*numbers):
    """expanded percentiles: Hesterberg 2015, 5.1"""
    n, total = numpy.array(numbers[::2]), numpy.array(numbers[1::2])
    draws = numpy.random.default_rng(7).integers(0, len(n), (20000, len(n)))
    out = 100 * stats.norm.cdf(-math.sqrt(len(n) / (len(n) - 1)) * stats.t.ppf(0.975, len(n) - 1))
    return tuple(numpy.percentile(total[draws].sum(1) / n[draws].sum(1), [out, 100 - out]))


def nps(promoters, detractors, n):
    answers = [100] * int(promoters) + [-100] * int(detractors) + [0] * int(n - promoters - detractors)
    return numpy.mean(answers), numpy.std(answers) / math.sqrt(n)


def student_interval(*values):
    mean, error = numpy.mean(values), stats.sem(values)
    half = stats.t.ppf(0.975, len(values) - 1) * error
    return mean - half, mean + half


# how far apart two may be: absolute, plus relative; a bootstrap of 2000 replicates has a Monte Carlo error
TOLERANCE = collections.defaultdict(lambda: (1e-12, 1e-9))
TOLERANCE.update({
    "beta_cdf": (1e-9, 1e-9), "gamma_cdf": (1e-9, 1e-9), "student_quantile": (1e-9, 1e-8),
    "erlang_a": (1e-9, 1e-8), "bootstrap": (0.2, 0), "student_interval": (1e-9, 1e-9), "wape_floor": (1e-12, 1e-8),
    "variation": (1e-12, 1e-8), "nps": (1e-9, 1e-9),
})

CHECKS = {f.__name__: f for f in (wilson, newcombe, poisson_interval, wape_floor, erlang_b, erlang_c, erlang_a, servers, cohen,
                                  fleiss, km, ranks, benjamini_hochberg, variation, bootstrap, nps, student_interval)}
CHECKS.update({
    "normal_quantile": lambda p: (stats.norm.ppf(p),),
    "beta_cdf": lambda x, a, b: (special.betainc(a, b, x),),
    "gamma_cdf": lambda a, x: (special.gammainc(a, x),),
    "student_quantile": lambda p, df: (stats.t.ppf(p, df),),
})


def off(name, ours, theirs):
    """How many tolerances apart; NAN agrees with NAN alone."""
    if math.isnan(ours) or math.isnan(theirs):
        return 0 if math.isnan(ours) and math.isnan(theirs) else math.inf
    absolute, relative = TOLERANCE[name]
    return abs(ours - theirs) / (absolute + relative * abs(theirs))


def main():
    seen, worst = collections.Counter(), {}
    for line in sys.stdin:
        left, right = line.split(" =")
        name, *inputs = left.split()
        ours, theirs = [float(v) for v in right.split()], CHECKS[name](*[float(v) for v in inputs])
        far = max([off(name, a, float(b)) for a, b in zip(ours, theirs)] + [0 if len(ours) == len(theirs) else math.inf])
        seen[name] += 1
        if name not in worst or far > worst[name][0]:
            worst[name] = (far, line.strip(), theirs)
    for i, name in enumerate(sorted(CHECKS), 1):
        far, line, theirs = worst.get(name, (math.inf, "no line", ()))
        print(f"{'ok' if far <= 1 else 'not ok'} {i} - {name}_agrees_with_the_libraries_on_{seen[name]}_inputs")
        if far > 1:
            print(f"# {line}\n# theirs: {theirs}")
    print(f"1..{len(CHECKS)}")
    return any(worst.get(name, (math.inf,))[0] > 1 for name in CHECKS)


sys.exit(main())
