/*
 * The E-model (ITU-T G.107) as far as an observer of packets can feed it: codec, loss, its
 * burstiness and delay in; rating R and estimated MOS out.
 *
 * Every other input stands at its default (G.107 clause 7.7), for which R0 - Is is 93.2, and the
 * advantage factor is 0. Narrow band only: values for wide-band codecs belong to other scales
 * (G.107.1, G.107.2). Floating point, no state; called once a stream, never a packet.
 */
#pragma once

/* Assumed, not seen: what a receiver holds back to even out jitter. 40 ms is two frames of 20 ms,
 * the usual fixed setting of desk phones; a delay made with it is an estimate and recorded as one.
 */
#define EMODEL_JITTER_BUFFER_MS 40.0

/* What a codec does to speech (ITU-T G.113 Appendix I). */
struct emodel_codec {
	double ie;  /* equipment impairment without loss */
	double bpl; /* robustness against packet loss */
};

struct emodel_input {
	struct emodel_codec codec;
	double loss_ratio;  /* 0 to 1 */
	double burst_ratio; /* G.107 BurstR; below 1, which the model does not know, counts as 1 */
	double delay_ms;    /* one way, mouth to ear (Ta) */
};

/** Delay impairment Idd for a one-way delay (G.107 clause 7.4). */
double emodel_idd(double delay_ms);

/** Effective equipment impairment Ie,eff under loss (G.107 clause 7.5). */
double emodel_ie_eff(const struct emodel_codec *codec, double loss_ratio, double burst_ratio);

/** Transmission rating R; may be negative. */
double emodel_r(const struct emodel_input *in);

/** Estimated mean opinion score, 1 to 4.5 (G.107 Annex B). */
double emodel_mos(double r);
