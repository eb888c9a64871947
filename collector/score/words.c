/* Reasons and numbers in words, in every language; see score.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/when.h"
#include "cxmeter/score.h"

/* What a reason says; the marks stand for: %k kind of record, %t what it needs, %h what there is,
 * %n what is needed, %s share or shares, %e last day, %i id of the indicator or gate, %a area, %d
 * day and %r role of a signer. */
static const char *const sentences[][MODEL_LANGUAGES] = {
	[WHY_NOTHING] = { "", "" },
	[WHY_NOT_MEASURED] = { "not measured yet: needs %t", "noch nicht gemessen: braucht %t" },
	[WHY_NO_EVIDENCE] = { "no %k evidence in the window; needs: %t",
	                      "keine %k-Daten im Zeitraum; braucht: %t" },
	[WHY_NONE_FITS] = { "no %k in the window says anything about it; needs: %t",
	                    "kein %k im Zeitraum sagt etwas darüber; braucht: %t" },
	[WHY_TOO_FEW] = { "", "" }, /* put together from its parts */
	[WHY_TOO_UNCERTAIN] = { "too uncertain: the interval spans three stages",
	                        "zu unsicher: das Intervall reicht über drei Stufen" },
	[WHY_NO_INTERVAL] = { "too little to say how sure it is (n = %h)",
	                      "zu wenig, um zu sagen, wie sicher es ist (n = %h)" },
	[WHY_NOT_A_SHARE] = { "the numerator is larger than the denominator",
	                      "der Zähler ist größer als der Nenner" },
	[WHY_NOT_REACHED] = { "not reached: too many left before that",
	                      "nicht erreicht: zu viele haben vorher aufgegeben" },
	[WHY_COVERAGE] = { "%h of the weight is assessed, %n are needed",
	                   "%h des Gewichts sind bewertet, %n sind nötig" },
	[WHY_FEW_MEASURED] = { "measured or derived indicators: %h of %n",
	                       "gemessene oder abgeleitete Kennzahlen: %h von %n" },
	[WHY_HARD_GATE_MISSING] = { "must-have %i is not assessed",
	                            "Pflichtkennzahl %i ist nicht bewertet" },
	[WHY_REQUIRED_MISSING] = { "what is attested does not stand without %i",
	                           "Nachgewiesenes gilt nicht ohne %i" },
	[WHY_SOFT_GATE_MISSING] = { "gate %i is not assessed", "Schranke %i ist nicht bewertet" },
	[WHY_GATE_CAPS] = { "%h without the gate %i", "%h ohne die Schranke %i" },
	[WHY_GATE_UNDECIDED] = { "gate undecided: %i", "Schranke unentschieden: %i" },
	[WHY_FAILURE_KNOWN] = { "%i: failures known: %h; they cap the area at %n",
	                        "%i: bekannte Verstöße: %h; sie begrenzen den Bereich auf %n" },
	[WHY_ATTESTED_AWAY] = { "%i is not applicable: signed on %d by %r",
	                        "%i ist nicht anwendbar: unterschrieben am %d von %r" },
	[WHY_CONTRADICTED] = { "%i counts although signed as not applicable on %d by %r: there is "
	                       "evidence of it (n = %h)",
	                       "%i zählt, obwohl am %d von %r als nicht anwendbar unterschrieben: "
	                       "es gibt Daten dazu (n = %h)" },
	[WHY_SAMPLED] = { "%s of the calls were followed, %d to %e; each counts as often as it "
	                  "stands for",
	                  "%s der Anrufe wurden verfolgt, %d bis %e; jeder zählt für so viele, "
	                  "wie er vertritt" },
	[WHY_CAPTURE_LOSS] = { "%s of the packets of %n min were lost before they could be "
	                       "measured, %d to %e",
	                       "%s der Pakete in %n min gingen verloren, bevor sie gemessen werden "
	                       "konnten, %d bis %e" },
	[WHY_NO_INDEX] = { "the model has no overall index",
	                   "das Modell kennt keinen Gesamtindex" },
	[WHY_FEW_AREAS] = { "%h of at least %n areas are assessed",
	                    "%h von mindestens %n Bereichen sind bewertet" },
	[WHY_MUST_AREA_MISSING] = { "%a is not assessed", "%a ist nicht bewertet" },
};

