/*
 * The torture messages of RFC 4475, found through CXMETER_DATA.
 *
 * What the RFC asks of an element that answers is "accept" or "400"; here it is what can be
 * measured. Lenient where the RFC is not, because the call took place or was refused by somebody
 * else: badaspec, badinv01 (separators in Via), clerr (the body is what is there), escruri,
 * ltgtruri, lwsstart, quotbal (a quote alone is plain), regbadct, trws, unksm2. The file of baddn
 * has no blank line.
 */
#include "agent/decode/sip.h"

#include <stdio.h>

#include "tests/support/cases.h"
#include "tests/support/exact.h"

struct torture {
	const char *name;
	const char *method;
	const char *call_id;
	uint32_t cseq;
	const char *from_tag;
	const char *to_tag;
	size_t body_bytes;
};

static const struct torture tortures[] = {
	{ "e01_badaspec", "OPTIONS", "badaspec.sdf0234n2nds0a099u23h3hnnw009cdkne3", 3923239,
	  "433423", "", 0 },
	{ "e01_badbranch", "OPTIONS", "badbranch.sadonfo23i420jv0as0derf3j3n", 8, "33242", "", 0 },
	{ "e01_baddate", "INVITE", "baddate.239423mnsadf3j23lj42--sedfnm234", 1392934, "2234923",
	  "", 150 },
	{ "e01_badinv01", "INVITE", "badinv01.0ha0isndaksdjasdf3234nas", 8, "134161461246", "",
	  152 },
	{ "e01_bcast", "INVITE", "bcast.0384840201234ksdfak3j2erwedfsASdf", 35, "11141343", "2229",
	  154 },
	{ "e01_bext01", "OPTIONS", "bext01.0ha0isndaksdj", 8, "242etr", "", 0 },
	{ "e01_clerr", "INVITE", "clerr.0ha0isndaksdjweiafasdk3", 8, "93942939o2", "", 154 },
	{ "e01_cparam01", "REGISTER", "cparam01.70710@saturn.example.com", 2, "DkfVgjkrtMwaerKKpe",
	  "", 0 },
	{ "e01_cparam02", "REGISTER", "cparam02.70710@saturn.example.com", 3, "838293", "", 0 },
	{ "e01_dblreq", "REGISTER", "dblreq.0ha0isndaksdj99sdfafnl3lk233412", 8, "43251j3j324", "",
	  0 },
	{ "e01_esc01", "INVITE", "esc01.239409asdfakjkn23onasd0-3234", 234234, "938", "", 150 },
	{ "e01_esc02", "RE%47IST%45R", "esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf", 29344,
	  "f232jadfj23", "", 0 },
	{ "e01_escnull", "REGISTER", "escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd", 14398234,
	  "839923423", "", 0 },
	{ "e01_escruri", "INVITE", "escruri.23940-asdfhj-aje3br-234q098w-fawerh2q-h4n5", 149209342,
	  "341518", "", 150 },
	{ "e01_intmeth", "!interesting-Method0123456789_*+`.%indeed'~",
	  "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{", 139122385, "_token~1'+`*%!-.", "", 0 },
	{ "e01_inv2543", "INVITE", "inv2543.1717@ift.client.example.com", 56, "", "", 105 },
	{ "e01_invut", "INVITE", "invut.0ha0isndaksdjadsfij34n23d", 235448, "8392034", "", 40 },
	{ "e01_longreq", "INVITE",
	  "longreq.onereallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyrea"
	  "llyreallyreallyreallyreallyreallyreallyreallyreallylongcallid",
	  3882340,
	  "12982982982982982982982982982982982982982982982982982982982982982982982982982982"
	  "982982982982982982982982982982982982982982982982982982982982982982982982424",
	  "", 150 },
	{ "e01_ltgtruri", "INVITE", "ltgtruri.1@192.0.2.5", 1, "39291", "", 159 },
	{ "e01_lwsdisp", "OPTIONS", "lwsdisp.1234abcd@funky.example.com", 60, "323", "", 0 },
	{ "e01_lwsstart", "INVITE", "lwsstart.dfknq234oi243099adsdfnawe3@example.com", 1893884,
	  "8814", "", 150 },
	{ "e01_mpart01", "MESSAGE", "3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..", 1, "2fb0dcc9",
	  "", 553 },
	{ "e01_noreason", "INVITE", "noreason.asndj203insdf99223ndf", 35, "39ansfi3", "902jndnke3",
	  0 },
	{ "e01_novelsc", "OPTIONS", "novelsc.asdfasser0q239nwsdfasdkl34", 3923423, "384", "", 0 },
	{ "e01_quotbal", "INVITE", "quotbal.aksdj", 8, "93334", "", 152 },
	{ "e01_regaut01", "REGISTER", "regaut01.0ha0isndaksdj", 9338, "87321hj23128", "", 0 },
	{ "e01_regbadct", "REGISTER", "regbadct.k345asrl3fdbv@10.0.0.1", 1, "998332", "", 0 },
	{ "e01_regescrt", "REGISTER", "regescrt.k345asrl3fdbv@192.0.2.1", 14398234, "8", "", 0 },
	{ "e01_sdp01", "INVITE", "sdp01.ndaksdj9342dasdd", 8, "234", "", 150 },
	{ "e01_semiuri", "OPTIONS", "semiuri.0ha0isndaksdj", 8, "33242", "", 0 },
	{ "e01_transports", "OPTIONS", "transports.kijh4akdnaqjkwendsasfdj", 60, "323", "", 0 },
	{ "e01_trws", "OPTIONS", "trws.oicu34958239neffasdhr2345r", 238923, "329429089", "", 0 },
	{ "e01_unkscm", "OPTIONS", "unkscm.nasdfasser0q239nwsdfasdkl34", 3923423, "384", "", 0 },
	{ "e01_unksm2", "REGISTER", "unksm2.daksdj@hyphenated-host.example.com", 234902, "3234233",
	  "", 0 },
	{ "e01_unreason", "INVITE", "unreason.1234ksdfak3j2erwedfsASdf", 35, "11141343", "2229",
	  154 },
	{ "e01_wsinv", "INVITE", "wsinv.ndaksdj@192.0.2.1", 9, "98asjd8", "1918181833n", 150 },
	{ "e01_zeromf", "OPTIONS", "zeromf.jfasdlfnm2o2l43r5u0asdfas", 39234321, "3ghsd41", "", 0 },
};

