package checks

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/anton-payments/golive/proxy/recording"
)

var idempotencyItems = []Item{IdempotencyKeys, LaunchIdempotency}

var idempotencyKey = add(&Check{
	ID:    "idempotency-key",
	Title: "every mutation carries an Idempotency-Key",
	Doc: `Without a key, a payout that is sent again can be paid twice.

Looked at: every request that creates or modifies. Mend: derive the key from the
operation (an invoice number), not from a random value made at send time.`,
	Items: idempotencyItems,
	Run: func(t *Trial) {
		var bare tally
		for _, x := range t.Mutations() {
			t.Saw(x)
			keys := x.Request.Header["Idempotency-Key"]
			switch {
			case len(keys) == 0:
				bare.add(x, t.call(x)+" without Idempotency-Key")
			case strings.TrimSpace(strings.Join(keys, "")) == "":
				bare.add(x, t.call(x)+" with an empty Idempotency-Key")
			}
		}
		bare.fail(t, "one on every request that creates or modifies")
	},
})

var idempotencyKeyForm = add(&Check{
	ID:    "idempotency-key-form",
	Title: "idempotency keys are short, printable and hold no secret",
	Doc: `Anton keeps keys of at most 255 characters; a longer or unprintable one may be cut or
refused. Keys are written to logs on both sides, so a secret in one is published.

Looked at: the Idempotency-Key of every request that creates or modifies. Mend: build it
from ids of your own, such as payout-<invoice number>; never from bank details.`,
	Items: idempotencyItems,
	Run: func(t *Trial) {
		var odd tally
		for _, x := range t.Mutations() {
			if key(x) == "" {
				continue
			}
			t.Saw(x)
			for _, seen := range t.oddities(x) {
				odd.add(x, seen)
			}
		}
		odd.fail(t, fmt.Sprintf("one key of 1 to %d printable ASCII characters, no secrets or bank details in it", t.Profile.MaxKey))
	},
})

// secretInKey finds what was replaced in a key on its way into the recording. A
// run of digits that merely looks like a card number is not among them.
var secretInKey = regexp.MustCompile(`(account|iban|test-key|live-key|webhook-secret):[0-9a-f]{16}(?:[^0-9a-f]|$)`)

// replaced finds anything that was replaced: its true length is not known.
var replaced = regexp.MustCompile(`[a-z-]+:[0-9a-f]{16}(?:[^0-9a-f]|$)`)

var secretNames = map[string]string{
	"account": "an account number", "iban": "an IBAN",
	"test-key": "an API key", "live-key": "an API key", "webhook-secret": "a webhook secret",
}

// oddities are what is wrong with the form of a request's key.
func (t *Trial) oddities(x *recording.Exchange) []string {
	var odd []string
	if n := len(x.Request.Header["Idempotency-Key"]); n > 1 {
		odd = append(odd, fmt.Sprintf("Idempotency-Key sent %d times in one request", n))
	}
	k := key(x)
	if n := utf8.RuneCountInString(k); n > t.Profile.MaxKey && !replaced.MatchString(k) {
		odd = append(odd, fmt.Sprintf("Idempotency-Key of %d characters", n))
	}
	if i := strings.IndexFunc(k, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
		r, _ := utf8.DecodeRuneInString(k[i:])
		odd = append(odd, fmt.Sprintf("Idempotency-Key with the character %q", r))
	}
	if m := secretInKey.FindStringSubmatch(k); m != nil {
		odd = append(odd, "Idempotency-Key with "+secretNames[m[1]]+" in it")
	}
	return odd
}

var idempotencyKeyReuse = add(&Check{
	ID:    "idempotency-key-reuse",
	Title: "one key stands for one operation",
	Doc: `A key that was used for another payout gets a 409, or worse: the answer of the other
payout, and the second one is never paid.

Looked at: requests on one path with the same key; their bodies must be equal as JSON.
Mend: put what makes the operation unique into the key.`,
	Items: idempotencyItems,
	Run: func(t *Trial) {
		first := make(map[string]*recording.Exchange, len(t.Mutations())) // by key
		later := map[[2]string]*recording.Exchange{}                      // by path and key, where first has another path
		var shared tally
		for _, x := range t.Mutations() {
			k := key(x)
			if k == "" {
				continue
			}
			was := first[k]
			if was == nil {
				first[k] = x
				continue
			}
			if was.Request.Path != x.Request.Path {
				was = later[[2]string{x.Request.Path, k}]
			}
			switch {
			case was == nil:
				later[[2]string{x.Request.Path, k}] = x
				t.Advisef(x, "Idempotency-Key of %s, %s, want a key of its own for each operation", first[k].Ref(), t.call(first[k]))
			case !x.Request.Body.Cut && !was.Request.Body.Cut && !alike(was, x):
				shared.add(x, "Idempotency-Key of "+was.Ref()+" with another "+changed(was, x))
			}
		}
		t.several()
		shared.fail(t, "a key that belongs to one operation and its repetitions alone")
	},
})

// several takes the keyed requests in when there are two or more to compare.
func (t *Trial) several() {
	var keyed []*recording.Exchange
	for _, x := range t.Mutations() {
		if key(x) != "" {
			keyed = append(keyed, x)
		}
	}
	if len(keyed) < 2 {
		t.Missingf("fewer than two requests with an Idempotency-Key were seen; let the app make a payout")
		return
	}
	for _, x := range keyed {
		t.Saw(x)
	}
}

// changed tells what differs between two bodies: "amount, reference".
func changed(a, b *recording.Exchange) string {
	m, n := members(a), members(b)
	if m == nil || n == nil {
		return "body"
	}
	names := differing(m, n)
	if len(names) > 3 {
		names = append(names[:3:3], "…")
	}
	return strings.Join(names, ", ")
}

// call names a request by its route: "POST /v1/payees/{id}/instruments".
func (e *Evidence) call(x *recording.Exchange) string {
	if r := e.Profile.Named(e.Route(x)); r.Pattern != "" {
		return r.Method + " " + r.Pattern
	}
	return x.Request.Method + " " + x.Request.Path
}
