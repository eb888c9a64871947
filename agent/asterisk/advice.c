/* Advice on Asterisk's configuration; see advice.h. Options, defaults and classes: the samples and
 * sources of Asterisk 22 (main/manager.c, main/cel.c, cel/cel_custom.c, main/logger.c). */
#include "agent/asterisk/advice.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "common/slice.h"

#define TEXT_BYTES   1024
#define STALE_S      3600 /* a log so much older than its neighbour is not written */
#define PORT_DEFAULT 5038
#define PORT_TLS     5039

struct advice {
	const char *directory;
	const struct asterisk_tell *tell;
	unsigned n;
};

__attribute__((format(printf, 3, 4))) static void say(struct advice *a, const char *file,
                                                      const char *format, ...)
{
	char text[TEXT_BYTES];
	int n = snprintf(text, sizeof(text), "%s/%s: ", a->directory, file);
	va_list args;

	a->n++;
	if (n < 0 || (size_t)n >= sizeof(text)) {
		return;
	}
	va_start(args, format);
	(void)vsnprintf(text + n, sizeof(text) - (size_t)n, format, args);
	va_end(args);
	a->tell->problem(a->tell->arg, text);
}

/* @return true when it could be read; what is wrong in it has been told. */
static bool load(struct advice *a, struct asterisk_config *c, const char *file, const char *without)
{
	int rc = asterisk_config_load(c, a->directory, file, a->tell);

	a->n += c->problems;
	if (rc == -ENOENT) {
		say(a, file, "is not there: %s", without);
	} else if (rc != 0) {
		say(a, file,
		    "cannot be read (%s), so nothing is known of it: run check as root, or put "
		    "this user into the group asterisk",
		    strerror(-rc));
	}
	return rc == 0;
}

static bool readable(const char *directory)
{
	struct stat st;

	return stat(directory, &st) == 0;
}

/* ---- manager.conf ---- */

static void advise_general(struct advice *a, const struct asterisk_section *general,
                           const struct asterisk_wish *wish)
{
	const char *port = asterisk_text(general, "port", "5038");
	uint64_t number = PORT_DEFAULT;

	if (!asterisk_bool(general, "enabled", false)) {
		say(a, "manager.conf",
		    "the manager interface is off; add to [general]: enabled = yes");
	}
	if (wish->tls && !asterisk_bool(general, "tlsenable", false)) {
		say(a, "manager.conf",
		    "it has no TLS listener, which `tls: true` asks for; add to [general]: "
		    "tlsenable = yes, tlsbindaddr = 127.0.0.1:%d, tlscertfile = FILE",
		    PORT_TLS);
	}
	if (!wish->tls && slice_u64(slice_of(port), UINT16_MAX, &number) == 0 &&
	    number != wish->port) {
		say(a, "manager.conf",
		    "it listens on port %u, not on %u: change `port` of the source",
		    (unsigned)number, (unsigned)wish->port);
	}
	if (!asterisk_bool(general, "timestampevents", false)) {
		say(a, "manager.conf",
		    "events have no time, so that of their arrival is taken; add to [general]: "
		    "timestampevents = yes");
	}
}

/* The classes whose events are needed and which `read` does not grant. */
static void advise_classes(struct advice *a, const char *read, const struct asterisk_wish *wish)
{
	const struct {
		const char *name;
		bool needed;
		const char *what;
	} classes[] = {
		{ "agent", true, "queues and their members" },
		{ "call", true, "hold, hang-ups and channel events" },
		{ "dialplan", wish->variables || wish->contacts,
		  "variables, and callers that a full or empty queue refused" },
		{ "system", true, "starts and stops of Asterisk" },
		{ "security", true, "refused logins" },
		{ "reporting", wish->media, "RTCP reports" },
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (classes[i].needed && !asterisk_list_has(read, "all") &&
		    !asterisk_list_has(read, classes[i].name)) {
			say(a, "manager.conf",
			    "[%s] may not read %s, so there is nothing of %s; add to that section: "
			    "read += ,%s",
			    wish->user, classes[i].name, classes[i].what, classes[i].name);
		}
	}
}

/* Is this host let in? Rules are taken in their order, the last that fits counts (main/acl.c). */
static bool lets_in(const struct asterisk_section *user)
{
	bool in = true;

	for (const struct asterisk_value *v = user->first; v != NULL; v = v->next) {
		bool all = slice_starts(slice_of(v->value), SLICE("0.0.0.0/"));
		bool own = slice_starts(slice_of(v->value), SLICE("127."));

		if (all || own) {
			in = strcmp(v->name, "deny") == 0     ? false
			     : strcmp(v->name, "permit") == 0 ? true
			                                      : in;
		}
	}
	return in;
}

static void advise_filters(struct advice *a, const struct asterisk_section *user)
{
	for (const struct asterisk_value *v = user->first; v != NULL; v = v->next) {
		if (slice_starts(slice_of(v->name), SLICE("eventfilter"))) {
			say(a, "manager.conf",
			    "[%s] line %u filters events; what it leaves out is missing here: "
			    "remove it, or give the agent a user of its own",
			    user->name, v->line);
		}
	}
}

