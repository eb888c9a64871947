/* Why sites are not compared, in words; see compare.h. */
#include <string.h>

#include "collector/score/views/compare.h"

static const char *const names[COMPARE_BARS] = {
	[COMPARE_FAIR] = "fair",
	[COMPARE_MODEL] = "model",
	[COMPARE_WINDOW] = "window",
	[COMPARE_PROVISIONAL] = "provisional",
	[COMPARE_NOT_ASSESSED] = "not_assessed",
	[COMPARE_NO_COMPLETENESS] = "completeness_unknown",
	[COMPARE_INCOMPLETE] = "incomplete",
	[COMPARE_CONFLICT] = "conflict",
	[COMPARE_METHOD] = "method",
	[COMPARE_CHANNELS] = "channel",
	[COMPARE_SCALES] = "survey_scale",
	[COMPARE_NO_WORDING] = "survey_wording_unknown",
	[COMPARE_WORDINGS] = "survey_wording",
	[COMPARE_NO_COUNTRY] = "country_unknown",
	[COMPARE_COUNTRIES] = "country",
	[COMPARE_NO_LOAD] = "load_unknown",
	[COMPARE_NO_STRATA] = "no_common_contacts",
	[COMPARE_NO_ERROR] = "no_interval",
	[COMPARE_INDICATORS] = "indicators",
	[COMPARE_FEW_SITES] = "few_sites",
};

/* %s: the site it lies with; %a, %b: what the two have; %o: what only one of them has. */
static const char *const sentences[COMPARE_BARS][MODEL_LANGUAGES] = {
	[COMPARE_FAIR] = { "", "" },
	[COMPARE_MODEL] = { "they were scored by different models",
	                    "sie mit verschiedenen Modellen bewertet wurden" },
	[COMPARE_WINDOW] = { "their windows differ", "ihre Zeiträume verschieden sind" },
	[COMPARE_PROVISIONAL] = { "%s is scored provisionally, on too little data",
	                          "%s nur vorläufig bewertet ist, mit zu wenigen Daten" },
	[COMPARE_NOT_ASSESSED] = { "it is not assessed at %s", "es bei %s nicht bewertet ist" },
	[COMPARE_NO_COMPLETENESS] = { "nobody knows how complete the telemetry of %s is",
	                              "niemand weiß, wie vollständig die Telemetrie von %s ist" },
	[COMPARE_INCOMPLETE] = { "less than 98 % of the telemetry of %s arrived",
	                         "weniger als 98 % der Telemetrie von %s ankamen" },
	[COMPARE_CONFLICT] = { "a counter-indicator got worse at %s while this got better",
	                       "bei %s eine Gegenkennzahl schlechter wurde, während diese besser "
	                       "wurde" },
	[COMPARE_METHOD] = { "it is measured by different methods",
	                     "es mit verschiedenen Methoden gemessen ist" },
	[COMPARE_CHANNELS] = { "the channels differ (%a; %b)",
	                       "die Kanäle verschieden sind (%a; %b)" },
	[COMPARE_SCALES] = { "the scales of the survey differ (%a; %b)",
	                     "die Skalen der Umfrage verschieden sind (%a; %b)" },
	[COMPARE_NO_WORDING] = { "nobody says how the question was worded at %s",
	                         "niemand sagt, wie die Frage bei %s gestellt war" },
	[COMPARE_WORDINGS] = { "the question was worded differently (%a; %b)",
	                       "die Frage verschieden gestellt war (%a; %b)" },
	[COMPARE_NO_COUNTRY] = { "nobody says in which country %s asks; recommendation is not "
	                         "compared across countries",
	                         "niemand sagt, in welchem Land %s fragt; Weiterempfehlung wird "
	                         "nicht über Länder verglichen" },
	[COMPARE_COUNTRIES] = { "recommendation is not compared across countries",
	                        "Weiterempfehlung nicht über Länder verglichen wird" },
	[COMPARE_NO_LOAD] = { "it is not known how many contacts a queue of %s has a day",
	                      "nicht bekannt ist, wie viele Kontakte eine Warteschlange von %s am "
	                      "Tag hat" },
	[COMPARE_NO_STRATA] = { "%s has hardly any contacts of a kind that the other has too",
	                        "%s kaum Kontakte einer Art hat, die es auch beim anderen gibt" },
	[COMPARE_NO_ERROR] = { "there is no interval around it", "es dazu kein Intervall gibt" },
	[COMPARE_INDICATORS] = { "the scores rest on different indicators (%o)",
	                         "die Werte auf verschiedenen Kennzahlen beruhen (%o)" },
	[COMPARE_FEW_SITES] = { "fewer than 5 comparable sites of one of them",
	                        "einer von beiden weniger als 5 vergleichbare Standorte hat" },
};

