/* Words of the model's page, in every language. */
#include <stddef.h>
#include <string.h>

#include "cli/model_page.h"

/* clang-format off */
static const char *const words[PAGE_WORDS][MODEL_LANGUAGES] = {
	[PAGE_TITLE] = { "The model: what is measured, and what counts as good",
	                 "Das Modell: was gemessen wird und was als gut gilt" },
	[PAGE_WRITTEN] = {
		"This page is written from the model file (version %v) by `make docs`: change the model, not the page. "
		"[How a score comes about](scoring.md). [How to change the model](model-format.md). [Deutsch](model.de.md).",
		"Diese Seite wird von `make docs` aus der Modelldatei (Version %v) geschrieben: Man ändert das Modell, nicht die "
		"Seite. [Wie ein Score entsteht](scoring.md) und [wie man das Modell ändert](model-format.md) (beide englisch). "
		"[English](model.md)." },
	[PAGE_HOW_TO_READ] = { "How to read a score", "Wie man einen Score liest" },
	[PAGE_STAGE] = { "Stage", "Stufe" },
	[PAGE_SCORE] = { "Score", "Score" },
	[PAGE_READING] = {
		"- Every figure is computed from what hosts and files really show. Beside it stands **n**, what it rests on, and an "
		"**interval** that holds the true value 95 times in 100.\n"
		"- What has too little data, or none, is **not assessed**, and says which source or file would give it. It is never "
		"guessed, and never 0.\n"
		"- A **threshold** says where a stage begins. Where a public source gives it, it is named; the others are marked "
		"*proposed* and wait for measured quartiles of real sites.\n"
		"- An indicator is **measured** (counted from events), **derived** (needs a model, or several sources) or **attested** "
		"(a signed and dated statement that expires). They weigh 1, 0.8 and 0.5; attested ones never score above 3.24.\n"
		"- A **gate** is a must-have. A soft one holds its area at most one stage above itself, a hard one keeps it at "
		"Beginning.\n"
		"- Every number can be gamed. So each indicator says how, and what would show it.\n",
		"- Jede Zahl wird aus dem berechnet, was Hosts und Dateien wirklich zeigen. Daneben stehen **n**, worauf sie beruht, "
		"und ein **Intervall**, das den wahren Wert in 95 von 100 Fällen enthält.\n"
		"- Was zu wenige oder keine Daten hat, ist **nicht bewertet** und sagt, welche Quelle oder Datei sie liefern würde. Es "
		"wird nie geraten und ist nie 0.\n"
		"- Eine **Schwelle** sagt, wo eine Stufe beginnt. Wo es eine öffentliche Quelle gibt, ist sie genannt; die übrigen "
		"heißen *Vorschlag* und warten auf gemessene Quartile echter Standorte.\n"
		"- Eine Kennzahl ist **gemessen** (aus Ereignissen gezählt), **abgeleitet** (braucht ein Modell oder mehrere Quellen) "
		"oder **nachgewiesen** (unterschriebene, datierte Erklärung, die abläuft). Sie zählen mit 1, 0,8 und 0,5; "
		"nachgewiesene ergeben nie mehr als 3,24.\n"
		"- Eine **Schranke** ist eine Pflicht. Eine weiche hält ihren Bereich höchstens eine Stufe über sich, eine harte lässt "
		"ihn im Beginn.\n"
		"- Jede Zahl lässt sich schönen. Deshalb sagt jede Kennzahl, wie, und was es zeigen würde.\n" },
	[PAGE_GLANCE] = { "The areas at a glance", "Die Bereiche auf einen Blick" },
	[PAGE_AREA] = { "Area", "Bereich" },
	[PAGE_WEIGHT] = { "weight", "Gewicht" },
	[PAGE_INDICATORS] = { "indicators", "Kennzahlen" },
	[PAGE_NEEDS] = { "Needs", "Braucht" },
	[PAGE_MEASURABLE] = { "What can be measured", "Was sich messen lässt" },
	[PAGE_NOT_MEASURABLE] = { "What cannot", "Was nicht" },
	[PAGE_SOFT_GATE] = { "soft gate", "weiche Schranke" },
	[PAGE_HARD_GATE] = { "hard gate", "harte Schranke" },
	[PAGE_OF] = { "of", "von" },
	[PAGE_BELOW] = { "below", "unter" },
	[PAGE_ABOVE] = { "above", "über" },
	[PAGE_FROM] = { "from", "ab" },
	[PAGE_AT_MOST] = { "at most", "höchstens" },
	[PAGE_LEVEL] = { "level", "Stufe" },
	[PAGE_PROPOSED] = { "proposed: no public source", "Vorschlag: keine öffentliche Quelle" },
	[PAGE_DEFINITION] = { "Definition", "Definition" },
	[PAGE_COMPUTED] = { "How it is measured", "Wie gemessen wird" },
	[PAGE_NOT_YET] = { "not yet", "noch nicht" },
	[PAGE_METHOD] = { "method", "Methode" },
	[PAGE_AT_LEAST] = { "at least n =", "mindestens n =" },
	[PAGE_TOP_NEEDS] = { "the top stage needs n =", "die oberste Stufe braucht n =" },
	[PAGE_GAMING] = { "How it could be gamed", "Wie man sie schönen könnte" },
	[PAGE_COUNTER] = { "What would show it", "Was das zeigen würde" },
	[PAGE_WATCHED] = { "watched together with", "wird beobachtet zusammen mit" },
	[PAGE_CAP] = { "One known failure keeps the area at most at", "Ein bekannter Fehler hält den Bereich höchstens bei" },
	[PAGE_NOT_APPLICABLE] = { "Not applicable where a signed statement says so", "Nicht anwendbar, wo eine unterschriebene Erklärung das sagt" },
	[PAGE_CONTEXT] = { "Figures of context", "Kontextzahlen" },
	[PAGE_CONTEXT_IS] = { "Reported beside the scores, never scored: they describe the business, or show when an indicator is gamed.",
	                      "Werden neben den Scores berichtet und nie bewertet: Sie beschreiben das Geschäft oder zeigen, wenn eine Kennzahl geschönt wird." },
	[PAGE_USE] = { "Use", "Zweck" },
	[PAGE_HOLDS] = { "Do the intervals hold the truth?", "Enthalten die Intervalle die Wahrheit?" },
	[PAGE_HOLDS_IS] = {
		"Counted on simulated sites whose true values are known: in how many the 95 % interval contains them. Honest is 92 to "
		"98 of 100; more is on the safe side. What lies outside, and why: [How often the intervals hold the truth](coverage.md).",
		"Gezählt an simulierten Standorten, deren wahre Werte bekannt sind: in wie vielen das 95-%-Intervall sie enthält. "
		"Ehrlich sind 92 bis 98 von 100; mehr ist auf der sicheren Seite. Was außerhalb liegt und warum, steht in "
		"[coverage.md](coverage.md) (englisch)." },
	[PAGE_FIGURE] = { "Figure", "Zahl" },
	[PAGE_SITES] = { "Sites", "Standorte" },
	[PAGE_HELD] = { "Interval holds", "Intervall enthält" },
	[PAGE_SOURCES] = { "Sources", "Quellen" },
	[PAGE_SOURCES_ARE] = { "%s of %t thresholds have a public source.", "%s von %t Schwellen haben eine öffentliche Quelle." },
	[PAGE_TOOK] = { "taken from it", "daraus entnommen" },
	[PAGE_VERIFIED] = { "checked", "geprüft" },
};

