package checks

import "github.com/anton-payments/golive/proxy/recording"

// A forged delivery claims payout.completed for a payout that is still pending;
// rejected means 4xx. Each is judged only between two genuine deliveries that
// the app accepted, so that a receiver that refuses everything proves nothing.
var forged = []recording.Exercise{recording.Forged}

var signatureItems = []Item{Signatures, LaunchSignatures}

var signatureMissing = add(&Check{
	ID:    "signature-missing",
	Title: "a delivery without a signature is rejected",
	Doc: `Whoever finds the webhook URL could mark any payout as completed.

Looked at: the answer to a delivery without signature header. Mend: answer 401 before
reading the body as JSON when the header is not there.`,
	Items: signatureItems,
	Needs: forged,
	Run:   func(t *Trial) { t.rejects(recording.Missing) },
})

var signatureWrongSecret = add(&Check{
	ID:    "signature-wrong-secret",
	Title: "a delivery signed with another secret is rejected",
	Doc: `A receiver that only looks whether a signature is there believes everybody.

Looked at: the answer to a delivery signed with a secret that is not the app's.
Mend: compute HMAC-SHA256 over "{t}.{raw body}" with the whole whsec_ secret and compare in
constant time.`,
	Items: signatureItems,
	Needs: forged,
	Run:   func(t *Trial) { t.rejects(recording.WrongSecret) },
})

var signatureTampered = add(&Check{
	ID:    "signature-tampered",
	Title: "a delivery changed after signing is rejected",
	Doc: `A signature that does not cover the body can be cut from one event and pasted on
another: a pending payout reads as completed.

Looked at: the answer to a body changed after signing. Mend: sign the raw bytes of the
body together with the timestamp, nothing less.`,
	Items: signatureItems,
	Needs: forged,
	Run:   func(t *Trial) { t.rejects(recording.Tampered) },
})

var signatureStale = add(&Check{
	ID:    "signature-stale",
	Title: "a delivery signed more than 300 s ago is rejected",
	Doc: `A recorded delivery could be played again months later.

Looked at: the answers to deliveries signed rightly, 310 s and one hour ago.
Mend: refuse when now minus t is above 300 s, with t from the signed header and in seconds.`,
	Items: signatureItems,
	Needs: forged,
	Run: func(t *Trial) {
		t.rejects(recording.Stale)
		if n := len(t.Delivered("", recording.Stale)); n == 1 {
			t.Missingf("only one stale delivery was sent, 310 s and one hour are wanted; run exercise %s again", recording.Forged)
		}
	},
})

var signatureFuture = add(&Check{
	ID:    "signature-future",
	Title: "a delivery signed more than 300 s ahead is rejected",
	Doc: `A timestamp far ahead keeps a recorded delivery valid for as long as it is ahead.

Looked at: the answer to a delivery signed rightly, 310 s ahead. Mend: compare the
absolute difference between now and t with 300 s.`,
	Items: signatureItems,
	Needs: forged,
	Level: Should,
	Run:   func(t *Trial) { t.rejects(recording.Future) },
})

var signatureMalformed = add(&Check{
	ID:    "signature-malformed",
	Title: "a malformed signature header is rejected",
	Doc: `A header that crashes the receiver stops all events, and a parser that gives up
may let the event through.

Looked at: the answers to headers that are empty, garbage, without t, without v1, with
v0 alone, cut short, or no hex. Mend: parse the header strictly and answer 401 or 400
to all that does not parse.`,
	Items: signatureItems,
	Needs: forged,
	Run:   func(t *Trial) { t.rejects(recording.Malformed) },
})

var signatureRawBody = add(&Check{
	ID:    "signature-raw-body",
	Title: "the signature is verified over the raw body",
	Doc: `A receiver that signs the parsed and printed JSON again refuses genuine events as
soon as Anton writes one number or one space otherwise, and misses the payout's end.

Looked at: the answer to a genuine delivery with odd white space, escapes, member
order, 1.10 and a trailing newline. Mend: keep the bytes as they came, before any
body parser.`,
	Items: signatureItems,
	Needs: forged,
	Run: func(t *Trial) {
		t.accepts(recording.RawBody, "genuine delivery with odd white space and escapes")
	},
})

var signatureHeaderCase = add(&Check{
	ID:    "signature-header-case",
	Title: "the signature header is found in lower case too",
	Doc: `HTTP/2 and many load balancers write header names in lower case; a receiver that
looks for the exact case then refuses every event.

Looked at: the answer to a genuine delivery with the header name in lower case.
Mend: look headers up without regard to case.`,
	Items: signatureItems,
	Needs: forged,
	Run: func(t *Trial) {
		t.accepts(recording.HeaderCase, "genuine delivery with its header name in lower case")
	},
})

var signatureWindow = add(&Check{
	ID:    "signature-window",
	Title: "a delivery signed 240 s ago is accepted",
	Doc: `Clocks drift and deliveries queue; a window narrower than 300 s loses genuine events.

Looked at: the answer to a genuine delivery signed 240 s ago. Mend: accept up to 300 s,
and keep the clock of the host in step.`,
	Items: signatureItems,
	Needs: forged,
	Run: func(t *Trial) {
		t.accepts(recording.Window, "genuine delivery signed 240 s ago")
	},
})

var signatureSeveral = add(&Check{
	ID:    "signature-several",
	Title: "each v1 of the signature header is tried",
	Doc: `While a secret is rotated, Anton may sign with both; a receiver that tries the first
one only refuses every event of that day.

Looked at: the answer to a header with a foreign v1 first and the genuine one second.
Mend: accept when any v1 matches.`,
	Items: signatureItems,
	Needs: forged,
	Level: Should,
	Run: func(t *Trial) {
		t.accepts(recording.Several, "genuine delivery with a second v1 that matches")
	},
})