static void advise_user(struct advice *a, const struct asterisk_section *user,
                        const struct asterisk_wish *wish)
{
	if (user == NULL) {
		say(a, "manager.conf",
		    "there is no user for the agent; add: [%s] | secret = (what secret_file holds) "
		    "| "
		    "deny = 0.0.0.0/0.0.0.0 | permit = 127.0.0.1/255.255.255.255 | read = "
		    "system,call,agent,dialplan,security,reporting | write = ",
		    wish->user);
		return;
	}
	if (asterisk_find(user, "secret") == NULL) {
		say(a, "manager.conf", "[%s] has no secret, so nobody can log in as it",
		    wish->user);
	}
	if (!lets_in(user)) {
		say(a, "manager.conf",
		    "[%s] denies this host; add behind its deny: permit = "
		    "127.0.0.1/255.255.255.255",
		    wish->user);
	}
	advise_classes(a, asterisk_text(user, "read", ""), wish);
	advise_filters(a, user);
}

static void advise_channel_events(struct advice *a)
{
	struct asterisk_config c;
	const struct asterisk_section *general;

	if (load(a, &c, "cel.conf", "there are no channel events for `calls`")) {
		general = asterisk_section(&c, "general");
		if (!asterisk_bool(general, "enable", false)) {
			say(a, "cel.conf",
			    "there are no channel events; add to [general]: enable = "
			    "yes, apps = all, events = ALL");
		}
		if (!asterisk_bool(asterisk_section(&c, "manager"), "enabled", false)) {
			say(a, "cel.conf",
			    "channel events are not told to the manager interface; add: [manager] "
			    "| "
			    "enabled = yes");
		}
	}
	asterisk_config_free(&c);
}

/* eventwhencalled=vars tells events, and variables with them (app_queue.c of Asterisk 11). */
static bool shows_events(const char *option, const char *value)
{
	return asterisk_true(value) ||
	       (strcmp(option, "eventwhencalled") == 0 && strcasecmp(value, "vars") == 0);
}

/* Up to Asterisk 11; since 12 these are told always. */
static void advise_queues(struct advice *a)
{
	static const char *const options[] = { "eventwhencalled", "eventmemberstatus" };
	struct asterisk_config c;

	if (asterisk_config_load(&c, a->directory, "queues.conf", NULL) != 0) {
		asterisk_config_free(&c);
		return; /* queues may live in a database */
	}
	for (const struct asterisk_section *s = asterisk_section_after(&c, NULL, NULL); s != NULL;
	     s = asterisk_section_after(&c, s, NULL)) {
		for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
			const struct asterisk_value *v = asterisk_find(s, options[i]);

			if (v != NULL && !shows_events(options[i], v->value)) {
				say(a, "queues.conf",
				    "[%s] line %u: %s = %s hides events before Asterisk 12: set it "
				    "to "
				    "yes, or remove the line",
				    s->name, v->line, options[i], v->value);
			}
		}
	}
	asterisk_config_free(&c);
}

unsigned asterisk_advise_manager(const char *directory, const struct asterisk_wish *wish,
                                 const struct asterisk_tell *tell)
{
	struct advice a = { directory, tell, 0 };
	struct asterisk_config c;

	if (!readable(directory)) {
		return 0; /* Asterisk runs elsewhere */
	}
	if (load(&a, &c, "manager.conf", "Asterisk has no manager interface")) {
		advise_general(&a, asterisk_section(&c, "general"), wish);
		advise_user(&a, asterisk_section(&c, wish->user), wish);
	}
	asterisk_config_free(&c);
	if (wish->contacts) {
		advise_queues(&a);
	}
	if (wish->calls) {
		advise_channel_events(&a);
	}
	return a.n;
}

/* ---- the channel event log ---- */

