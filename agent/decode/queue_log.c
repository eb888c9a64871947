/* Lines of queue_log; see queue_log.h. Follows Asterisk's main/logger.c (ast_queue_log) and what it
 * wrote in practice. Bars are found eight bytes at a time: this is where a log's reading time goes.
 */
#include "agent/decode/queue_log.h"

#include <stdbool.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define FIELDS_BEFORE_ARGS 5
#define NAME_BARS_MAX      3
#define EVENT_WORD_MIN     4 /* letters; INFO is the shortest in use, initials are shorter */
#define STRIDE             ((size_t)16) /* bytes looked at in one go */
#define CHUNK              ((size_t)64) /* bytes whose bars fit a mask */
#define SECONDS_DIGITS_MAX 11

#ifdef __SSE2__

/* One bit for each of 16 bytes that is a bar. */
static inline uint64_t bars_of(const char *at)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);

	return (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('|')));
}

#else

#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

/* The high bit of every byte that is a bar, exactly: adding within seven bits carries nothing from
 * one byte into the next. Then the product moves bit 7 of byte i to bit 56 + i. */
static inline uint64_t bars_of_word(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	word ^= EACH_BYTE('|');
	word = ~(((word & EACH_BYTE(0x7f)) + EACH_BYTE(0x7f)) | word | EACH_BYTE(0x7f));
	return ((word >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

static inline uint64_t bars_of(const char *at)
{
	return bars_of_word(at) | bars_of_word(at + 8) << 8;
}

#endif

/* Where the bars are among the next n bytes, n up to 64. Nothing behind them is read; the last look
 * may begin before them, so the line must be at least a stride long. */
static inline uint64_t bars_among(const char *at, size_t n)
{
	uint64_t mask = 0;
	size_t i = 0;

	for (; i + STRIDE <= n; i += STRIDE) {
		mask |= bars_of(at + i) << i;
	}
	if (i < n) {
		mask |= bars_of(at + n - STRIDE) >> (STRIDE - (n - i)) << i;
	}
	return mask;
}

/* Cut a line of at least a stride at its bars; the number of fields. */
static size_t cut(struct slice line, struct slice *fields)
{
	const char *start = line.at;
	size_t n_fields = 0;

	for (size_t i = 0; i < line.len; i += CHUNK) {
		size_t n = line.len - i < CHUNK ? line.len - i : CHUNK;
		uint64_t bars = bars_among(line.at + i, n);

		for (; bars != 0 && n_fields < QUEUE_LINE_FIELDS_MAX - 1; bars &= bars - 1) {
			const char *bar = line.at + i + __builtin_ctzll(bars);

			fields[n_fields++] = (struct slice){ start, (size_t)(bar - start) };
			start = bar + 1;
		}
	}
	fields[n_fields++] = (struct slice){ start, (size_t)(line.at + line.len - start) };
	return n_fields;
}

/* The same for a line too short for that; never a whole one, as ten digits and four bars leave no
 * room for a verb. */
static size_t cut_short(struct slice line, struct slice *fields)
{
	size_t n_fields = 0;

	while (n_fields < QUEUE_LINE_FIELDS_MAX && line.len > 0) {
		fields[n_fields++] = slice_cut(&line, '|');
	}
	return n_fields;
}

/* 1795322591 or 1795322591.123456; digits past microseconds are ignored */
static bool parse_epoch(struct slice s, int64_t *at_us)
{
	int64_t seconds = 0;
	int64_t scale = INT64_C(1000000);
	size_t i = 0;

	for (; i < s.len && i <= SECONDS_DIGITS_MAX && (unsigned)(s.at[i] - '0') <= 9; i++) {
		seconds = seconds * 10 + (s.at[i] - '0');
	}
	if (i == 0 || seconds > QUEUE_LINE_MAX_S) {
		return false;
	}
	*at_us = seconds * INT64_C(1000000);
	if (i == s.len) {
		return true;
	}
	if (s.at[i++] != '.') {
		return false;
	}
	for (; i < s.len; i++) {
		unsigned digit = (unsigned)(s.at[i] - '0');

		if (digit > 9) {
			return false;
		}
		scale /= 10;
		*at_us += (int64_t)digit * scale;
	}
	return true;
}

#define IS(literal, verb)                                                                          \
	do {                                                                                       \
		if (memcmp(s.at, (literal), sizeof(literal) - 1) == 0) {                           \
			return (verb);                                                             \
		}                                                                                  \
	} while (0)

/* Words of one length compare as a few integers each. */
static enum queue_verb verb_of(struct slice s)
{
	switch (s.len) {
	case 5:
		IS("PAUSE", QUEUE_VERB_PAUSE);
		break;
	case 7:
		IS("CONNECT", QUEUE_VERB_CONNECT);
		IS("ABANDON", QUEUE_VERB_ABANDON);
		IS("UNPAUSE", QUEUE_VERB_UNPAUSE);
		IS("PENALTY", QUEUE_VERB_PENALTY);
		break;
	case 8:
		IS("TRANSFER", QUEUE_VERB_TRANSFER);
		IS("PAUSEALL", QUEUE_VERB_PAUSEALL);
		break;
	case 9:
		IS("EXITEMPTY", QUEUE_VERB_EXITEMPTY);
		IS("ADDMEMBER", QUEUE_VERB_ADDMEMBER);
		IS("AGENTDUMP", QUEUE_VERB_AGENTDUMP);
		IS("SYSCOMPAT", QUEUE_VERB_SYSCOMPAT);
		break;
	case 10:
		IS("ENTERQUEUE", QUEUE_VERB_ENTERQUEUE);
		IS("AGENTLOGIN", QUEUE_VERB_AGENTLOGIN);
		IS("UNPAUSEALL", QUEUE_VERB_UNPAUSEALL);
		IS("QUEUESTART", QUEUE_VERB_QUEUESTART);
		break;
	case 11:
		IS("EXITWITHKEY", QUEUE_VERB_EXITWITHKEY);
		IS("AGENTLOGOFF", QUEUE_VERB_AGENTLOGOFF);
		break;
	case 12:
		IS("RINGNOANSWER", QUEUE_VERB_RINGNOANSWER);
		IS("RINGCANCELED", QUEUE_VERB_RINGCANCELED);
		IS("REMOVEMEMBER", QUEUE_VERB_REMOVEMEMBER);
		IS("CONFIGRELOAD", QUEUE_VERB_CONFIGRELOAD);
		break;
	case 13:
		IS("COMPLETEAGENT", QUEUE_VERB_COMPLETEAGENT);
		IS("BLINDTRANSFER", QUEUE_VERB_BLINDTRANSFER);
		break;
	case 14:
		IS("COMPLETECALLER", QUEUE_VERB_COMPLETECALLER);
		break;
	case 15:
		IS("EXITWITHTIMEOUT", QUEUE_VERB_EXITWITHTIMEOUT);
		break;
	case 16:
		IS("ATTENDEDTRANSFER", QUEUE_VERB_ATTENDEDTRANSFER);
		break;
	case 18:
		IS("AGENTCALLBACKLOGIN", QUEUE_VERB_AGENTCALLBACKLOGIN);
		break;
	case 19:
		IS("AGENTCALLBACKLOGOFF", QUEUE_VERB_AGENTCALLBACKLOGOFF);
		break;
	default:
		break;
	}
	return QUEUE_VERB_OTHER;
}

/* What QueueLog() of a dialplan writes as a verb: its arguments may be words that Asterisk has as
 * verbs, such as CALLSTATUS|TRANSFER. */
static bool is_event_word(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((s.at[i] < 'A' || s.at[i] > 'Z') && s.at[i] != '_') {
			return false;
		}
	}
	return s.len >= EVENT_WORD_MIN;
}

/* A member's name may hold bars: then a verb of Asterisk's stands further right. The name is joined
 * again.
 * @return fields that are left. */
static size_t find_verb(struct slice *fields, size_t n)
{
	const char *name = fields[3].at;

	if (is_event_word(fields[4])) {
		return n;
	}
	for (size_t at = FIELDS_BEFORE_ARGS; at < n && at < FIELDS_BEFORE_ARGS + NAME_BARS_MAX;
	     at++) {
		if (verb_of(fields[at]) != QUEUE_VERB_OTHER) {
			fields[3] = (struct slice){ name, (size_t)(fields[at].at - 1 - name) };
			memmove(&fields[4], &fields[at], (n - at) * sizeof(fields[0]));
			return n - (at - 4);
		}
	}
	return n;
}

/* A power cut can leave zeros where the last lines were; the PBX appends to them when it is back,
 * first of all the QUEUESTART that tells of it. */
static struct slice skip_zeros(struct slice line)
{
	while (line.len > 0 && line.at[0] == '\0') {
		line = (struct slice){ line.at + 1, line.len - 1 };
	}
	return line;
}

enum queue_line_result queue_line_decode(struct slice line, struct queue_line *out)
{
	size_t n;

	line = skip_zeros(line);
	if (line.len >= 3 &&
	    memcmp(line.at, "\xef\xbb\xbf", 3) == 0) { /* an editor's byte order mark */
		line = (struct slice){ line.at + 3, line.len - 3 };
	}
	if (line.len > 0 && line.at[line.len - 1] == '\r') {
		line.len--;
	}
	if (line.len == 0) {
		return QUEUE_LINE_EMPTY;
	}
	n = line.len >= STRIDE ? cut(line, out->fields) : cut_short(line, out->fields);
	if (n < FIELDS_BEFORE_ARGS) {
		return QUEUE_LINE_TOO_FEW_FIELDS;
	}
	if (!parse_epoch(out->time, &out->at_us)) {
		return QUEUE_LINE_BAD_TIME;
	}
	out->verb = verb_of(out->verb_text);
	if (out->verb == QUEUE_VERB_OTHER) {
		n = find_verb(out->fields, n);
		out->verb = verb_of(out->verb_text);
	}
	if (out->verb_text.len == 0) {
		return QUEUE_LINE_NO_VERB;
	}
	out->n_args = n - FIELDS_BEFORE_ARGS;
	return QUEUE_LINE_OK;
}

const char *queue_line_result_name(enum queue_line_result r)
{
	static const char *const names[] = { "ok", "empty", "too_few_fields", "bad_time",
		                             "no_verb" };

	_Static_assert(sizeof(names) / sizeof(names[0]) == QUEUE_LINE_RESULTS, "a name each");
	return names[r];
}