static struct slice torture_load(const char *name)
{
	char path[512];
	char text[8192];
	FILE *file;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/rfc4475-resiprocate/resip__stack__test__%s.dat",
	               getenv("CXMETER_DATA"), name + strlen("e01_"));
	file = fopen(path, "rb");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	return exact(text, n);
}

static void e01_torture_messages_are_not_here(void **state)
{
	(void)state;
	print_message("# skip: CXMETER_DATA is not set: the messages of RFC 4475 are not parsed\n");
	skip();
}

static void torture_message_is_parsed_as_listed(void **state)
{
	const struct torture *t = *state;
	struct slice s = torture_load(t->name);
	struct sip_msg m;

	assert_int_equal(sip_parse(s, &m), SIP_OK);
	assert_text(m.method_name, t->method);
	assert_text(m.call_id, t->call_id);
	assert_int_equal(m.cseq, t->cseq);
	assert_text(m.from_tag, t->from_tag);
	assert_text(m.to_tag, t->to_tag);
	assert_int_equal(m.body.len, t->body_bytes);
	exact_free(s);
}

static const struct torture_refusal {
	const char *name;
	enum sip_result want;
} torture_refusals[] = {
	{ "e01_baddn", SIP_CUT },
	{ "e01_badvers", SIP_BAD_START_LINE },
	{ "e01_bigcode", SIP_BAD_STATUS },
	{ "e01_insuf", SIP_MISSING_FIELD },
	{ "e01_lwsruri", SIP_BAD_START_LINE },
	{ "e01_mcl01", SIP_BAD_CONTENT_LENGTH },
	{ "e01_mismatch01", SIP_BAD_CSEQ },
	{ "e01_mismatch02", SIP_BAD_CSEQ },
	{ "e01_multi01", SIP_BAD_CSEQ },
	{ "e01_ncl", SIP_BAD_CONTENT_LENGTH },
	{ "e01_scalar02", SIP_BAD_CSEQ },
	{ "e01_scalarlg", SIP_BAD_CSEQ },
	{ "e01_test", SIP_NOT_SIP },
};

static void torture_message_is_refused_as_listed(void **state)
{
	const struct torture_refusal *t = *state;
	struct slice s = torture_load(t->name);
	struct sip_msg m;

	assert_string_equal(sip_result_name(sip_parse(s, &m)), sip_result_name(t->want));
	exact_free(s);
}

int main(void)
{
	static struct cases c;

	if (getenv("CXMETER_DATA") != NULL) {
		cases_table(&c, tortures, torture_message_is_parsed_as_listed);
		cases_table(&c, torture_refusals, torture_message_is_refused_as_listed);
	} else {
		cases_test(&c, e01_torture_messages_are_not_here);
	}
	return cases_run("decode/sip/rfc4475", &c, NULL, NULL);
}
