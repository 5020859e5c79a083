package checks

import (
	"strconv"
	"strings"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

var idempotencyRetryKey = add(&Check{
	ID:    "idempotency-retry-key",
	Title: "a retry carries the key of the attempt before it",
	Doc: `An attempt that ended in an error may still have been carried out. With another key the
retry is a second payout.

Looked at: requests that create or modify, sent again after a 5xx, a 429 or a lost
connection; same path and same body or reference. Mend: make the key once, before the
retry loop.`,
	Items: idempotencyItems,
	Needs: []recording.Exercise{recording.LostResponse, recording.ResetBeforeSend, recording.ServerError, recording.RateLimited},
	Run: func(t *Trial) {
		open := map[string]*recording.Exchange{} // the attempt whose key its repetitions must have
		tried := map[string]bool{}               // paths on which an attempt has failed
		for _, x := range t.Mutations() {
			path := x.Request.Method + " " + x.Request.Path
			if !failed(x) && !tried[path] {
				continue
			}
			tried[path] = true
			same := strings.Join([]string{path, x.Operation, identity(x)}, "\n")
			if first := open[same]; first != nil {
				t.keptKey(first, x)
			}
			switch {
			case !failed(x) && !own(x):
				delete(open, same)
			case open[same] == nil && failed(x) && key(x) != "":
				open[same] = x
			}
		}
	},
})

// identity is what two attempts of one operation have in common: the reference,
// or else the whole body.
func identity(x *recording.Exchange) string {
	if r := named(members(x), "reference"); r != "" {
		return "reference " + r
	}
	return canonical(x)
}

// keptKey judges the key of a repetition. One that was under way before the
// first attempt ended is none, nor is what the app does after the harness
// killed it or asked for the same pay again: that is another check's.
func (t *Trial) keptKey(first, x *recording.Exchange) {
	if x.Start.Before(first.End) || t.interrupted(first, x) {
		return
	}
	t.Saw(x)
	switch key(x) {
	case key(first):
	case "":
		t.Failf(x, "sent again after %s without the Idempotency-Key of %s, want the same key on every attempt", seen(first), first.Ref())
	default:
		t.Failf(x, "sent again after %s with another Idempotency-Key than %s, want the same key on every attempt", seen(first), first.Ref())
	}
}

// interrupted reports whether the harness killed the app or asked for the same
// pay again between two attempts.
func (t *Trial) interrupted(a, b *recording.Exchange) bool {
	for _, m := range t.turns {
		between := !m.At.Before(a.Start) && !m.At.After(b.Start)
		if between && (m.Kind == recording.MarkKilled || m.Kind == recording.MarkAgain && m.Operation == a.Operation) {
			return true
		}
	}
	return false
}

var idempotencyLostAnswer = add(&Check{
	ID:    "idempotency-lost-answer",
	Title: "a payout whose answer was lost is paid once",
	Doc: `Connections break after Anton has accepted a payout. An app that takes this for a failure
and starts anew pays twice; one that forgets it never learns what became of the money.

Looked at: how many payouts Anton holds for the reference after the answer to the first
request was cut off. Mend: send the same request again with the same key, or look the
payout up, before anything else.`,
	Items: idempotencyItems,
	Needs: []recording.Exercise{recording.LostResponse},
	Run: func(t *Trial) {
		for _, o := range t.Of(recording.LostResponse) {
			t.paidOnce(o)
		}
	},
})

// paidOnce judges an operation whose first answer was lost.
func (t *Trial) paidOnce(o *recording.Operation) {
	attempts := t.requests(o)
	lost := struck(attempts, recording.FaultLostAnswer)
	held, n := t.held(o)
	switch {
	case len(lost) == 0:
		t.unmet(o, "a lost answer")
	case lost[0].Upstream != nil && !success(lost[0].Upstream.Status):
		t.Missingf("Anton answered the payout of %s with %d, so no success was lost; see why it was not accepted", o.Reference, lost[0].Upstream.Status)
	case held == nil && t.Open.Upstream != "embedded" && t.Open.Upstream != "":
		t.Missingf("how many payouts Anton holds for %s was not seen: only the embedded sandbox tells; run it with upstream: embedded", o.Reference)
	case held == nil, n == 0:
		t.Missingf("how many payouts Anton holds for %s was not seen; let golive certify run to its end", o.Reference)
	case n > 1 && resent(attempts):
		t.Missingf("the proxy's own transport sent a payout of %s more than once; run golive certify again", o.Reference)
	case n > 1:
		t.Failf(culprit(lost[0], attempts, held), "%d payouts made for %s after one lost answer, want exactly one", n, o.Reference)
	default:
		t.Saw(lost[0])
		t.Saw(held)
		if next(attempts, lost[0]) == nil && !t.lookedUp(lost[0]) {
			t.Advisef(lost[0], "payout neither sent again nor looked up after its answer was lost, want one of the two before it counts as failed")
		}
	}
}

// held is what Anton held for an operation in the end; nil when it was not seen.
func (e *Evidence) held(o *recording.Operation) (*recording.Mark, int) {
	var last *recording.Mark
	var payouts int
	for _, m := range e.Marks {
		if m.Kind != recording.MarkUpstream || m.Operation != o.Reference {
			continue
		}
		if n, err := strconv.Atoi(m.Facts["payouts"]); err == nil {
			last, payouts = m, n
		}
	}
	return last, payouts
}

func resent(attempts []*recording.Exchange) bool {
	for _, x := range attempts {
		if x.Sends > 1 {
			return true
		}
	}
	return false
}

// culprit is the attempt that made the second payout: the first with another
// key; what Anton holds when there is none.
func culprit(lost *recording.Exchange, attempts []*recording.Exchange, held *recording.Mark) Referrer {
	for _, x := range attempts {
		if x.Start.After(lost.Start) && (key(x) != key(lost) || key(x) == "") {
			return x
		}
	}
	return held
}

// lookedUp reports whether the app asked what became of a payout.
func (t *Trial) lookedUp(lost *recording.Exchange) bool {
	id := text(t.object(lost.Upstream), "id")
	for _, x := range t.Calls(anton.PayoutGet) {
		of := x.Operation == lost.Operation || id != "" && strings.HasSuffix(x.Request.Path, "/"+id)
		if of && x.Start.After(lost.Start) {
			return true
		}
	}
	for _, x := range t.Calls(anton.PayoutList) {
		if (x.Operation == "" || x.Operation == lost.Operation) && x.Start.After(lost.Start) {
			return true
		}
	}
	return false
}