static const char *const classes[MODEL_CLASSES][MODEL_LANGUAGES] = {
	[MODEL_MEASURED] = { "measured", "gemessen" },
	[MODEL_DERIVED] = { "derived", "abgeleitet" },
	[MODEL_ATTESTED] = { "attested", "nachgewiesen" },
};

static const char *const intervals[][MODEL_LANGUAGES] = {
	[MODEL_NO_INTERVAL] = { "a state: no sampling error", "ein Zustand: kein Stichprobenfehler" },
	[MODEL_WILSON] = { "95 % interval of a share (Wilson)", "95-%-Intervall eines Anteils (Wilson)" },
	[MODEL_QUASI_WILSON] = { "95 % interval of a share (Wilson), the wider the more days differ",
	                         "95-%-Intervall eines Anteils (Wilson), umso weiter, je mehr sich die Tage unterscheiden" },
	[MODEL_DAY_BLOCK_BOOTSTRAP] = { "95 % interval from resampled whole days",
	                                "95-%-Intervall aus neu gezogenen ganzen Tagen" },
	[MODEL_ORDER_STATISTIC] = { "95 % interval from ranks", "95-%-Intervall aus Rängen" },
	[MODEL_STUDENT] = { "95 % interval of a mean (Student t)", "95-%-Intervall eines Mittels (Student t)" },
	[MODEL_ITEM_BOOTSTRAP] = { "95 % interval from resampled contacts", "95-%-Intervall aus neu gezogenen Kontakten" },
	[MODEL_POISSON_EXACT] = { "95 % interval of a count (Poisson)", "95-%-Intervall einer Anzahl (Poisson)" },
	[MODEL_NPS_MULTINOMIAL] = { "95 % interval of a difference of shares", "95-%-Intervall einer Differenz von Anteilen" },
};

