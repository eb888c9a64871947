/* Every word the command line says about lenses, roadmaps and comparisons, in every language. One
 * table; a test fails when a cell is empty. */
#pragma once

#include "cxmeter/model.h"

/* clang-format off */
#define PLAN_TABLE(X)                                                                              \
	X(VIEW,        "A view of the scorecard: it is computed from the same scores and never feeds back into them.", \
	               "Eine Sicht auf den Bericht: aus denselben Scores berechnet, ohne Rückwirkung auf sie.") \
	X(STAGE,       "Stage", "Stufe")                                                           \
	X(OF,          "of", "von")                                                                \
	X(BELOW_FIRST, "below the first stage", "unter der ersten Stufe")                          \
	X(NO_STAGE,    "Stage not assessed", "Stufe nicht bewertet")                               \
	X(WEIGHT_SEEN, "of the weight is assessed", "des Gewichts sind bewertet")                  \
	X(NEEDED,      "needed", "nötig")                                                          \
	X(SCORE,       "Score", "Score")                                                           \
	X(COVER,       "Cover", "Abd.")                                                            \
	X(NEXT_STAGE,  "Towards", "Zu")                                                            \
	X(OPEN,        "nothing known speaks against it; evidence is missing", "nichts spricht dagegen; es fehlen Daten") \
	X(MET,         "met", "erfüllt")                                                           \
	X(UNMET,       "not met", "nicht erfüllt")                                                 \
	X(UNKNOWN,     "not known", "nicht bekannt")                                               \
	X(UNSURE,      "the interval allows both", "das Intervall lässt beides zu")                \
	X(AT_LEAST,    "at least", "mindestens")                                                   \
	X(MUST_ASSESS, "must be assessed", "muss bewertet sein")                                   \
	X(PRESENT,     "kinds of survey assessed", "Arten der Umfrage bewertet")                   \
	X(NOT_SCORED,  "context, not scored", "Kontext, nicht bewertet")                           \
	X(BY_PRESENCE, "by presence", "durch Vorliegen")                                           \
	X(DRIVERS,     "Drivers by urgency", "Treiber nach Dringlichkeit")                         \
	X(NO_DRIVERS,  "No assessed driver is below its target.", "Kein bewerteter Treiber liegt unter seinem Ziel.") \
	X(ROADMAP,     "Roadmap", "Fahrplan")                                                      \
	X(TARGETS,     "Targets", "Ziele")                                                         \
	X(AREA,        "Area", "Bereich")                                                          \
	X(TODAY,       "Now", "Heute")                                                             \
	X(TARGET,      "Target", "Ziel")                                                           \
	X(FROM,        "From", "Woher")                                                            \
	X(AFTER,       "After its steps", "Nach den Schritten")                                    \
	X(FROM_NEXT,   "next stage", "nächste Stufe")                                              \
	X(FROM_FILE,   "file", "Datei")                                                            \
	X(FROM_SITE,   "file, site", "Datei, Standort")                                            \
	X(FROM_OPTION, "--target", "--target")                                                     \
	X(AT_TOP,      "at the top", "ganz oben")                                                  \
	X(NO_TARGET,   "collect evidence first", "zuerst Daten sammeln")                           \
	X(WAVE,        "wave", "Welle")                                                            \
	X(GATE,        "gate that binds", "bindende Schranke")                                     \
	X(FOR_GATE,    "a binding gate waits for it", "eine bindende Schranke wartet darauf")      \
	X(NOW_IT_IS,   "now", "jetzt")                                                             \
	X(DONE_WHEN,   "done when the whole interval is at", "erreicht, wenn das ganze Intervall bei") \
	X(OR_BETTER,   "or better, for", "oder besser liegt,")                                     \
	X(DONE_NONE,   "done when not one failure is left, for", "erreicht ohne einen einzigen Fehler,") \
	X(DAYS,        "days", "Tage lang")                                                        \
	X(NO_REACH,    "attested evidence alone does not get there", "mit bloßen Nachweisen nicht erreichbar") \
	X(EFFECT,      "alone it takes", "allein bringt er")                                       \
	X(AREA_TO,     "from", "von")                                                              \
	X(TO,          "to", "auf")                                                                \
	X(URGENCY,     "urgency", "Dringlichkeit")                                                 \
	X(SHARE,       "share", "Anteil")                                                          \
	X(COLLECT,     "Collect evidence first", "Zuerst Daten sammeln")                           \
	X(NOT_ASSESSED,"not assessed", "nicht bewertet")                                           \
	X(EVIDENCE,    "About the evidence", "Zu den Daten")                                       \
	X(COMPARE,     "Comparison", "Vergleich")                                                  \
	X(SCORES,      "Scores of the areas", "Scores der Bereiche")                               \
	X(RESULTS,     "Statements", "Aussagen")                                                   \
	X(TESTED,      "comparisons; p adjusted for all of them (Benjamini-Hochberg, q = 0.05)",   \
	               "Vergleiche; p für alle zusammen angepasst (Benjamini-Hochberg, q = 0,05)") \
	X(NOT_A_TIE,   "\"No difference shown\" is not a tie: it says that this window cannot tell them apart.", \
	               "„Kein Unterschied gezeigt“ heißt nicht gleich: dieser Zeitraum kann sie nicht unterscheiden.") \
	X(AREA_SCORE,  "Area score", "Score des Bereichs")                                         \
	X(BETTER,      "better", "besser")                                                         \
	X(EQUIVALENT,  "equivalent", "gleichwertig")                                               \
	X(NO_DIFF,     "no difference shown", "kein Unterschied gezeigt")                          \
	X(MIX,         "for the same mix of contacts", "bei gleicher Mischung der Kontakte")       \
	X(EXCESS,      "above what chance makes", "über dem, was der Zufall macht")                \
	X(CRUDE,       "not adjustable for the mix of contacts", "nicht auf die Mischung der Kontakte bezogen") \
	X(AGAINST,     "against", "gegen")                                                         \
	X(DIFFERENCE,  "difference", "Unterschied")                                                \
	X(ADJUSTED_P,  "adjusted p", "angepasstes p")                                              \
	X(REST_NONE,   "pairs without a shown difference", "Paare ohne gezeigten Unterschied")     \
	X(REST_SAME,   "pairs equivalent", "Paare gleichwertig")                                   \
	X(REST_BARRED, "pairs not comparable", "Paare nicht vergleichbar")                         \
	X(FIRST_WHY,   "the first", "das erste")                                                   \
	X(BANDS,       "Bands of sites whose ranks cannot be told apart", "Gruppen von Standorten, deren Ränge nicht zu trennen sind") \
	X(ONE_BAND,    "all sites in one band", "alle Standorte in einer Gruppe")                  \
	X(FEW_SITES,   "Not compared, as a vendor has fewer than 5 comparable sites of it",        \
	               "Nicht verglichen, weil ein Hersteller dazu weniger als 5 vergleichbare Standorte hat") \
	X(MISSING,     "Not compared, as fewer than two sites have it assessed", "Nicht verglichen, weil weniger als zwei Standorte es bewertet haben")   \
	X(BAND,        "band", "Gruppe")                                                           \
	X(VENDORS,     "Vendors", "Hersteller")                                                    \
	X(SITES,       "sites", "Standorte")                                                       \
	X(CONFOUNDED,  "Customers choose their vendors: what the vendor does and what its customers do cannot be told apart here.", \
	               "Kunden wählen ihren Hersteller: was am Hersteller liegt und was an seinen Kunden, ist hier nicht zu trennen.") \
	X(NO_VENDORS,  "Fewer than two vendors are known (--vendor, --sites-file).",               \
	               "Es sind weniger als zwei Hersteller bekannt (--vendor, --sites-file).")    \
	X(DEVIATIONS,  "mean standardised deviation of its sites", "mittlere standardisierte Abweichung der Standorte") \
	X(TREND,       "Trend", "Verlauf")                                                         \
	X(TREND_DAYS,  "Each day's score is that of the", "Der Score eines Tages gilt für die")  \
	X(TREND_END,   "days that end with it.", "Tage, die mit ihm enden.")                       \
	X(CHANGE,      "Change", "Änderung")                                                       \
	X(NO_DAY,      "No day has evidence.", "An keinem Tag gibt es Daten.")                     \
	X(LATE_ON,     "recomputed on", "neu berechnet am")                                        \
	X(LATE_WHY,    " because", ", weil")                                                       \
	X(LATE_FOR,    "records for", "Datensätze für den")                                        \
	X(LATE_CAME,   "arrived late", "verspätet ankamen")                                        \
	X(LATE_ONE,    "record for", "Datensatz für den")                                          \
	X(LATE_IT,     "arrived late", "verspätet ankam")                                          \
	X(NOTHING,     "Nothing to do: every assessed indicator has reached its target.",          \
	               "Nichts zu tun: jede bewertete Kennzahl hat ihr Ziel erreicht.")
/* clang-format on */

#define PLAN_KEY(key, english, german) PLAN_##key,
enum plan_word { PLAN_TABLE(PLAN_KEY) PLAN_COUNT };
#undef PLAN_KEY

const char *plan_say(enum plan_word what, enum model_language language);
