/*
 * Evidence records as data: which kinds there are, which fields they have, and how to read, write,
 * pack and print them.
 *
 * Everything is learnt from the protobuf-c descriptor of an envelope message whose fields are the
 * kinds (Evidence in proto/evidence.proto). Import, tables, inserts, exports and the model's
 * expressions walk these structs, so a new kind of evidence is a new message and nothing else. The
 * conventions that turn a field's name and type into unit, identity and key are written at the head
 * of proto/evidence.proto.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/cursor.h"
#include "common/fault.h"
#include "common/slice.h"

#define CXM_KEY_NUMBER_MAX   15  /* fields up to this number are the natural key */
#define CXM_FIELDS_MAX       256 /* of one kind; a CSV row has as many (CSV_FIELDS_MAX) */
#define CXM_LABEL_MAX_BYTES  512 /* a longer label is refused at import and at the collector */
#define CXM_RECORD_MAX_BYTES ((size_t)16 * 1024)

enum cxm_type {
	CXM_INT,  /* any integer */
	CXM_REAL, /* float, double */
	CXM_BOOL,
	CXM_LABEL,    /* string in clear, UTF-8 */
	CXM_STATE,    /* enum */
	CXM_IDENTITY, /* fixed64: keyed hash */
	CXM_BYTES,
};

enum cxm_unit {
	CXM_NO_UNIT, /* a count, or what the field's comment says */
	CXM_TIME,    /* point in time [us since 1970 UTC] */
	CXM_US,      /* duration */
	CXM_MS,
	CXM_SIZE,  /* bytes */
	CXM_RATIO, /* 0 to 1 */
};

/* What an identity is a hash of; one person under two roles gets two pseudonyms, one caller in two
 * sources one. */
enum cxm_domain {
	CXM_CONTACT,   /* Call-ID, linked id, unique id */
	CXM_CUSTOMER,  /* telephone number (E.164) or customer number */
	CXM_STAFF,     /* agent, evaluator, signer */
	CXM_ADDRESS,   /* network address */
	CXM_REFERENCE, /* an id of another tool */
};

enum cxm_wire { CXM_WIRE_VARINT = 0, CXM_WIRE_64 = 1, CXM_WIRE_BYTES = 2, CXM_WIRE_32 = 5 };

struct cxm_field {
	const char *name;
	const ProtobufCFieldDescriptor *pb;
	enum cxm_type type;
	enum cxm_unit unit;
	enum cxm_domain domain; /* of an identity */
	bool key;               /* part of the natural key, always present */
	uint32_t tag;           /* number << 3 | enum cxm_wire, written before the value */
	/* what packing asks of `pb` for every field, kept where it walks */
	ProtobufCType pb_type;
	uint32_t offset;     /* of the value in a message */
	uint32_t has_offset; /* of the flag that it is there; none for the key and for texts */
};

struct cxm_kind {
	const char *name;  /* "QueueContact" */
	const char *table; /* "queue_contact" */
	uint32_t number;   /* of its field in the envelope */
	const ProtobufCMessageDescriptor *pb;
	struct cxm_field *fields; /* by number, so the key comes first */
	size_t n_fields;
	size_t n_key;
	const struct cxm_field *at;     /* at_us; every kind has it */
	const struct cxm_field *seen;   /* seen_us, or NULL */
	const struct cxm_field **texts; /* the labels and bytes among the fields */
	size_t n_texts;
};

struct cxm_catalog {
	struct cxm_kind *kinds; /* owned */
	size_t n_kinds;
};

/**
 * Learn all kinds from an envelope's descriptor.
 * @return 0, -ENOMEM, or -EINVAL for a schema that breaks the conventions (explained in `fault`).
 */
int cxm_catalog_init(struct cxm_catalog *catalog, const ProtobufCMessageDescriptor *envelope,
                     struct fault *fault);
void cxm_catalog_free(struct cxm_catalog *catalog);

/** By message name ("QueueContact") or table name, case ignored; NULL when there is none. */
const struct cxm_kind *cxm_kind_named(const struct cxm_catalog *catalog, struct slice name);
const struct cxm_kind *cxm_kind_numbered(const struct cxm_catalog *catalog, uint32_t number);
const struct cxm_kind *cxm_kind_of(const struct cxm_catalog *catalog,
                                   const ProtobufCMessageDescriptor *pb);
const struct cxm_field *cxm_field_named(const struct cxm_kind *kind, struct slice name);

struct cxm_value {
	bool present;
	int64_t i;         /* int, bool, state; an identity bit by bit */
	double d;          /* real */
	struct slice text; /* label, bytes; borrowed from the message */
};

struct cxm_value cxm_field_get(const ProtobufCMessage *m, const struct cxm_field *f);

/** Put a value into a message. Text is borrowed, and that of a label must have a NUL behind it.
 * @return 0, or -ERANGE when the number does not fit the field, which is then as before. */
int cxm_field_set(ProtobufCMessage *m, const struct cxm_field *f, const struct cxm_value *v);

/** The name of a state's value in lower case ("answered"); NULL for one this schema does not know.
 */
const char *cxm_state_name(const struct cxm_field *f, int64_t value, char *out, size_t size);

/** The value of a state by name, case ignored. @return 0 or -EINVAL. */
int cxm_state_value(const struct cxm_field *f, struct slice name, int64_t *value);

/** A message of this kind with nothing set, in the arena; NULL without memory. */
ProtobufCMessage *cxm_record_new(const struct cxm_kind *kind, struct arena *arena);

/**
 * Append one record as it travels: varint length, Evidence{kind}. On failure `out` is as before.
 * @return 0, -EMSGSIZE above CXM_RECORD_MAX_BYTES or at the buffer's ceiling.
 */
int cxm_record_append(const struct cxm_kind *kind, const ProtobufCMessage *m, struct buf *out);

/* One record as it lies in a batch: not decoded. */
struct cxm_packed {
	uint32_t number;    /* of the kind; may be one this schema does not know */
	struct cursor body; /* the message itself */
};

/** Take the next record. @return 1, 0 at the end, -EBADMSG. */
int cxm_record_next(struct cursor *c, struct cxm_packed *out);

/**
 * Decode one record into the arena and check it: key complete, labels UTF-8 and short enough,
 * numbers finite and within int64.
 * @return the message, which lives as long as the arena; NULL when it is malformed or the arena is
 * full.
 */
ProtobufCMessage *cxm_record_unpack(const struct cxm_kind *kind, struct cursor body,
                                    struct arena *arena);

/** < 0, 0, > 0 like memcmp: which of two records of one natural key wins. A total order, so arrival
 * never matters. */
int cxm_record_rank(const struct cxm_kind *kind, const ProtobufCMessage *a,
                    const ProtobufCMessage *b);

/** True for well-formed UTF-8 (RFC 3629) without NUL. */
bool cxm_utf8_valid(struct slice s);
