/*
 * A TLS server on loopback for tests: one thread, one connection after the other, and the versions
 * and suites that a test says. Its port is the system's choice.
 */
#pragma once

#include <stdint.h>

struct tls_listener;

struct tls_listener_options {
	const char *certificate; /* PEM */
	const char *key;
	int min_version; /* TLS1_VERSION ... */
	int max_version;
	const char *suites;    /* up to TLS 1.2, as in openssl-ciphers(1); NULL: all there are */
	const char *client_ca; /* asks for a certificate signed by it; NULL: asks for none */
};

/** Never NULL (a test without it ends). */
struct tls_listener *tls_listener_open(const struct tls_listener_options *options);
uint16_t tls_listener_port(const struct tls_listener *l);

/** Ends the thread. NULL is fine. */
void tls_listener_close(struct tls_listener *l);

/** A socket that accepts (the kernel does) and never answers. @return the descriptor. */
int silent_listener(uint16_t *port);

/** A port nobody listens on. */
uint16_t closed_port(void);
