/* Every word the command line says about scores, in every language. One table; a test fails when a
 * cell is empty. */
#pragma once

#include "cxmeter/model.h"

/* clang-format off */
#define SAY_TABLE(X)                                                                               \
	X(TITLE,           "Contact-centre maturity", "Reife des Contact-Centers")                 \
	X(TO,              "to", "bis")                                                            \
	X(DAYS,            "days", "Tage")                                                         \
	X(DAY,             "day", "Tag")                                                           \
	X(MODEL,           "model", "Modell")                                                      \
	X(PROVISIONAL,     "provisional", "vorläufig")                                             \
	X(PROVISIONAL_WHY, "Provisional: scored below the minimum of data; read it as a try-out.", \
	                   "Vorläufig: trotz zu weniger Daten bewertet; nur zum Ausprobieren.")    \
	X(SIMULATED,       "SIMULATED: made-up evidence of a contact centre that does not exist.", \
	                   "SIMULIERT: erfundene Daten eines Contact Centers, das es nicht gibt.")  \
	X(HINT,            "--provisional scores what has too little data all the same, and marks it.", \
	                   "--provisional bewertet auch, wozu noch Daten fehlen, und kennzeichnet es.") \
	X(AREA,            "Area", "Bereich")                                                      \
	X(SCORE,           "Score", "Score")                                                      \
	X(SCORE_IS,        "score", "Score")                                                       \
	X(STAGE,           "Stage", "Stufe")                                                       \
	X(VERDICT,         "Verdict", "Urteil")                                                    \
	X(COVERAGE,        "Cover", "Abd.")                                                      \
	X(COVERAGE_LONG,   "coverage", "Abdeckung")                                                \
	X(CONFIRMED,       "confirmed", "bestätigt")                                               \
	X(LEANING,         "leaning", "Tendenz")                                                   \
	X(UNEVEN,          "uneven", "ungleich")                                                   \
	X(UNDECIDED,       "gate undecided", "Schranke offen")                                      \
	X(NOT_ASSESSED,    "not assessed", "nicht bewertet")                                       \
	X(NOT_APPLICABLE,  "not applicable", "nicht anwendbar")                                    \
	X(ASSESSED,        "assessed", "bewertet")                                                 \
	X(NEEDS,           "needs", "braucht")                                                     \
	X(STILL_MISSING,   "still missing:", "es fehlen:")                                        \
	X(MORE,            "more", "weitere")                                                     \
	X(OVERALL,         "Overall", "Gesamt")                                                    \
	X(NO_INDEX,        "no index", "kein Index")                                               \
	X(LOWEST,          "Lowest areas", "Schwächste Bereiche")                                  \
	X(SHARES,          "Stage by shares of weight", "Stufe nach Gewichtsanteilen")             \
	X(AT_STAGE,        "at", "auf")                                                            \
	X(OR_ABOVE,        " or above", " oder höher")                                           \
	X(WEIGHTS,         "Other weights", "Andere Gewichte")                                     \
	X(EQUAL_WEIGHTS,   "all alike", "alle gleich")                                             \
	X(RANDOM_WEIGHTS,  "at random", "zufällig")                                                \
	X(OTHER_STAGE,     "another stage in", "andere Stufe in")                                  \
	X(WEIGHT_DEPENDENT, "the stage depends on the weights",                                    \
	                   "die Stufe hängt von den Gewichten ab")                                 \
	X(CONFLICT,        "Conflict", "Konflikt")                                              \
	X(CONFLICT_MARK,   "conflict", "Konflikt")                                                 \
	X(GOT_BETTER,      "got better,", "wurde besser,")                                         \
	X(CHANGED_TO,      "to", "auf")                                                            \
	X(WHILE,           ", while", ", während")                                                 \
	X(AND,             " and", " und")                                                         \
	X(GOT_WORSE,       " got worse", " schlechter wurde")                                      \
	X(EXCLUDED,        "excluded from comparison of sites",                                    \
	                   "vom Vergleich der Standorte ausgenommen")                              \
	X(CHANGES_TITLE,   "Changes", "Änderungen")                                                \
	X(CHANGES,         "Changes in the window", "Änderungen im Zeitraum")                      \
	X(NO_CHANGES,      "No target, no queue and no model changed in the window.",                        \
	                   "Kein Ziel, keine Warteschlange und kein Modell hat sich im Zeitraum geändert.")     \
	X(MORE_CHANGES,    "more: cxmeter changes", "weitere: cxmeter changes")                    \
	X(TARGET_DECLARED, "target declared:", "Ziel vereinbart:")                                    \
	X(TARGET_CHANGED,  "target changed:", "Ziel geändert:")                                    \
	X(TARGET_ENDED,    "target ended:", "Ziel abgelaufen:")                                    \
	X(QUEUE_APPEARED,  "queue is new", "Warteschlange ist neu")                                \
	X(QUEUE_VANISHED,  "queue has no contacts any more", "Warteschlange hat keine Kontakte mehr") \
	X(MODEL_CHANGED,   "model changed:", "Modell geändert:")                                   \
	X(ALL_QUEUES,      "all queues", "alle Warteschlangen")                                    \
	X(WITHIN,          "within", "innerhalb")                                                  \
	X(RECEIVED,        "received", "erhalten")                                                 \
	X(AT_DECLARED,     "at the declared T", "beim vereinbarten T")                                \
	X(POINTS,          "points", "Prozentpunkte")                                              \
	X(NEVER_SCORED,    "reported, never scored", "berichtet, nie bewertet")                    \
	X(QUEUES,          "queues", "Warteschlangen")                                             \
	X(QUEUE,           "queue", "Warteschlange")                                               \
	X(SECOND_OPINION,  "second opinion: stage", "zweite Meinung: Stufe")                       \
	X(CONTEXT,         "Context: reported, never scored", "Kontext: berichtet, nie bewertet")  \
	X(GAPS,            "Gaps in the evidence", "Lücken in den Daten")                          \
	X(NEXT_STEP,       "Next step", "Nächster Schritt")                                        \
	X(NOW,             "now", "jetzt")                                                         \
	X(MORE_OF,         "more of", "mehr von")                                                  \
	X(FEWER_OF,        "fewer of", "weniger von")                                              \
	X(FROM,            "from", "von")                                                          \
	X(AT_MOST,         "to at most", "auf höchstens")                                          \
	X(AT_LEAST,        "to at least", "auf mindestens")                                        \
	X(LIFT_TO,         "lift it to stage", "heben auf Stufe")                                  \
	X(LIFTED,          "then it is stage", "dann ist es Stufe")                                \
	X(WEIGHT,          "weight", "Gewicht")                                                    \
	X(OF,              "of", "von")                                                            \
	X(MEASURED,        "measured", "gemessen")                                                 \
	X(DERIVED,         "derived", "abgeleitet")                                                \
	X(ATTESTED,        "attested", "nachgewiesen")                                             \
	X(SOFT_GATE,       "soft gate of its area", "weiche Schranke ihres Bereichs")              \
	X(HARD_GATE,       "hard gate of its area", "harte Schranke ihres Bereichs")               \
	X(DEFINITION,      "Definition", "Definition")                                             \
	X(COMPUTED,        "How it is computed", "Wie sie berechnet wird")                         \
	X(INTERVAL,        "interval", "Intervall")                                                \
	X(PHI,             "over-dispersion phi", "Überdispersion phi")                            \
	X(PHI_ASSUMED,     "assumed: too few days to measure it", "angenommen: zu wenige Tage")    \
	X(DATA_ON,         "data on", "Daten an")                                                  \
	X(USE,             "Use", "Zweck")                                                         \
	X(TELEMETRY,       "Needs", "Braucht")                                                     \
	X(THRESHOLDS,      "Thresholds", "Schwellen")                                              \
	X(FLOOR,           "floor", "Untergrenze")                                                       \
	X(CEILING,         "ceiling", "Obergrenze")                                                     \
	X(PROPOSED,        "proposed: no public source found", "Vorschlag: keine öffentliche Quelle gefunden") \
	X(LIFT,            "What lifts it a stage", "Was sie eine Stufe hebt")                     \
	X(TOP,             "nothing: it is at the top", "nichts: sie ist ganz oben")               \
	X(NUMERATOR,       "numerator", "Zähler")                                                  \
	X(VALUE,           "value", "Wert")                                                        \
	X(SEEN_BY,         "seen by", "gesehen von")                                               \
	X(BY_DAY,          "By day", "Nach Tagen")                                                 \
	X(BY,              "By", "Nach")                                                           \
	X(NONE,            "(none)", "(ohne)")                                                     \
	X(LEFT_OUT,        "more are not listed", "weitere sind nicht aufgeführt")                 \
	X(SUPPRESSED,      "Cells of fewer than 5 contacts are not shown.",                        \
	                   "Zellen mit weniger als 5 Kontakten werden nicht gezeigt.")             \
	X(GAMING,          "How it could be flattered", "Wie man sie schönen könnte")              \
	X(COUNTER,         "What would show that", "Was das zeigen würde")                         \
	X(UNKNOWN_END,     "contacts without an end", "Kontakte ohne Ende")                        \
	X(PBX_STOPPED,     "contacts cut by a PBX stop", "Kontakte durch Anlagenstopp beendet")           \
	X(SPOOL_FULL,      "times the agent's spool was full", \
	                   "Zwischenspeicher des Agenten voll") \
	X(SPOOL_DAMAGED,   "damages of the agent's spool", \
	                   "Schäden am Zwischenspeicher des Agenten") \
	X(CAPTURE_DROPPED, "times packets were dropped", "Verluste von Paketen") \
	X(FILE_TRUNCATED,  "logs truncated while read", "beim Lesen gekürzte Protokolle") \
	X(FILE_LOST,       "parts of logs gone before they were read", \
	                   "vor dem Lesen verschwundene Protokollteile") \
	X(TABLE_FULL,      "times something open was given up for want of room", \
	                   "aus Platzmangel aufgegebene offene Vorgänge") \
	X(MALFORMED,       "times input could not be understood", \
	                   "unverständliche Eingaben") \
	X(PBX_RESTART,     "restarts of the PBX", "Neustarts der Anlage") \
	X(SOURCE_DOWN,     "times a source could not be read", "Ausfälle einer Quelle") \
	X(ENCRYPTED,       "times calls were signalled inside TLS, unseen by a capture: see docs/sources/hep.md", \
	                   "Zeiten mit Anrufen in TLS, die ein Mitschnitt nicht sieht: siehe docs/sources/hep.md") \
	X(SAMPLED,         "stretches in which a share of the calls was followed",                 \
	                   "Strecken, in denen ein Teil der Anrufe verfolgt wurde")                \
	X(FOLLOWED,        "of the calls were followed; n counts as",                              \
	                   "der Anrufe wurden verfolgt; n zählt wie")                              \
	X(DATED_AHEAD,     "records dated in the future, not used to find the window",             \
	                   "Datensätze mit Datum in der Zukunft, für den Zeitraum nicht benutzt")  \
	X(STRANGERS,       "agents of the schedule are unknown to the PBX and count as absent: is their name another there?", \
	                   "Agenten des Plans kennt die Anlage nicht, sie gelten als abwesend: heißen sie dort anders?") \
	X(TWICE_SURVEY,    "survey answers told by two sources, counted once",                     \
	                   "Umfrageantworten aus zwei Quellen, einmal gezählt")                    \
	X(TWICE_OFFER,     "survey invitations told by two sources, counted once",                 \
	                   "Umfrageeinladungen aus zwei Quellen, einmal gezählt")                  \
	X(TWICE_CONTACT,   "contacts told by two sources, counted once",                           \
	                   "Kontakte aus zwei Quellen, einmal gezählt")                            \
	X(TWICE_LEFT_OUT,  "left out because another source tells them too",                       \
	                   "ausgelassen, weil auch eine andere Quelle sie nennt")                  \
	X(TWICE_CALL,      "calls told by two sources, counted once",                              \
	                   "Anrufe aus zwei Quellen, einmal gezählt")                              \
	X(TWICE_HANDOFF,   "hand-offs told by two sources, counted once",                          \
	                   "Übergaben aus zwei Quellen, einmal gezählt")                           \
	X(TWICE_VISIT,     "visits to self-service told by two sources, counted once",             \
	                   "Self-Service-Besuche aus zwei Quellen, einmal gezählt")                \
	X(TWICE_SPAN,      "stretches of agents told by two sources, counted once",                \
	                   "Agentenzeiten aus zwei Quellen, einmal gezählt")                       \
	X(TWICE_DIALOG,    "call attempts told by two sources or hosts, counted once",             \
	                   "Rufversuche aus zwei Quellen oder von zwei Hosts, einmal gezählt")     \
	X(TWICE_STREAM,    "media streams told by two sources or hosts, counted once",             \
	                   "Medienströme aus zwei Quellen oder von zwei Hosts, einmal gezählt")    \
	X(TWICE_LEG,       "legs of calls told by two sources, counted once",                      \
	                   "Gesprächsabschnitte aus zwei Quellen, einmal gezählt")                 \
	X(TWICE_PAYMENT,   "payments told by two sources, counted once",                           \
	                   "Zahlungen aus zwei Quellen, einmal gezählt")                           \
	X(TWICE_DIFFERENT, "of these told differently (cxmeter reconcile)",                        \
	                   "davon unterschiedlich gemeldet (cxmeter reconcile)")                    \
	X(RECONCILE_TITLE, "Sources beside one another", "Quellen im Vergleich")                   \
	X(RECONCILE_BY,    "told by", "gemeldet von")                                               \
	X(RECONCILE_BOTH,  "told by both", "von beiden gemeldet")                                   \
	X(RECONCILE_ALIKE, "of these alike", "davon gleich")                                       \
	X(RECONCILE_OTHERWISE, "differently", "verschieden")                                       \
	X(RECONCILE_CONTACTS, "Contacts in queues beside calls", "Kontakte in Warteschlangen neben Anrufen") \
	X(RECONCILE_ONLY,  "told only by", "nur gemeldet von")                                      \
	X(RECONCILE_DIFFER, "differ in", "verschieden:")                                           \
	X(RECONCILE_CONTACT, "contact", "Kontakt")                                                 \
	X(RECONCILE_AGENT, "agent", "Agent")                                                       \
	X(RECONCILE_UNEXPLAINED, "without a known reason", "ohne bekannten Grund")                 \
	X(RECONCILE_END_NOT_SEEN, "where one of them never saw the end",                           \
	                   "wo eine der beiden das Ende nie sah")                                  \
	X(RECONCILE_REFUSED, "perhaps refused by a full or empty queue, of which queue_log writes nothing", \
	                   "womöglich von voller oder leerer Warteschlange abgewiesen; queue_log schreibt davon nichts") \
	X(RECONCILE_GAP,   "in a gap of the other", "in einer Lücke der anderen")                  \
	X(RECONCILE_NOT_THERE, "before the first or after the last that the other tells",          \
	                   "vor dem Ersten oder nach dem Letzten, was die andere nennt")           \
	X(RECONCILE_FIRST, "The source named first counts. Every difference: cxmeter reconcile --format jsonl", \
	                   "Es zählt die zuerst angegebene Quelle. Alle Unterschiede: cxmeter reconcile --format jsonl") \
	X(RECONCILE_NONE,  "No kind of observation is told by two sources in these days.",         \
	                   "In diesen Tagen kommt keine Art von Beobachtung aus zwei Quellen.")
/* clang-format on */

#define SAY_KEY(key, english, german) SAY_##key,
enum say { SAY_TABLE(SAY_KEY) SAY_COUNT };
#undef SAY_KEY

const char *say(enum say what, enum model_language language);

/**
 * The language for people: `wanted` ("de", "en") when given, else that of the environment
 * (LC_ALL, LC_MESSAGES, LANG: the first that is set and not empty; POSIX, section 8.2).
 * @return 0, or -EINVAL for a language nobody speaks here.
 */
int say_language(const char *wanted, enum model_language *out);