void score_number(double v, int digits, enum model_language language, struct buf *out)
{
	char text[64];
	double unit = pow(10, -digits);
	int n;

	v = fabs(v) < unit / 2 ? 0 : v; /* never -0.00 */
	n = snprintf(text, sizeof(text), "%.*f", digits, v);
	if (n < 0 || (size_t)n >= sizeof(text)) {
		n = snprintf(text, sizeof(text), "%.*g", digits + 1, v);
	}
	for (int i = 0; language == MODEL_GERMAN && i < n; i++) {
		text[i] = (char)(text[i] == '.' ? ',' : text[i]);
	}
	buf_add(out, text, (size_t)n);
}

static void count(double v, enum model_language language, struct buf *out)
{
	score_number(v, v == floor(v) ? 0 : 1, language, out);
}

static void percent(double v, enum model_language language, struct buf *out)
{
	score_number(100 * v, 0, language, out);
	buf_add_text(out, " %");
}

/* 50 %, 12.5 %, 0.78 % */
static void share(double v, enum model_language language, struct buf *out)
{
	double percents = 100 * v;
	bool whole = fabs(percents - round(percents)) < 1e-9;

	score_number(percents, whole ? 0 : percents >= 1 ? 1 : 2, language, out);
	buf_add_text(out, " %");
}

/* One share, or the lowest and the highest. */
static void shares(const struct score_reason *r, enum model_language language, struct buf *out)
{
	share(r->have, language, out);
	if (r->why == WHY_SAMPLED && r->need > r->have) {
		buf_add_text(out, language == MODEL_GERMAN ? " bis " : " to ");
		share(r->need, language, out);
	}
}

static void too_few(const struct score_reason *r, enum model_language language, struct buf *out)
{
	const char *of = language == MODEL_GERMAN ? " von " : " of ";
	bool n = r->have < r->need;

	if (n) {
		buf_add_text(out, "n = ");
		count(r->have, language, out);
		buf_add_text(out, of);
		count(r->need, language, out);
	}
	if (r->have_days < r->need_days) {
		buf_add_text(out, n ? ", " : "");
		count(r->have_days, language, out);
		buf_add_text(out, of);
		count(r->need_days, language, out);
		buf_add_text(out, language == MODEL_GERMAN ? " Tagen" : " days");
	}
}

/* A number of the reason in its unit. */
static void amount(const struct score_reason *r, double v, enum model_language language,
                   struct buf *out)
{
	if (r->why == WHY_COVERAGE) {
		percent(v, language, out);
	} else if (r->why == WHY_GATE_CAPS) {
		score_number(v, 2, language, out);
	} else {
		count(v, language, out);
	}
}

static void fill(char mark, const struct score_reason *r, enum model_language language,
                 struct buf *out)
{
	char date[WHEN_DATE_SIZE];

	switch (mark) {
	case 'k':
		buf_add_text(out, r->kind != NULL ? r->kind->name : r->is->evidence->from->name);
		break;
	case 't':
		buf_add_text(out, r->is->needs.in[language]);
		break;
	case 'i':
		buf_add_text(out, r->is->id);
		break;
	case 'h':
		amount(r, r->have, language, out);
		break;
	case 'n':
		if (r->why == WHY_FAILURE_KNOWN) {
			score_number(r->need, 2, language, out);
		} else {
			amount(r, r->need, language, out);
		}
		break;
	case 's':
		shares(r, language, out);
		break;
	case 'e':
		buf_add_text(out, when_date(r->to_day, date));
		break;
	case 'a':
		buf_add_text(out, r->area->name.in[language]);
		break;
	case 'd':
		buf_add_text(out, when_date(r->day, date));
		break;
	case 'r':
		buf_add_text(out, r->role[0] != '\0'         ? r->role
		                  : language == MODEL_GERMAN ? "jemandem ohne Angabe der Rolle"
		                                             : "someone whose role is not stated");
		break;
	default:
		buf_add_char(out, mark);
		break;
	}
}

void score_reason_text(const struct score_reason *r, enum model_language language, struct buf *out)
{
	if (r->why == WHY_TOO_FEW) {
		too_few(r, language, out);
		return;
	}
	for (const char *s = sentences[r->why][language]; *s != '\0'; s++) {
		if (*s == '%') {
			fill(*++s, r, language, out);
		} else {
			buf_add_char(out, *s);
		}
	}
}
