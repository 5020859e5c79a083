package checks

import (
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

var idempotencyDeterministic = add(&Check{
	ID:    "idempotency-deterministic",
	Title: "the same operation gets the same key, even after a crash",
	Doc: `Jobs are run again: by a queue, an impatient user, a restart in the middle of a payout.
With a key made anew each run is another payout.

Looked at: the payout requests after the same pay was asked for again, and after the app
was killed with its payout in flight and started again. Mend: derive the key from the
operation, or store it before the first request.`,
	Items:   idempotencyItems,
	Needs:   []recording.Exercise{recording.Resubmit, recording.CrashRestart},
	OneNeed: true,
	Run: func(t *Trial) {
		for _, o := range append(t.Of(recording.Resubmit), t.Of(recording.CrashRestart)...) {
			t.sameAgain(o)
		}
	},
})

// sameAgain judges what an app sends when the same pay comes once more.
func (t *Trial) sameAgain(o *recording.Operation) {
	if o.Again == nil {
		t.Missingf("pay was not called a second time for %s; let golive certify run to its end", o.Reference)
		return
	}
	from := t.anew(o)
	var first *recording.Exchange
	known, later := map[string]bool{}, []*recording.Exchange{}
	for _, x := range t.requests(o) {
		if !x.Start.Before(from) {
			later = append(later, x)
			continue
		}
		if first == nil {
			first = x
		}
		known[key(x)] = true
	}
	switch {
	case first == nil:
		t.Missingf("no payout request of %s came before pay was called again; see that the pay action leads to one", o.Reference)
	case len(later) == 0:
		t.letBe(o, from)
	}
	for _, x := range later {
		t.sameKey(first, x, known)
	}
}

func (t *Trial) sameKey(first, x *recording.Exchange, known map[string]bool) {
	if first == nil {
		return
	}
	t.Saw(x)
	switch {
	case key(x) == "":
		t.Failf(x, "payout sent again without an Idempotency-Key, want the key of %s or no second request", first.Ref())
	case !known[key(x)]:
		t.Failf(x, "payout sent again with another Idempotency-Key than %s, want the same key or no second request", first.Ref())
	}
}

// anew is when an operation began for the second time: with the second pay, or
// as soon as the app was killed, for it may take up its work by itself.
func (t *Trial) anew(o *recording.Operation) time.Time {
	for _, m := range t.Marks {
		if m.Kind == recording.MarkKilled && o.Exercise == recording.CrashRestart && m.At.After(o.Begin.At) && m.At.Before(o.Again.At) {
			return m.At
		}
	}
	return o.Again.At
}

// letBe takes the absence of a second request as seen when the second pay
// reached the app and the operation was watched to its end.
func (t *Trial) letBe(o *recording.Operation, from time.Time) {
	switch {
	case o.Answered == nil, !o.Answered.At.After(from), o.Answered.Facts["error"] != "":
		t.Missingf("the second pay of %s got no answer from the app; see that it is up and takes the same reference twice", o.Reference)
	case o.Settled == nil, !o.Settled.At.After(from):
		t.Missingf("%s was not watched until it settled; let golive certify run to its end", o.Reference)
	default:
		t.Saw(o.Again)
	}
}