/* A module is loaded unless somebody says otherwise. */
static bool is_loaded(struct advice *a, const char *module)
{
	struct asterisk_config c;
	const struct asterisk_section *s;
	bool loaded = true;

	if (asterisk_config_load(&c, a->directory, "modules.conf", NULL) == 0) {
		s = asterisk_section(&c, "modules");
		loaded = asterisk_bool(s, "autoload", false);
		for (const struct asterisk_value *v = s != NULL ? s->first : NULL; v != NULL;
		     v = v->next) {
			if (slice_starts(slice_of(v->value), slice_of(module))) {
				loaded = strcmp(v->name, "noload") != 0;
			}
		}
	}
	asterisk_config_free(&c);
	return loaded;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Fields that the sample of Asterisk 22.10 names and cel_custom does not know: it declines to load,
 * no file is made, calls go on. */
static void advise_fields(struct advice *a, const struct asterisk_value *v)
{
	static const char *const wrong[] = { "CIDName", "CIDNum", "AcctCode", "PeerAcct" };

	if (strcmp(v->name, "fields") != 0) {
		return;
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (asterisk_list_has(v->value, wrong[i])) {
			say(a, "cel_custom.conf",
			    "line %u: there is no field %s, so cel_custom declines to load and "
			    "writes nothing: use Name, Num, AccountCode, PeerAccount, EventExtra",
			    v->line, wrong[i]);
		}
	}
}

static void advise_mapping(struct advice *a, const char *log)
{
	struct asterisk_config c;
	bool named = false;

	if (!load(a, &c, "cel_custom.conf",
	          "no channel event log is written; make it with "
	          "[mappings] and a line for the log")) {
		asterisk_config_free(&c);
		return;
	}
	for (const struct asterisk_section *s = asterisk_section_after(&c, NULL, NULL); s != NULL;
	     s = asterisk_section_after(&c, s, NULL)) {
		named = named || strcmp(s->name, name_of(log)) == 0;
		for (const struct asterisk_value *v = s->first; v != NULL; v = v->next) {
			named = named || strcmp(v->name, name_of(log)) == 0;
			advise_fields(a, v);
		}
	}
	if (!named) {
		say(a, "cel_custom.conf",
		    "nothing in it writes %s: channel events are enabled but silent; add to "
		    "[mappings] a line %s => with its columns",
		    name_of(log), name_of(log));
	}
	asterisk_config_free(&c);
}

/* Asterisk's queue_log lies beside the folder of the event log. */
static void advise_growth(struct advice *a, const char *log)
{
	char path[TEXT_BYTES];
	struct stat own;
	struct stat neighbour;
	const char *folder = strstr(log, "/cel-custom/");
	int n = folder != NULL
	                ? snprintf(path, sizeof(path), "%.*s/queue_log", (int)(folder - log), log)
	                : -1;

	if (n < 0 || (size_t)n >= sizeof(path) || stat(log, &own) != 0 ||
	    stat(path, &neighbour) != 0) {
		return;
	}
	if (neighbour.st_mtime - own.st_mtime > STALE_S) {
		say(a, "cel.conf",
		    "%s has not grown for %lld minutes while queue_log has: channel events are "
		    "enabled but silent; ask asterisk -rx \"cel show status\"",
		    log, (long long)(neighbour.st_mtime - own.st_mtime) / 60);
	}
}

unsigned asterisk_advise_cel(const char *directory, const char *log,
                             const struct asterisk_tell *tell)
{
	struct advice a = { directory, tell, 0 };
	struct asterisk_config c;
	const struct asterisk_section *general;

	if (!readable(directory)) {
		return 0;
	}
	if (load(&a, &c, "cel.conf", "there are no channel events")) {
		general = asterisk_section(&c, "general");
		if (!asterisk_bool(general, "enable", false)) {
			say(&a, "cel.conf",
			    "channel events are off; add to [general]: enable = yes");
		}
		if (asterisk_text(general, "events", "")[0] == '\0') {
			say(&a, "cel.conf",
			    "no event is wanted, so the log stays empty; add to [general]: events "
			    "= "
			    "ALL");
		}
		if (asterisk_text(general, "apps", "")[0] == '\0') {
			say(&a, "cel.conf",
			    "no application is wanted, so queues are not seen in the log; add to "
			    "[general]: apps = all");
		}
	}
	asterisk_config_free(&c);
	advise_mapping(&a, log);
	if (!is_loaded(&a, "cel_custom")) {
		say(&a, "modules.conf",
		    "cel_custom is not loaded, so no channel event log is written; add to "
		    "[modules]: load = cel_custom.so");
	}
	advise_growth(&a, log);
	return a.n;
}

bool asterisk_owns(const char *log)
{
	return slice_starts(slice_of(log), SLICE("/var/log/asterisk/"));
}

/* ---- the queue log ---- */

unsigned asterisk_advise_queue_log(const char *directory, const struct asterisk_tell *tell)
{
	struct advice a = { directory, tell, 0 };
	struct asterisk_config c;
	bool to_file = false;

	if (!readable(directory)) {
		return 0;
	}
	if (asterisk_config_load(&c, directory, "logger.conf", NULL) == 0) {
		const struct asterisk_section *general = asterisk_section(&c, "general");

		to_file = asterisk_bool(general, "queue_log_to_file", false);
		if (!asterisk_bool(general, "queue_log", true)) {
			say(&a, "logger.conf",
			    "the queue log is off; change in [general]: queue_log = yes");
		}
	}
	asterisk_config_free(&c);
	if (asterisk_config_load(&c, directory, "extconfig.conf", NULL) == 0 && !to_file &&
	    asterisk_find(asterisk_section(&c, "settings"), "queue_log") != NULL) {
		say(&a, "extconfig.conf",
		    "the queue log goes to a database and not into the file; add to [general] of "
		    "logger.conf: queue_log_to_file = yes");
	}
	asterisk_config_free(&c);
	return a.n;
}
