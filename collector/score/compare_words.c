/* Why sites are not compared, in words; see compare.h. */
#include <string.h>

#include "collector/score/compare.h"

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
	[COMPARE_FEW_SITES] = "few_sites",
};

/* %s: the site it lies with; %a, %b: what the two have. */
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
	[COMPARE_NO_STRATA] = { "%s has hardly any contacts of a kind that others have too",
	                        "%s kaum Kontakte einer Art hat, die auch andere haben" },
	[COMPARE_NO_ERROR] = { "there is no interval around it", "es dazu kein Intervall gibt" },
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

void compare_bar_text(const struct compare_report *r, const struct compare_result *x,
                      enum model_language language, struct buf *out)
{
	buf_add_text(out, language == MODEL_GERMAN ? "nicht vergleichbar, weil "
	                                           : "not comparable because ");
	for (const char *s = sentences[x->bar][language]; *s != '\0'; s++) {
		bool mark = *s == '%' && (s[1] == 's' || s[1] == 'a' || s[1] == 'b');

		if (!mark) {
			buf_add_char(out, *s);
			continue;
		}
		s++;
		if (*s == 's') {
			buf_add_text(out,
			             x->barred < r->n_sites ? r->sites[x->barred].card->site : "?");
		} else {
			buf_add_text(out, trait(r, x, *s == 'a' ? x->a : x->b, language));
		}
	}
}
