#include "agent/posture/secrets.h"

#include <stddef.h>

/* What stands in the samples and installers: FreePBX and Elastix (amp111, elastix456,
 * eLaStIx.*asteriskuser), Asterisk's manager.conf.sample (mysecret), Trixbox, VICIdial (1234,
 * cron), FreeSWITCH (ClueCon, 1234), and what is typed to try something out. */
static const char *const defaults[] = {
	"amp111",      "mysecret",      "ClueCon",      "elastix456", "eLaStIx.asteriskuser.2oo7",
	"asterisk",    "astmanager",    "manager",      "passw0rd",   "password",
	"secret",      "secret123",     "secret5",      "changeme",   "change_me",
	"CHANGEME",    "admin",         "admin123",     "1234",       "12345",
	"123456",      "12345678",      "123456789",    "1234567890", "freeswitch",
	"fusionpbx",   "freepbx",       "vicidial",     "cron",       "dialer",
	"callcenter",  "ami",           "root",         "test",       "test123",
	"supersecret", "your_password", "yourpassword", "p@ssw0rd",   "managerpassword",
};

enum secret_flaw secret_judge(struct slice secret, struct slice user)
{
	if (secret.len == 0) {
		return SECRET_EMPTY;
	}
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		if (slice_ieq(secret, slice_of(defaults[i]))) {
			return SECRET_DEFAULT;
		}
	}
	if (user.len > 0 && slice_ieq(secret, user)) {
		return SECRET_LIKE_USER;
	}
	return secret.len < SECRET_MIN_BYTES ? SECRET_SHORT : SECRET_FINE;
}

const char *secret_flaw_text(enum secret_flaw flaw)
{
	static const char *const texts[] = {
		[SECRET_FINE] = "is neither short nor a known default",
		[SECRET_EMPTY] = "is empty",
		[SECRET_DEFAULT] = "is one that samples and installers come with",
		[SECRET_LIKE_USER] = "is the name of its account",
		[SECRET_SHORT] = "is shorter than 12 characters",
	};

	return texts[flaw];
}