static const struct estimator_words {
	const char *name;
	const char *in[MODEL_LANGUAGES];
} estimators[] = {
	{ "ratio", { "share", "Anteil" } },
	{ "mean", { "mean", "Mittel" } },
	{ "quantile", { "quantile", "Quantil" } },
	{ "kaplan_meier", { "quantile in which those who left count as still waiting (Kaplan-Meier)",
	                    "Quantil, in dem Ausgeschiedene als noch wartend zählen (Kaplan-Meier)" } },
	{ "quotient", { "quotient of two sums", "Quotient zweier Summen" } },
	{ "latest", { "newest state of each host, folder or port", "neuester Zustand je Host, Ordner oder Port" } },
	{ "count", { "count", "Anzahl" } },
	{ "members", { "share of those who reach it", "Anteil derer, die es erreichen" } },
	{ "attestation", { "signed statement that still holds", "unterschriebene Erklärung, die noch gilt" } },
	{ "target_coverage", { "declared targets held against the queues of each day",
	                       "vereinbarte Ziele gegen die Warteschlangen jedes Tages" } },
	{ "target_attainment", { "every half hour held against its queue's own target",
	                         "jede halbe Stunde gegen das Ziel ihrer Warteschlange" } },
	{ "worst_interval", { "the worst tenth of the half hours", "das schlechteste Zehntel der halben Stunden" } },
	{ "target_mix", { "kinds of declared targets for which data came", "Arten vereinbarter Ziele, zu denen Daten kamen" } },
	{ "wape", { "forecast held against what came, by queue and day", "Prognose gegen Ist, je Warteschlange und Tag" } },
	{ "adherence", { "agent states held against the plan, by the minute", "Agentenstatus gegen den Plan, auf die Minute" } },
	{ "occupancy", { "agent states by half hour", "Agentenstatus je halbe Stunde" } },
	{ "staffing_fit", { "staff held against an Erlang-A requirement, by half hour",
	                    "Besetzung gegen den Erlang-A-Bedarf, je halbe Stunde" } },
	{ "lead_time", { "quantile over the final plan of each shift", "Quantil über den endgültigen Plan jeder Schicht" } },
	{ "attrition", { "leavers held against staff over 365 days", "Abgänge gegen Personal über 365 Tage" } },
	{ "affinity", { "repeat contacts held against who served them before",
	                "Wiederkontakte gegen den, der sie zuvor bediente" } },
	{ "continuity", { "customers who used several channels, and their cases",
	                  "Kunden mit mehreren Kanälen und ihre Vorgänge" } },
	{ "kappa", { "agreement beyond chance (Cohen, Fleiss)", "Übereinstimmung über den Zufall hinaus (Cohen, Fleiss)" } },
	{ "representativeness", { "distance of the sample from all contacts", "Abstand der Stichprobe von allen Kontakten" } },
	{ "nps", { "promoters less detractors", "Promotoren weniger Detraktoren" } },
	{ "survey_bias", { "distance of those who answered from all contacts", "Abstand der Antwortenden von allen Kontakten" } },
	{ "telemetry_completeness", { "sampling slots received of those expected", "empfangene von erwarteten Messintervallen" } },
	{ "reconciliation", { "median over days of what two sources differ in",
	                      "Median über die Tage, um wie viel zwei Quellen abweichen" } },
	{ "reproducibility", { "reported figures recomputed from raw events", "berichtete Zahlen, aus Rohdaten nachgerechnet" } },
	{ "analytics_ladder", { "the highest rung that data shows", "die höchste Sprosse, die sich in Daten zeigt" } },
};
/* clang-format on */

const char *doc_word(enum doc_word word, enum model_language language)
{
	return words[word][language];
}

const char *page_class(enum model_class c, enum model_language language)
{
	return classes[c][language];
}

const char *page_interval(enum model_interval interval, enum model_language language)
{
	return intervals[interval][language];
}

const char *page_estimator(const char *name, enum model_language language)
{
	for (size_t i = 0; i < sizeof(estimators) / sizeof(estimators[0]); i++) {
		if (strcmp(estimators[i].name, name) == 0) {
			return estimators[i].in[language];
		}
	}
	return name;
}