const char *compare_bar_name(enum compare_bar bar)
{
	return names[bar];
}

static const char *trait(const struct compare_report *r, const struct compare_result *x,
                         size_t site, enum model_language language)
{
	static const enum compare_trait traits[COMPARE_BARS] = {
		[COMPARE_CHANNELS] = COMPARE_CHANNEL,
		[COMPARE_SCALES] = COMPARE_SURVEY_SCALE,
		[COMPARE_WORDINGS] = COMPARE_SURVEY_WORDING,
	};
	const char *text =
		r->sites[site].measures[r->subjects[x->subject].at].trait[traits[x->bar]];

	return text[0] != '\0' ? text : (language == MODEL_GERMAN ? "unbekannt" : "not known");
}

static const struct scored_area *area_at(const struct compare_report *r, size_t site,
                                         const struct model_area *is)
{
	const struct scorecard *card = r->sites[site].card;
	size_t a = 0;

	while (a + 1 < card->n_areas && strcmp(card->areas[a].is->id, is->id) != 0) {
		a++;
	}
	return &card->areas[a];
}

/* "only nord: Transfer rate; only sued: Service level and 2 more", one of each side by name. */
static void lone(const struct compare_report *r, const struct compare_result *x,
                 enum model_language language, struct buf *out)
{
	const struct model_area *is = r->subjects[x->subject].area;
	const size_t sites[] = { x->a, x->b };
	const struct model_indicator *only[2];
	size_t n;
	size_t named = 0;

	if (r->by_vendor) { /* some site of the two; which is in the report by site */
		buf_add_text(out, is->name.in[language]);
		return;
	}
	n = compare_lone_indicators(area_at(r, x->a, is), area_at(r, x->b, is), only);
	for (size_t i = 0; i < 2; i++) {
		if (only[i] != NULL) {
			buf_printf(out, "%s%s %s: %s", named > 0 ? "; " : "",
			           language == MODEL_GERMAN ? "nur" : "only",
			           r->sites[sites[i]].card->site, only[i]->name.in[language]);
			named++;
		}
	}
	if (n > named) {
		buf_printf(out, language == MODEL_GERMAN ? "; %zu weitere" : "; %zu more",
		           n - named);
	}
}

void compare_bar_text(const struct compare_report *r, const struct compare_result *x,
                      enum model_language language, struct buf *out)
{
	buf_add_text(out, language == MODEL_GERMAN ? "nicht vergleichbar, weil "
	                                           : "not comparable because ");
	for (const char *s = sentences[x->bar][language]; *s != '\0'; s++) {
		bool mark = *s == '%' && strchr("sabo", s[1]) != NULL && s[1] != '\0';

		if (!mark) {
			buf_add_char(out, *s);
			continue;
		}
		s++;
		if (*s == 's') {
			buf_add_text(out,
			             x->barred < r->n_sites ? r->sites[x->barred].card->site : "?");
		} else if (*s == 'o') {
			lone(r, x, language, out);
		} else {
			buf_add_text(out, trait(r, x, *s == 'a' ? x->a : x->b, language));
		}
	}
}
